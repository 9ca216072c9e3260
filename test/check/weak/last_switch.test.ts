/**
 * Races that only the last switch of a CPU takes part in: the task that comes last (`TASK_LATE`) may come while others run,
 * and without having seen what they did. What must hold when all is over is judged after those switches that waited.
 *
 * CPU 0 runs a task that ends; all that ever runs on CPU 1 is its idle task, and then the last one. LAST_RUNS=1000 (and
 * FC_SEED) for a soak.
 */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  type CheckOptions,
  checkProgram,
  DEFAULT_LIMITS,
  replayWitness,
} from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Program } from "../../../src/ir/types.ts";
import { bodyOf, orderedThreads, REGISTERS } from "../graphs/random_kts.ts";
import { compileKts, SCHEDULER } from "../programs.ts";
import "../../support/seed.ts";

const RUNS = Number(process.env.LAST_RUNS ?? 30);

type Memory = Pick<CheckOptions, "model" | "graphs" | "unsettled" | "accept">;
const graph = (name: string): Memory => ({ graphs: { name, model: loadNamedModel(name).model } });
/** The first: last switches that may come early, and memory that is not weak. */
const MEMORIES: readonly (readonly [string, Memory])[] = [
  ["sc", { unsettled: true }],
  ["tso", { model: "tso" }],
  ["aarch64", graph("aarch64")],
  ["power", graph("power")],
  ["lkmm", graph("lkmm")],
];

const OUTPUTS = [0, 1]
  .flatMap((t) => Array.from({ length: REGISTERS }, (_, r) => `o${t}${r}: int;`))
  .join(" ");
const DECLARATIONS = `
export interface obj extends struct { x: int; }
export interface vars extends struct { x: int; y: int; flag: int; n: atomic_t; l: spinlock_t; o: obj; ${OUTPUTS} }
export const G = DEFINE<vars>();`;

/** \`ends\` runs on CPU 0; \`last\` comes last on CPU 1, or has always run there. */
function machine(ends: string, last: string, comes: "last" | "first" = "last"): Program {
  const [flags, first] = comes === "last" ? ["TASK_LATE", "i1"] : ["0", "m"];
  return compileKts(`${SCHEDULER}${DECLARATIONS}
export function ending(): void { start(); ${ends}\nexit(); }
export function mover(): void { start(); ${last}\npark(); }
export function setup(): void {
  const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);
  const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);
  const t = task_create<task>(ending, cpumask_of(0), 0);
  const m = task_create<task>(mover, cpumask_of(1), ${flags});
  task_start_on(t, 0);
  task_start_on(${first}, 1);
  G.o = alloc<obj>();
}`);
}

const NAMES = { scheme: "none", scenario: "last-switch", arch: "none" };
const optionsOf = (memory: Memory): CheckOptions => ({
  cpus: 2,
  limits: { ...DEFAULT_LIMITS, states: 60_000 },
  partialOrder: true,
  symmetry: true,
  now: () => 0,
  ...memory,
});

/** Memories under which something breaks, and what. */
function broken(ends: string, last: string): string {
  const found = MEMORIES.map(([name, memory]) => {
    const { verdict } = checkProgram(machine(ends, last), NAMES, optionsOf(memory));
    if (verdict.kind === "bounded") throw new Error(`bounded: ${verdict.limit}`);
    return verdict.kind === "violated" ? `${name}: ${verdict.violation.property}` : "";
  });
  return found.filter((text) => text !== "").join(", ");
}

const WEAKER = "aarch64: uaf, power: uaf, lkmm: uaf";

/** Store buffering: the task that ends frees what nobody says that he uses, the last one uses what nobody says is dead. */
describe("a use that is announced by a store", () => {
  const ends = (mb: string): string =>
    `const o = G.o; WRITE_ONCE(G.x, 1); ${mb} if (READ_ONCE(G.y) === 0) free(o);`;
  const last = (mb: string): string =>
    `const o = G.o; WRITE_ONCE(G.y, 1); ${mb} if (READ_ONCE(G.x) === 0) WRITE_ONCE(o.x, 1);`;

  it.each([
    ["no barrier", "", "", `tso: uaf, ${WEAKER}`],
    ["one where the task ends", "smp_mb();", "", `tso: uaf, ${WEAKER}`],
    ["one in the last switch", "", "smp_mb();", `tso: uaf, ${WEAKER}`],
    ["both", "smp_mb();", "smp_mb();", ""],
  ])("%s", (_, first, second, expected) => {
    expect(broken(ends(first), last(second))).toBe(expected);
  });
});

