/**
 * What is older than the kept writes of a CPU's own location: a CPU that stores its own values again and again, and one that
 * has missed any number of them. Nothing is lost against a memory that keeps every write, for random threads; a search
 * over an endless loop ends, and what such a loop's values lead to is found however long ago they were written.
 */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { searchInRounds } from "../../../src/check/states/rounds.ts";
import { WeakMemory } from "../../../src/check/weak/memory.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import { World } from "../../../src/world/world.ts";
import { expectProgram } from "../../support/kts.ts";
import "../../support/seed.ts";

const RUNS = Number(process.env.PAST_RUNS ?? 40);
const MODELS = ["sc", "tso", "aarch64", "power", "lkmm"].map((name) => ({
  name,
  model: loadNamedModel(name).model,
}));

/** CPU 0 runs `writer`, with its own `slot`; CPU 1 runs `reader`, for which that is `other`. */
function program(writer: string, reader: string): Program {
  const main = (name: string, body: string, own: string): string =>
    `export function ${name}(): void { local_irq_disable(); const ${own}; local_irq_enable(); ${body} }`;
  return expectProgram(
    `
export interface slot_t extends struct { v: int; }
export interface vars extends struct { y: int; a: int; b: int; c: int; d: int; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
export const SLOT = DEFINE_PER_CPU<slot_t>();
export function own_store(value: int): void { preempt_disable(); WRITE_ONCE(this_cpu(SLOT).v, value); preempt_enable(); }
export function own_release(value: int): void {
  preempt_disable();
  smp_store_release(this_cpu(SLOT).v, value);
  preempt_enable();
}
${main("t0", writer, "me = this_cpu(SLOT)")}
${main("t1", reader, "other = per_cpu(SLOT, 0)")}
export function setup(): void {
  task_start_on(task_create<task_struct>(t0, cpumask_of(0), 0), 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
}`,
    { entries: ["setup"] },
  );
}

/** The values of all fields in the end, each once. */
function ends(from: Program, model: Model, mostStale: number): ReadonlySet<string> {
  const memory = (shape: ConstructorParameters<typeof WeakMemory>[0]): WeakMemory =>
    new WeakMemory(shape, model, "least", 128, mostStale);
  const world = new World(from, { cpus: 2, anyOrder: false, partialOrder: true, memory });
  const found = new Set<string>();
  const { end } = searchInRounds(world, {
    limits: DEFAULT_LIMITS,
    renamings: [],
    partialOrder: true,
    onFinal: (s) => found.add(s.map((value, cell) => (cell === world.layout.graph ? 0 : value)).join(",")),
  });
  expect(end.kind).toBe("exhausted");
  expect([world.memory?.full, world.memory?.limited]).toEqual([false, false]);
  return found;
}

const store = fc.tuple(fc.constantFrom("own_store", "own_release"), fc.nat(2)).map(([f, v]) => `${f}(${v});`);
const stores = fc.array(
  fc.oneof({ weight: 6, arbitrary: store }, fc.constantFrom("smp_mb();", "smp_wmb();")),
  {
    minLength: 3,
    maxLength: 5,
    size: "max",
  },
);
const writers = fc
  .tuple(stores, stores)
  .map(([before, behind]) => [...before, "WRITE_ONCE(g.y, 1);", ...behind]);
const readers = fc
  .array(fc.constantFrom("READ_ONCE(other.v)", "smp_load_acquire(other.v)", "READ_ONCE(g.y)"), {
    minLength: 2,
    maxLength: 4,
  })
  .map((reads) => reads.map((read, i) => `g.${"abcd"[i]} = ${read};`).join(" "));

test.each(MODELS)("nothing is lost under $name", ({ model }) => {
  let cut = 0;
  fc.assert(
    fc.property(writers, readers, (writer, reader) => {
      const both = program(writer.join(" "), reader);
      const all = ends(both, model, 99);
      const some = ends(both, model, 1);
      if (some.size !== all.size) cut++;
      for (const end of all) expect(some, `${writer.join(" ")}\n${reader}`).toContain(end);
    }),
    { numRuns: RUNS },
  );
  expect(cut).toBeLessThan(RUNS);
});

describe("an endless loop", () => {
  const check = (writer: string, reader: string, graphs: (typeof MODELS)[number]) =>
    checkProgram(
      program(writer, reader),
      { scheme: "none", scenario: "loop", arch: "none" },
      { cpus: 2, limits: DEFAULT_LIMITS, partialOrder: true, symmetry: true, graphs, now: () => 0 },
    ).verdict;
  const loop = "for (;;) { own_store(1); smp_mb(); own_store(2); smp_mb(); }";

  it.each(MODELS)("has an end under $name", (graphs) => {
    const reader = "const a = READ_ONCE(other.v); BUG_ON(a > 2);";
    expect(check(loop, reader, graphs)).toEqual({ kind: "proved" });
  });

  it("lets its values come back as often as they like", () => {
    const reads = [1, 2, 1, 2, 1, 2].map((value, i) => `const r${i} = READ_ONCE(other.v) === ${value};`);
    const reader = `${reads.join(" ")} BUG_ON(r0 && r1 && r2 && r3 && r4 && r5);`;
    for (const graphs of MODELS) expect(check(loop, reader, graphs).kind, graphs.name).toBe("violated");
  });

  it("does not bring back what has been seen to be overwritten", () => {
    const reader = "const a = READ_ONCE(other.v); const b = READ_ONCE(other.v); BUG_ON(a !== 0 && b === 0);";
    for (const graphs of MODELS) expect(check(loop, reader, graphs), graphs.name).toEqual({ kind: "proved" });
  });
});
