/** Random programs: the engine visits exactly the executions that brute force finds, each once. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Func } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import { type Axioms, sc, tso, weak } from "./axioms.ts";
import { allExecutions, TooMany } from "./brute.ts";
import { nameOf, run } from "./cells.ts";
import { SC, TSO, WEAK } from "./native_models.ts";
import { anyThreads, CELLS, compile } from "./random_threads.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 700);

function expectAll(funcs: readonly Func[], model: Model, axioms: Axioms): boolean {
  let expected: Set<string>;
  try {
    expected = allExecutions(funcs, CELLS, axioms, 4_000);
  } catch (error) {
    if (error instanceof TooMany) return false;
    throw error;
  }
  const found: string[] = [];
  run(funcs, CELLS, model, (execution) => found.push(nameOf(execution, CELLS)));
  expect(found.toSorted()).toEqual([...expected].sort());
  return true;
}

test.each([
  ["SC", SC, sc],
  ["TSO", TSO, tso],
  ["a weak model", WEAK, weak],
] as const)("the executions of random threads under %s", (_, model, axioms) => {
  let compared = 0;
  fc.assert(
    fc.property(anyThreads, (threads) => {
      if (expectAll(threads.map(compile), model, axioms)) compared++;
    }),
    { numRuns: RUNS },
  );
  // Most programs are small enough to enumerate.
  expect(compared).toBeGreaterThan(RUNS / 2);
});