/** Message passing backwards: the last switch says that it is done with the object, and somebody else frees it. */
describe("a use whose end is announced by a store", () => {
  const ends = "const o = G.o; smp_cond_load_acquire(G.y, 1); free(o);";

  it.each([
    ["a plain one", "const o = G.o; const r = READ_ONCE(o.x); WRITE_ONCE(G.y, 1);", WEAKER],
    ["a release", "const o = G.o; const r = READ_ONCE(o.x); smp_store_release(G.y, 1);", ""],
  ])("%s", (_, last, expected) => {
    expect(broken(ends, last)).toBe(expected);
  });
});

/** What is handed over is found by the next switch, if not by this one: no leak, and nobody waits for ever. */
describe("what a last switch has missed", () => {
  it("is no leak", () => {
    const last = "if (READ_ONCE(G.x) === 1) free(G.o);";
    expect(broken("WRITE_ONCE(G.x, 1);", last)).toBe("");
  });

  it("is no hang", () => {
    const ends = "WRITE_ONCE(G.x, 1);";
    const last = "free(G.o); if (READ_ONCE(G.x) === 0) smp_cond_load_acquire(G.flag, 1);";
    expect(broken(ends, last)).toBe("");
  });

  it("is a leak where a switch that waits misses it, too", () => {
    const last = "if (READ_ONCE(G.x) === 0) free(G.o);";
    expect(broken("WRITE_ONCE(G.x, 1);", last)).toBe(MEMORIES.map(([name]) => `${name}: leak`).join(", "));
  });
});

describe("a CPU that has no address space to give up", () => {
  const mm = (root: string): Program =>
    compileKts(`${SCHEDULER}
export interface mm_struct extends struct { users: int; }
export interface vars extends struct { x: int; mm: mm_struct; }
export const init_mm = DEFINE<mm_struct>();
export const G = DEFINE<vars>();
export function ending(): void { start(); WRITE_ONCE(G.x, 1); smp_mb(); free(G.mm); exit(); }
export function mover(): void { start(); BUG_ON(READ_ONCE(G.x) === 0); park(); }
export function setup(): void {
  const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);
  const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);
  task_start_on(task_create<task>(ending, cpumask_of(0), 0), 0);
  task_create<task>(mover, cpumask_of(1), TASK_LATE);
  task_start_on(i1, 1);
  G.mm = alloc<mm_struct>();
  cpu_start_root(0, init_mm);
  cpu_start_root(1, ${root});
}`);

  it.each([
    ["init_mm", "proved"],
    ["G.mm", "violated"],
  ])("waits: %s", (root, expected) => {
    expect(checkProgram(mm(root), NAMES, optionsOf({ unsettled: true, accept: ["bug"] })).verdict.kind).toBe(
      expected,
    );
  });
});

describe("the witness", () => {
  const program = machine(
    "const o = G.o; WRITE_ONCE(G.x, 1); if (READ_ONCE(G.y) === 0) free(o);",
    "const o = G.o; WRITE_ONCE(G.y, 1); smp_mb(); if (READ_ONCE(G.x) === 0) WRITE_ONCE(o.x, 1);",
  );

  it.each(MEMORIES.slice(1))("names the last switch under %s, and replays", (_, memory) => {
    const { verdict } = checkProgram(program, NAMES, optionsOf(memory));
    if (verdict.kind !== "violated") throw new Error(verdict.kind);
    const { timeline, witness } = verdict.violation;
    const said = timeline.rows.filter(({ text }) => text.includes("unsettled"));
    expect(said.map(({ cpu }) => cpu)).toEqual([1]);
    const again = replayWitness(program, NAMES, optionsOf(memory), witness);
    expect(again.verdict).toEqual(verdict);
  });
});

/**
 * A thread that comes last on its CPU meets all that it would meet if it had been there from the start, whatever it and the
 * other one do.
 */
test.each(MEMORIES)("comes as early, and sees as little, as any other task: %s", (_, memory) => {
  const value = fc.nat(3);
  let compared = 0;
  let met = 0;
  const property = fc.property(orderedThreads, value, value, (threads, a, b) => {
    const [ends = "", last = ""] = threads.map(
      (steps, t) => `${bodyOf(steps, t)} BUG_ON(G.o00 === ${a} && G.o10 === ${b});`,
    );
    const meets = (["first", "last"] as const).map((comes) => {
      const { verdict } = checkProgram(machine(ends, last, comes), NAMES, {
        ...optionsOf(memory),
        accept: ["bug"],
      });
      if (verdict.kind === "bounded") return verdict.kind;
      return verdict.kind === "violated" && verdict.violation.property === "bug";
    });
    if (meets.includes("bounded")) return;
    compared++;
    if (meets[0] === true) met++;
    expect(meets[1], `${ends}\n--\n${last}`).toBe(meets[0]);
  });
  fc.assert(property, { numRuns: RUNS });
  expect(compared).toBeGreaterThan(RUNS * 0.7);
  expect(met).toBeGreaterThan(0);
  expect(met).toBeLessThan(compared);
});
