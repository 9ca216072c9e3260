/**
 * Store buffers: the checker against an engine that was written apart (`naive_tso.ts`), on random litmus tests with
 * interrupts; and against itself without buffers, on random machines.
 *
 * An execution in which each store reaches memory at once is one of TSO's. So a final state, or a violation, that is
 * there without buffers and not with them is an interleaving that the checker has lost.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Checked, check, REDUCTIONS } from "./agree.ts";
import { type Instruction, type Litmus, outcomes, textOf } from "./naive_tso.ts";
import { bareMachine, compileKts } from "./programs.ts";
import { KINDS, type RandomMachine, randomMachine } from "./random_machine.ts";

const STATES = 60_000;
const UNREDUCED = REDUCTIONS.filter(({ symmetry }) => !symmetry);

describe("random litmus tests with interrupts", () => {
  /** What is shared, and where loads leave what they found: each load of a list in a variable of its own. */
  const VARIABLES = [
    "x",
    "y",
    ...["m0_", "m1_", "h0_", "h1_"].flatMap((list) => [0, 1, 2, 3].map((i) => list + i)),
  ];

  const value = fc.integer({ min: 1, max: 2 });
  const store = (...names: readonly string[]) =>
    fc.record({ op: fc.constant("store" as const), to: fc.constantFrom(...names), value });
  const load = (...names: readonly string[]) =>
    fc.record({ op: fc.constant("load" as const), from: fc.constantFrom(...names), to: fc.constant("") });
  const swap = fc.record({ op: fc.constant("swap" as const), at: fc.constantFrom("x", "y"), value });
  const call = fc.record({ op: fc.constant("call" as const), wait: fc.boolean() });
  /** Stores more often to one variable and reads the other: what buffers make a difference to. */
  const main = (name: string, mine: string, other: string): fc.Arbitrary<Instruction[]> =>
    fc
      .array(
        fc.oneof(
          { weight: 6, arbitrary: store(mine, mine, mine, other) },
          { weight: 6, arbitrary: load(other, other, other, mine) },
          { weight: 1, arbitrary: swap },
          { weight: 2, arbitrary: call },
          { weight: 1, arbitrary: fc.constantFrom<Instruction>({ op: "mb" }, { op: "off" }, { op: "on" }) },
        ),
        { minLength: 2, maxLength: 4, size: "max" },
      )
      .map((list) => allowedWaits(apart(list, name)));
  const handler = (name: string): fc.Arbitrary<Instruction[]> =>
    fc.array(fc.oneof(store("x", "y"), load("x", "y")), { maxLength: 2 }).map((list) => apart(list, name));
  const litmus: fc.Arbitrary<Litmus> = fc.record({
    mains: fc.tuple(main("m0_", "x", "y"), main("m1_", "y", "x")),
    handlers: fc.tuple(handler("h0_"), handler("h1_")),
  });

  function apart(list: readonly Instruction[], name: string): Instruction[] {
    let loads = 0;
    return list.map((i) => (i.op === "load" ? { ...i, to: `${name}${loads++}` } : i));
  }

  /** No wait with interrupts off: that is a violation of its own. They are on again at the end. */
  function allowedWaits(list: readonly Instruction[]): Instruction[] {
    let off = false;
    const allowed = list.map((i): Instruction => {
      if (i.op === "off" || i.op === "on") off = i.op === "off";
      return i.op === "call" && off ? { op: "call", wait: false } : i;
    });
    return off ? [...allowed, { op: "on" }] : allowed;
  }

  function sourceOf({ mains, handlers }: Litmus): string {
    const fields = VARIABLES.map((name) => `${name}: int;`).join(" ");
    const declared = handlers.map(
      (list, cpu) => `export function h${cpu}(_v: int): void {\n${textOf(list, cpu)}\n}`,
    );
    const head = `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n${declared.join("\n")}`;
    return bareMachine(
      head,
      mains.map((list, cpu) => textOf(list, cpu)),
    );
  }

  /** Final memories as the naive engine writes them. */
  function memories(source: string, model: "sc" | "tso", partialOrder: boolean): Set<string> {
    const program = compileKts(source);
    const checked = check(program, 2, { partialOrder, symmetry: false }, STATES, model);
    if (checked.verdict === "hang") return new Set(["hang"]);
    expect(checked.verdict).toBe("proved");
    const struct = program.structs.findIndex(({ name }) => name === "g");
    const objects = [...checked.finals.values()].map((final) => final.objects[struct]?.[0]);
    return new Set(objects.map((fields) => JSON.stringify(fields)));
  }

  test("the same final memories", () => {
    let wider = 0;
    let calls = 0;
    const property = fc.property(litmus, (test) => {
      const source = sourceOf(test);
      const expected = outcomes(test, VARIABLES);
      for (const { partialOrder } of UNREDUCED) {
        const found = memories(source, "tso", partialOrder);
        if (expected.has("hang")) expect(found).toEqual(new Set(["hang"]));
        else expect([...found].sort()).toEqual([...expected].sort());
      }
      if (expected.size > memories(source, "sc", true).size) wider++;
      if (test.mains.some((list) => list.some(({ op }) => op === "call"))) calls++;
    });
    fc.assert(property, { numRuns: 150 });
    // Buffers must have made a difference in some, and interrupts have been there in many.
    expect(wider).toBeGreaterThan(1);
    expect(calls).toBeGreaterThan(50);
  });

  test("an interrupt comes before a store as well as after it", () => {
    const test: Litmus = {
      mains: [
        [
          { op: "store", to: "x", value: 1 },
          { op: "call", wait: true },
        ],
        [
          { op: "load", from: "x", to: "m1_0" },
          { op: "store", to: "y", value: 1 },
        ],
      ],
      handlers: [[], [{ op: "load", from: "y", to: "h1_0" }]],
    };
    const finals = memories(sourceOf(test), "tso", true);
    expect([...finals].sort()).toEqual([...outcomes(test, VARIABLES)].sort());
  });
});

