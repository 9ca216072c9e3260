/** Random programs: the engine visits exactly the executions that brute force finds, each once. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Func } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { type Axioms, sc, tso, weak } from "./axioms.ts";
import { allExecutions, TooMany } from "./brute.ts";
import { nameOf, run } from "./cells.ts";
import { judgeOf } from "./judge.ts";
import { SC, TSO, WEAK } from "./native_models.ts";
import { anyThreads, CELLS, compile, feedingThreads } from "./random_threads.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 500);

function expectAll(funcs: readonly Func[], model: Model, axioms: Axioms, guess: boolean): boolean {
  let expected: Set<string>;
  try {
    expected = allExecutions(funcs, CELLS, axioms, 4_000, guess ? [0, 1, 2] : [0]);
  } catch (error) {
    if (error instanceof TooMany) return false;
    throw error;
  }
  const found: string[] = [];
  run(funcs, CELLS, model, (execution) => found.push(nameOf(execution, CELLS)), { guess });
  expect(found.toSorted()).toEqual([...expected].sort());
  return true;
}

const fromFile = (name: string): Model => modelFile(`${MODEL_FOLDER}${name}.cat`).compiled;

test.each(["sc", "tso", "aarch64", "power", "lkmm"])(
  "the executions of random threads under %s.cat",
  (name) => {
    const model = fromFile(name);
    compareAll(model, judgeOf(model));
  },
);

test("the executions of random threads under lkmm.cat, branches guessed", () => {
  const model = fromFile("lkmm");
  compareAll(model, judgeOf(model, "branches"), true, feedingThreads, RUNS / 2);
});

test.each([
  ["SC", SC, sc],
  ["TSO", TSO, tso],
  ["a weak model", WEAK, weak],
] as const)("the executions of random threads under %s, natively", (_, model, axioms) =>
  compareAll(model, axioms),
);

function compareAll(model: Model, axioms: Axioms, guess = false, any = anyThreads, runs = RUNS): void {
  let compared = 0;
  fc.assert(
    fc.property(any, (threads) => {
      if (expectAll(threads.map(compile), model, axioms, guess)) compared++;
    }),
    { numRuns: runs },
  );
  // Most programs are small enough to enumerate.
  expect(compared).toBeGreaterThan(runs / 2);
}
