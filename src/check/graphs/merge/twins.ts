/**
 * Threads that run the same code with the same arguments are interchangeable: exchanging them maps executions to
 * executions, so that of two graphs that differ in nothing else one is explored.
 *
 * The code is compared as compiled, CPU numbers and allocated objects included. A thread that asks for its CPU's number,
 * or works on an object of its own, has other constants than its neighbour, and is no twin of it.
 */

import type { Site, ThreadCode } from "../code.ts";

/** Per thread, the first thread with the same code of which the same `registers` are looked at. */
export function twinsOf(
  codes: readonly ThreadCode[],
  registers: readonly (readonly number[])[] = [],
): Int32Array {
  const same = (a: number, b: number): boolean => sameNumbers(registers[a] ?? [], registers[b] ?? []);
  return Int32Array.from(codes, (code, t) =>
    codes.findIndex((other, first) => sameCode(code, other) && same(t, first)),
  );
}

function sameCode(a: ThreadCode, b: ThreadCode): boolean {
  if (a === b) return true;
  if (a.length !== b.length || a.registers !== b.registers) return false;
  const columns = ["init", "op", "fn", "dst", "a", "b", "next", "other", "control"] as const;
  return (
    columns.every((name) => sameNumbers(a[name], b[name])) &&
    a.sites.every((site, pc) => sameSite(site, b.sites[pc]))
  );
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameSite(a: Site | undefined, b: Site | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const numbers = [
    "kind",
    "cond",
    "fn",
    "result",
    "dst",
    "obj",
    "value",
    "extra",
    "struct",
    "field",
  ] as const;
  return (
    numbers.every((name) => a[name] === b[name]) &&
    a.location === b.location &&
    a.plain === b.plain &&
    a.section === b.section &&
    sameNumbers(a.controls, b.controls) &&
    sameNames(a.sets.read, b.sets.read) &&
    sameNames(a.sets.failed, b.sets.failed) &&
    sameNames(a.sets.write, b.sets.write) &&
    sameNames(a.sets.fenced ?? [], b.sets.fenced ?? []) &&
    (a.sets.fenced === undefined) === (b.sets.fenced === undefined)
  );
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean => a.join(" ") === b.join(" ");
