/** The lowering, judged by running it: known outcomes under sequential consistency. */

import { expect, test } from "vitest";
import { holds } from "../../src/ir/litmus.ts";
import { litmusOf } from "../support/litmus.ts";
import { readExpected, readTest } from "./collection.ts";
import { finalStates, shown } from "./interleavings.ts";

/** Distinct final states, and in how many of them the condition holds. */
function outcome(text: string): { states: number; positive: number } {
  const litmus = litmusOf(text);
  const states = new Map(finalStates(litmus).map((state) => [shown(litmus, state), state]));
  const positive = [...states.values()].filter((state) => holds(litmus.condition, state));
  return { states: states.size, positive: positive.length };
}

const threads = (...bodies: string[]): string =>
  bodies.map((body, i) => `P${i}(int *x, int *y, atomic_t *c, spinlock_t *l) { ${body} }\n`).join("");

test("store buffering: never both zero", () => {
  const text = `C SB\n{}\n${threads("*x = 1; r0 = *y;", "*y = 1; r0 = *x;")}exists (0:r0=0 /\\ 1:r0=0)`;
  expect(outcome(text)).toEqual({ states: 3, positive: 0 });
});

test("increments are atomic, a read and a write are not", () => {
  const counted = (body: string) =>
    outcome(`C t\n{}\n${threads(body, body, body)}exists (c=3 /\\ x=0 \\/ x=3)`);
  expect(counted("atomic_inc(c);")).toEqual({ states: 1, positive: 1 });
  expect(counted("r0 = *x; *x = r0 + 1;").states).toBe(3);
  expect(counted("spin_lock(l); r0 = *x; *x = r0 + 1; spin_unlock(l);")).toEqual({ states: 1, positive: 1 });
});

test("pointers reach what they point at", () => {
  const text = `C t\n{ int *x = &y; y=5; }\nP0(int **x, int *y) { r0 = *x; r1 = *r0; *r0 = r1 + 1; }\nexists (0:r0=y /\\ y=6)`;
  expect(outcome(text)).toEqual({ states: 1, positive: 1 });
});

test("arrays are consecutive", () => {
  const text =
    "C t\n{ int a[3] = {1, 2, 3}; }\nP0(int *a) { a[2] = a[0] + *(a + 1) * 10; }\nforall (a={1,2,21})";
  expect(outcome(text)).toEqual({ states: 1, positive: 1 });
});

test("loops end when their condition does", () => {
  const text = `C t\n{}\n${threads("while (*x < 3) *x = *x + 1; r0 = *x;", "do r1 = xchg(y, 2); while (r1 == 0);")}exists (0:r0=3 /\\ 1:r1=2)`;
  expect(outcome(text)).toEqual({ states: 1, positive: 1 });
});

test("a grace period waits for the readers that were there", () => {
  const text = `C t\n{}\n${threads("rcu_read_lock(); r0 = *x; r1 = *y; rcu_read_unlock();", "*x = 1; synchronize_rcu(); *y = 1;")}exists (0:r0=0 /\\ 0:r1=1)`;
  expect(outcome(text)).toEqual({ states: 3, positive: 0 });
});

test("what the Linux model never allows, no interleaving does; no interleaving shows more states than it", () => {
  for (const { name, verdict, states } of readExpected()) {
    const litmus = litmusOf(readTest(name));
    const found = finalStates(litmus);
    expect(new Set(found.map((state) => shown(litmus, state))).size, name).toBeLessThanOrEqual(states);
    if (verdict === "Never")
      expect(
        found.some((state) => holds(litmus.condition, state)),
        name,
      ).toBe(false);
  }
});
