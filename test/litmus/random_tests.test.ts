/**
 * Random litmus tests, as text: what the parser, the lowering and the graph engine make of them under sequential
 * consistency is what trying every interleaving of the lowered program gives.
 */

import "../support/seed.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stateLines } from "../../src/check/litmus/final_states.ts";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { valuesOf } from "../../src/ir/litmus.ts";
import { litmusOf } from "../support/litmus.ts";
import { finalStates } from "./interleavings.ts";
import { program } from "./random_program.ts";

const { model } = loadLitmusModel("sc", undefined);

test("the engine finds the final states of all interleavings", () => {
  fc.assert(
    fc.property(program, (text) => {
      const litmus = litmusOf(text);
      const rows = finalStates(litmus).map((state) =>
        litmus.observed.flatMap((part) => valuesOf(part, state)),
      );
      const found = runLitmus(litmus, model, { unroll: 2, why: false, draw: false, now: () => 0 });
      expect(found).toMatchObject({ stuck: 0, faults: 0 });
      expect(found.states).toEqual([...new Set(stateLines(litmus, rows))]);
    }),
    { numRuns: 400 },
  );
});
