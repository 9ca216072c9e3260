/** All tests of model/litmus under our own Linux model: verdict, states and numbers of executions are herd7's. */

import { expect, test } from "vitest";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel, modelNames } from "../../src/cli/litmus/model.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { litmusOf } from "../support/litmus.ts";
import { readExpected, readTest } from "./collection.ts";

const options = { unroll: 2, why: false, draw: false, now: () => 0 };

test("every test agrees with herd7 7.58", () => {
  const { model, definitions } = loadLitmusModel("lkmm", undefined);
  const differing = readExpected().flatMap((expected) => {
    const { name, states, positive, negative, ...found } = runLitmus(
      litmusOf(readTest(expected.name), definitions),
      model,
      options,
    );
    const verdict = observation({ positive, negative });
    const same =
      verdict === expected.verdict &&
      states.length === expected.states &&
      positive === expected.positive &&
      negative === expected.negative;
    const complete = found.bound === undefined && found.faults === 0 && found.unheard.length === 0;
    return same && complete ? [] : [`${name}: ${verdict} ${states.length} ${positive} ${negative}`];
  });
  expect(differing).toEqual([]);
});

test("the stronger the model, the fewer executions (sc, tso, lkmm), on tests without RCU and locks", () => {
  const names = ["sc", "tso", "lkmm"];
  expect(modelNames()).toEqual(expect.arrayContaining(names));
  const models = names.map((name) => loadLitmusModel(name, undefined).model);
  const plain = readExpected().filter(({ name }) => !/rcu|lock|cond_resched/.test(name));
  expect(plain.length).toBeGreaterThan(200);
  for (const { name } of plain.filter((_, i) => i % 5 === 0)) {
    const litmus = litmusOf(readTest(name));
    const states = models.map((model) => new Set(runLitmus(litmus, model, options).states));
    const [sc = new Set(), tso = new Set(), lkmm = new Set()] = states;
    expect(
      [...sc].filter((state) => !tso.has(state)),
      `${name}: sc within tso`,
    ).toEqual([]);
    expect(
      [...tso].filter((state) => !lkmm.has(state)),
      `${name}: tso within lkmm`,
    ).toEqual([]);
  }
});
