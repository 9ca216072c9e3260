/**
 * Recursion among direct calls. (A circle through a handler shows only when the handler is inlined; lowering reports
 * it.) Each circle is reported once, at the call that closes it.
 */

import type { FuncDecl } from "../types.ts";
import type { Unit } from "./unit.ts";

/** Reports every circle that a depth-first walk over the calls meets. */
export function reportRecursion(unit: Unit): void {
  const done = new Set<FuncDecl>();
  for (const func of unit.trees.keys()) visit(unit, func, [], done);
}

function visit(unit: Unit, func: FuncDecl, path: readonly FuncDecl[], done: Set<FuncDecl>): void {
  if (done.has(func)) return;
  const here = [...path, func];
  for (const { callee, at } of unit.calls.get(func) ?? []) {
    const start = here.indexOf(callee);
    if (start < 0) visit(unit, callee, here, done);
    else unit.reporter.report("kts-recursion", at, { cycle: cycleName(here.slice(start), callee) });
  }
  done.add(func);
}

/** `a → b → a`. */
export function cycleName(path: readonly FuncDecl[], back: FuncDecl): string {
  return [...path, back].map((func) => `\`${func.name}\``).join(" → ");
}