describe("random machines with and without buffers", () => {
  const RUNS: Readonly<Record<RandomMachine["kind"], number>> = {
    bare: 60,
    scheduled: 30,
    symmetric: 40,
    interrupted: 40,
  };

  /** What is there without buffers and not with them, in words; undefined when nothing is, "skipped" when too big. */
  function lost(sc: Checked, tso: Checked): string | undefined {
    if (/^bounded/.test(sc.verdict) || /^bounded/.test(tso.verdict)) return "skipped";
    if (sc.verdict !== "proved") return tso.verdict === "proved" ? `${sc.verdict} is not found` : undefined;
    if (tso.verdict !== "proved") return undefined;
    const missing = [...sc.finals.keys()].filter((key) => !tso.finals.has(key));
    return missing.length === 0 ? undefined : `${missing.length} final states are lost: ${missing[0]}`;
  }

  /** Under TSO, with and without partial order. */
  function differences([full, reduced]: readonly Checked[]): string[] {
    if (full === undefined || reduced === undefined) return [];
    const verdicts = `${full.verdict} without partial order, ${reduced.verdict} with`;
    if ((full.verdict === "proved") !== (reduced.verdict === "proved")) return [verdicts];
    if (full.verdict !== "proved") return [];
    const [a, b] = [full, reduced].map(({ finals }) => [...finals.keys()].sort().join("\n"));
    return a === b ? [] : ["other final states with partial order than without"];
  }

  test.each(KINDS)("%s", (kind) => {
    let skipped = 0;
    const property = fc.property(
      fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 40, size: "max" }),
      (choices) => {
        const { source, cpus } = randomMachine(kind, choices);
        const program = compileKts(source);
        const sc = check(program, cpus, { partialOrder: true, symmetry: false }, STATES);
        const tso = UNREDUCED.map((reductions) => check(program, cpus, reductions, STATES, "tso"));
        const results = tso.map((checked) => lost(sc, checked));
        if (results.includes("skipped")) {
          skipped++;
          return;
        }
        const complaints = [...results.filter((result) => result !== undefined), ...differences(tso)];
        expect(complaints.length === 0 ? "" : `${complaints.join("\n")}\n${source}`).toBe("");
      },
    );
    fc.assert(property, { numRuns: RUNS[kind] });
    expect(skipped).toBeLessThan(RUNS[kind] * 0.5);
  });
});
