/** A search that is cut into parts finds what the whole search finds, and counts what it counts. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { addCounts, noCounts } from "../../../src/check/graphs/counts.ts";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import { Instance } from "../../../src/check/graphs/instance.ts";
import { runLitmus } from "../../../src/check/graphs/litmus.ts";
import { type LitmusOutcome, mergeOutcomes } from "../../../src/check/graphs/outcome.ts";
import { splitSearch } from "../../../src/check/graphs/split.ts";
import { readExpected, readTest } from "../../litmus/collection.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { litmusOf } from "../../support/litmus.ts";
import { nameOf, programOf } from "./cells.ts";
import { SC, WEAK } from "./native_models.ts";
import { anyThreads, CELLS, compile } from "./random_threads.ts";

test.each([SC, WEAK])("parts of random programs make up the whole", (model) => {
  fc.assert(
    fc.property(anyThreads, fc.integer({ min: 2, max: 40 }), (threads, parts) => {
      const input = programOf(threads.map(compile), CELLS);
      const found: string[] = [];
      const explore = (part: Parameters<Explorer["run"]>[0]) => {
        const instance = new Instance(input, model);
        const complete = (execution: Explorer): unknown => found.push(nameOf(execution, CELLS));
        return new Explorer(instance, { complete, stuck: () => undefined }).run(part);
      };
      const whole = explore({ prefix: [] });
      const all = found.splice(0);
      const { above, roots } = splitSearch((part) => {
        found.length = 0;
        return explore(part);
      }, parts);
      const sum = noCounts();
      addCounts(sum, above);
      for (const prefix of roots) addCounts(sum, explore({ prefix }));
      expect(sum).toEqual(whole);
      expect(found.toSorted()).toEqual(all.toSorted());
    }),
    { numRuns: 200 },
  );
});

test("parts of litmus tests make up the whole outcome, witnesses included", () => {
  const model = modelFile(`${MODEL_FOLDER}lkmm.cat`).compiled;
  for (const { name } of readExpected().slice(0, 60)) {
    const litmus = litmusOf(readTest(name));
    const whole = runLitmus(litmus, model);
    const { above, roots } = splitSearch((part): LitmusOutcome => runLitmus(litmus, model, { part }), 8);
    const below = roots.map((prefix) => runLitmus(litmus, model, { part: { prefix } }));
    expect(mergeOutcomes([...below.reverse(), above]), name).toEqual(whole);
  }
});
