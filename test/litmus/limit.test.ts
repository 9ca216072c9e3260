/** A search that is given up says what it found and nothing else. */

import { expect, test } from "vitest";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { litmusOf } from "../support/litmus.ts";
import { readExpected, readTest } from "./collection.ts";

const options = { unroll: 2, why: false, draw: false, now: () => 0 };
const { model, definitions } = loadLitmusModel("lkmm", undefined);

test("whatever the limit, the verdict is right or Bounded, and the counts no larger", () => {
  let bounded = 0;
  for (const { name } of readExpected().filter((_, i) => i % 20 === 0)) {
    const litmus = litmusOf(readTest(name), definitions);
    const whole = runLitmus(litmus, model, options);
    expect(whole.limit).toBeUndefined();
    for (const steps of [1, 7, 40, 200]) {
      const part = runLitmus(litmus, model, { ...options, steps });
      expect(part.positive).toBeLessThanOrEqual(whole.positive);
      expect(part.negative).toBeLessThanOrEqual(whole.negative);
      for (const state of part.states) expect(whole.states).toContain(state);
      if (part.limit === undefined)
        expect(part).toMatchObject({ states: whole.states, positive: whole.positive });
      else bounded++;
      expect([observation(whole), "Bounded"]).toContain(observation(part));
    }
  }
  expect(bounded).toBeGreaterThan(50);
});

test("a limit that is just enough is none", () => {
  const litmus = litmusOf("C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n", definitions);
  const limits = Array.from(
    { length: 12 },
    (_, i) => runLitmus(litmus, model, { ...options, steps: i + 1 }).limit,
  );
  const enough = limits.indexOf(undefined);
  expect(enough).toBeGreaterThan(0);
  expect(limits.slice(0, enough)).toEqual(Array.from({ length: enough }, (_, i) => i + 1));
  expect(new Set(limits.slice(enough))).toEqual(new Set([undefined]));
});

test("why an outcome is absent is not explained where it need not be", () => {
  const litmus = litmusOf(
    "C t\n{}\nP0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_mb(); r0 = READ_ONCE(*y); }\n" +
      "P1(int *x, int *y) { WRITE_ONCE(*y, 1); smp_mb(); r0 = READ_ONCE(*x); }\nexists (0:r0=0 /\\ 1:r0=0)\n",
    definitions,
  );
  expect(runLitmus(litmus, model, { ...options, why: true }).why?.axiom).not.toBe("");
  expect(runLitmus(litmus, model, { ...options, why: true, steps: 2 }).why).toBeUndefined();
});
