/** Random programs: merging observes what enumeration observes, whatever is looked at, under every model. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Model } from "../../../src/memory/model.ts";
import { ownModel } from "../../memory/models.ts";
import { programOf } from "./cells.ts";
import { type Eyes, enumerated, merged, TooMany } from "./outcomes.ts";
import { CELLS, compile, richThreads } from "./random_threads.ts";

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
