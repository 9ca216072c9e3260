import { describe, expect, it } from "vitest";
import { expectProgram } from "../../../test/support/kts.ts";
import { validate } from "../../ir/validator.ts";
import { checkProgram, DEFAULT_LIMITS } from "../states/check.ts";
import { findPoints, mutateAt } from "./automatic.ts";

const TEXT = `
export interface vars extends struct { x: int; y: int; n: atomic_t; r0: int; r1: int; mask: cpumask_t; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
function count(): void { atomic_inc(g.n); }
export function t0(): void { local_irq_enable(); WRITE_ONCE(g.x, 1); smp_mb(); WRITE_ONCE(g.r0, READ_ONCE(g.y)); count(); }
export function t1(): void {
  local_irq_enable();
  WRITE_ONCE(g.y, 1);
  smp_mb();
  WRITE_ONCE(g.r1, READ_ONCE(g.x));
  count();
}
export function watcher(): void {
  local_irq_enable();
  wait_all_others();
  BUG_ON(g.r0 === 0 && g.r1 === 0);
  BUG_ON(atomic_read(g.n) !== 2);
}
export function setup(): void {
  g.r0 = 7;
  g.r1 = 7;
  task_start_on(task_create<task_struct>(t0, cpumask_of(0), 0), 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
  task_start_on(task_create<task_struct>(watcher, cpumask_of(2), 0), 2);
}`;

const program = expectProgram(TEXT, { entries: ["setup"] });
const points = findPoints(program, () => true);
const names = { scheme: "none", scenario: "lines", arch: "none" };

function verdict(mutated: typeof program, model: "sc" | "tso"): string {
  const options = {
    cpus: 3,
    limits: DEFAULT_LIMITS,
    partialOrder: true,
    symmetry: true,
    model,
    now: () => 0,
  };
  return checkProgram(mutated, names, options).verdict.kind;
}

function point(kind: string, line: number): string {
  const found = points.find((p) => p.kind === kind && p.line === line);
  if (found === undefined) throw new Error(`no ${kind} at line ${line}`);
  return found.id;
}

describe("weakening lines", () => {
  it("leaves a valid program at every point", () => {
    for (const { id } of points) expect(validate(mutateAt(program, id)), id).toEqual([]);
  });

  it("finds the unweakened program sound", () => {
    expect([verdict(program, "sc"), verdict(program, "tso")]).toEqual(["proved", "proved"]);
  });

  it("finds each barrier needed under TSO and not under SC", () => {
    for (const line of [6, 10]) {
      const mutated = mutateAt(program, point("fence", line));
      expect([verdict(mutated, "sc"), verdict(mutated, "tso")]).toEqual(["proved", "violated"]);
    }
  });

  it("finds the atomic needed, in every place where it is inlined", () => {
    expect(verdict(mutateAt(program, point("atomic", 5)), "sc")).toBe("violated");
  });

  it("changes nothing but what the point names", () => {
    const mutated = mutateAt(program, point("fence", 6));
    const changed = program.funcs.filter(
      (body, i) => JSON.stringify(body) !== JSON.stringify(mutated.funcs[i]),
    );
    expect(changed.map((body) => body.name)).toEqual(["t0"]);
  });

  it("moves a barrier behind the access that it was for", () => {
    const swaps = points.filter((p) => p.kind === "swap" && p.text.startsWith("smp_mb()"));
    expect(swaps.length).toBeGreaterThan(0);
    expect(swaps.some(({ id }) => verdict(mutateAt(program, id), "tso") === "violated")).toBe(true);
  });
});
