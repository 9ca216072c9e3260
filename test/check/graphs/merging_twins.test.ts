/** Threads with things of their own: they are matched, and exchanging them loses no outcome. */

import fc from "fast-check";
import { expect, it, test } from "vitest";
import { mcsLock, seqlock, treiberStack } from "../../../bench/graph_programs.ts";
import { Instance } from "../../../src/check/graphs/instance.ts";
import { twinsOf } from "../../../src/check/graphs/merge/twins.ts";
import { ownModel } from "../../memory/models.ts";
import { enumerated, merged, TooMany } from "./outcomes.ts";
import { anyDeeds, programOfDeeds } from "./own_things.ts";

const RUNS = Number(process.env.MERGE_RUNS ?? 200);
const BLIND = { registers: 0, memory: false };

/** An outcome with its threads in alphabetical order. */
const withoutOrder = (outcome: string): string =>
  outcome
    .split(/ \| | /)
    .sort()
    .join(" ");
const distinct = (outcomes: ReadonlySet<string>): readonly string[] =>
  [...new Set([...outcomes].map(withoutOrder))].sort();

test.each(["sc", "tso", "aarch64", "power", "lkmm"])("random threads under %s", (name) => {
  const model = ownModel(name).compiled;
  const seen = { compared: 0, renamed: 0 };
  const property = fc.property(anyDeeds, (deeds) => {
    const program = programOfDeeds(deeds);
    let expected: ReadonlySet<string>;
    try {
      expected = enumerated(program, model, BLIND);
    } catch (error) {
      if (error instanceof TooMany) return;
      throw error;
    }
    const found = merged(program, model, BLIND, true);
    expect(distinct(found.seen)).toEqual(distinct(expected));
    seen.compared++;
    const { merging } = found.search;
    const same = new Set(twinsOf(new Instance(program, model).codes)).size;
    if (merging.kind === "merged" && merging.twins.length > 0 && same === program.threads.length)
      seen.renamed++;
  });
  fc.assert(property, { numRuns: RUNS });
  expect(seen.compared).toBeGreaterThan(RUNS / 2);
  expect(seen.renamed).toBeGreaterThan(RUNS / 4);
});

it("matches CPUs by their queue nodes, and readers, not the writer", () => {
  const model = ownModel("sc").compiled;
  const twins = (build: typeof mcsLock, cpus: number): unknown => {
    const { merging } = merged(build(cpus), model, BLIND, true).search;
    return merging.kind === "merged" ? merging.twins : merging;
  };
  expect(twins(mcsLock, 3)).toEqual([[0, 1, 2]]);
  expect(twins(treiberStack, 3)).toEqual([[0, 1, 2]]);
  expect(twins(seqlock, 3)).toEqual([[1, 2]]);
});

it("exchanges nobody whose node is looked at", () => {
  const { search } = merged(mcsLock(2), ownModel("sc").compiled, { registers: 0, memory: true }, true);
  expect(search.merging).toMatchObject({ kind: "merged", twins: [] });
});
