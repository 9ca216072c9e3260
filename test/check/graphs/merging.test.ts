/** Random programs: merging observes what enumeration observes, whatever is looked at, under every model. */

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  counter,
  mcsLock,
  refcount,
  seqlock,
  spinlock,
  ticketLock,
  treiberStack,
} from "../../../bench/graph_programs.ts";
import type { Model } from "../../../src/memory/model.ts";
import { modelText, ownModel } from "../../memory/models.ts";
import { programOf } from "./cells.ts";
import { type Eyes, enumerated, merged, TooMany } from "./outcomes.ts";
import { CELLS, compile, feedingThreads, richThreads } from "./random_threads.ts";

const RUNS = Number(process.env.MERGE_RUNS ?? 200);
const NAMES = ["sc", "tso", "aarch64", "power", "lkmm"];

const anyEyes = fc.record({ registers: fc.nat(15), memory: fc.boolean() });

/** Compares a program; false when it has too many executions to enumerate. */
function agrees(program: ReturnType<typeof programOf>, model: Model, eyes: Eyes, symmetry: boolean): boolean {
  let expected: ReadonlySet<string>;
  try {
    expected = enumerated(program, model, eyes);
  } catch (error) {
    if (error instanceof TooMany) return false;
    throw error;
  }
  const { seen, search } = merged(program, model, eyes, symmetry);
  expect([...seen].sort()).toEqual([...expected].sort());
  expect(search.merging.kind).toBe("merged");
  return true;
}

test.each(NAMES)("random threads under %s", (name) => {
  const model = ownModel(name).compiled;
  let compared = 0;
  const property = fc.property(richThreads, anyEyes, fc.boolean(), (threads, eyes, symmetry) => {
    if (agrees(programOf(threads.map(compile), CELLS + 1), model, eyes, symmetry)) compared++;
  });
  fc.assert(property, { numRuns: RUNS });
  expect(compared).toBeGreaterThan(RUNS / 2);
});

test("random threads that need branches guessed", () => {
  const model = ownModel("lkmm").compiled;
  const three = feedingThreads.chain((threads) => fc.constantFrom(threads, [...threads, threads[0] ?? []]));
  const property = fc.property(three, anyEyes, fc.boolean(), (threads, eyes, symmetry) => {
    agrees(programOf(threads.map(compile), CELLS + 1), model, eyes, symmetry);
  });
  fc.assert(property, { numRuns: RUNS });
});

const PROGRAMS = { counter, mcsLock, refcount, seqlock, spinlock, ticketLock, treiberStack };

describe.each(NAMES)("protocols under %s", (name) => {
  const model = ownModel(name).compiled;
  it.each(Object.entries(PROGRAMS))("%s", (_, build) => {
    let compared = 0;
    for (const cpus of build === seqlock ? [2] : [2, 3]) {
      for (const memory of [false, true])
        if (agrees(build(cpus), model, { registers: 0, memory }, true)) compared++;
    }
    expect(compared).toBeGreaterThan(1);
  });
});

test("the order of threads does not matter", () => {
  const model = ownModel("lkmm").compiled;
  const look = { registers: 0, memory: true };
  const property = fc.property(richThreads, fc.nat(), (threads, by) => {
    const moved = threads.map((_, t) => threads[(t + by) % threads.length] ?? []);
    const outcomes = [threads, moved].map((each) => {
      const { seen } = merged(programOf(each.map(compile), CELLS + 1), model, look, true);
      return [...seen].map(withoutOrder).sort();
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
  fc.assert(property, { numRuns: RUNS });
});

/** An outcome with its threads in alphabetical order. */
function withoutOrder(outcome: string): string {
  const parts = outcome.split(" | ");
  return [
    ...parts
      .slice(0, -1)
      .flatMap((group) => group.split(" "))
      .sort(),
    parts.at(-1),
  ].join(" ");
}

describe("a merged search", () => {
  it("does without what it has no room for, and says so", () => {
    const model = ownModel("lkmm").compiled;
    const look = { registers: 0, memory: true };
    const roomy = merged(refcount(3), model, look, true);
    const tight = merged(refcount(3), model, look, true, 20_000);
    expect(roomy.search.merging).toMatchObject({ kind: "merged", forgotten: 0 });
    expect(tight.search.merging).toMatchObject({ kind: "merged", forgotten: expect.any(Number) });
    expect(tight.search.merging.kind === "merged" && tight.search.merging.forgotten).toBeGreaterThan(0);
    expect([...tight.seen].sort()).toEqual([...roomy.seen].sort());
    if (tight.search.merging.kind === "merged")
      expect(tight.search.merging.bytes).toBeLessThanOrEqual(20_000);
  });

  it("enumerates where a model is not local, and says why", () => {
    const model = modelText(
      "acyclic po | rf | co | fr empty rmw & (fre ; coe) acyclic po ; [range(co)]",
    ).compiled;
    const { seen, search } = merged(counter(2), model, { registers: 0, memory: true }, true);
    expect(search.merging).toEqual({ kind: "plain", why: expect.stringContaining("range(co)") });
    expect(search.counts.executions).toBe(4);
    expect(seen.size).toBe(1);
  });

  it("needs fewer states than interleavings have for the reference counts of 4 CPUs", () => {
    const { search } = merged(refcount(4), ownModel("sc").compiled, { registers: 0, memory: false }, true);
    expect(search.merging).toMatchObject({ kind: "merged", twins: [[0, 1, 2, 3]] });
    // States of the protocol under SC, by the explicit-state method.
    expect(search.merging.kind === "merged" && search.merging.states).toBeLessThan(12_698);
  });
});
