/**
 * Values out of thin air in litmus tests. What herd7 makes of the shapes of `manual/oota` in Paul McKenney's collection
 * is said in their comments (`C-AS-OOTA-1`, `C-JO-OOTA-1` to `-6`, `C-PM-OOTA-1`) and in the mails that they come
 * from; the rest follows from how it solves equations (`thin_air.ts`).
 */

import { expect, test } from "vitest";
import { runLitmus, runMerged } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import type { LitmusTest } from "../../src/ir/litmus.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { litmusOf } from "../support/litmus.ts";

const { model, definitions } = loadLitmusModel("lkmm", undefined);
const options = { unroll: 2, why: false, draw: false, now: () => 0 };
const resultOf = (compiled: LitmusTest) => runLitmus(compiled, model, options);

/** Two threads that do the same to each other's variables: x and a here are y and b there. */
function ring(body: (x: string, y: string, a: string, b: string) => string, question: string): LitmusTest {
  const thread = (n: number, text: string): string => `P${n}(int *a, int *b, int *x, int *y) {\n${text}\n}\n`;
  const text = `C t\n{}\n${thread(0, body("x", "y", "a", "b"))}${thread(1, body("y", "x", "b", "a"))}${question}\n`;
  return litmusOf(text, definitions);
}

/** Both know of the other's flag, which a read barrier and a write barrier do not forbid. */
const flagged =
  (middle: (a: string, b: string) => string) =>
  (x: string, y: string, a: string, b: string): string =>
    `int r1 = READ_ONCE(*${x}); int r2 = 0; smp_rmb(); ${middle(a, b)} smp_wmb(); WRITE_ONCE(*${y}, 1);`;

const BOTH = "exists (0:r1=1 /\\ 1:r1=1)";

test.each([
  [
    "a plain copy behind a branch",
    flagged((a, b) => `if (r1 == 1) { *${a} = *${b}; }`),
    BOTH,
    "Sometimes 1 3",
  ],
  [
    "a value that is equal to no number",
    flagged((a, b) => `if (r1 == 1) { *${a} = *${b}; }`),
    "exists (b=42)",
    "Never 0 4",
  ],
  [
    "a plain read, a marked write behind the join",
    flagged((a, b) => `if (r1 == 1) { r2 = *${b}; } WRITE_ONCE(*${a}, r2);`),
    "exists (b=42)",
    "Never 0 4",
  ],
  [
    "a marked read before it, which takes the same",
    flagged((a, b) => `r2 = READ_ONCE(*${b}); if (r1 == 1) { r2 = *${b}; } WRITE_ONCE(*${a}, r2);`),
    BOTH,
    "Sometimes 1 7",
  ],
  [
    "a computation, which leaves an equation",
    flagged((a, b) => `r2 = *${b}; int r3 = r1 == 0; WRITE_ONCE(*${a}, (r3 + 1) & r2);`),
    BOTH,
    "Never 0 5",
  ],
  [
    "a marked read, a plain write behind the join",
    flagged((a, b) => `if (r1 == 1) { r2 = READ_ONCE(*${a}); } *${b} = r2;`),
    BOTH,
    "Sometimes 1 3",
  ],
  [
    "marked accesses",
    flagged((a, b) => `if (r1 == 1) { WRITE_ONCE(*${a}, *${b}); }`),
    "exists (b=42)",
    "Never 0 3",
  ],
])("%s", (_, body, question, expected) => {
  const { positive, negative, ...result } = resultOf(ring(body, question));
  expect(`${observation({ ...result, positive, negative })} ${positive} ${negative}`).toBe(expected);
});

/** A thread that makes something of what it reads, and one that hands it back: four ways to read, the last one a ring. */
function handedBack(first: string, second: string, question: string): LitmusTest {
  const text = `C t\n{}\nP0(int *x, int *y) { ${first} }\nP1(int *x, int *y) { ${second} }\n${question}\n`;
  return litmusOf(text, definitions);
}

test.each([
  ["a copy", "*y = r0;", "int r1 = *y; *x = r1;", ["0:r0=S1; 1:r1=S1;", "0:r0=0; 1:r1=0;"], 4],
  [
    "0 added",
    "int r3 = 0; *y = r0 + r3;",
    "int r1 = *y; *x = r1;",
    ["0:r0=S1; 1:r1=S1;", "0:r0=0; 1:r1=0;"],
    4,
  ],
  ["1 added", "*y = r0 + 1;", "int r1 = *y; *x = r1;", ["0:r0=0; 1:r1=0;", "0:r0=0; 1:r1=1;"], 3],
  [
    "a number, written as a function of it",
    "*y = (r0 ^ r0) + 1;",
    "int r1 = *y; *x = r1;",
    ["0:r0=0; 1:r1=0;", "0:r0=0; 1:r1=1;", "0:r0=1; 1:r1=1;"],
    4,
  ],
  [
    "a comparison with itself",
    "int r3 = (r0 == r0); *y = r3;",
    "int r1 = *y; *x = r1;",
    ["0:r0=0; 1:r1=0;", "0:r0=0; 1:r1=1;", "0:r0=1; 1:r1=1;"],
    4,
  ],
  // Round it goes only by way of the constant.
  ["a branch on it", "if (r0) *y = r0; else *y = 0;", "int r1 = *y; *x = r1;", ["0:r0=0; 1:r1=0;"], 4],
  // It reads 7 if it is successful: an equation that says what goes round.
  [
    "a comparison that was equal",
    "*y = r0;",
    "int r1 = cmpxchg(y, 7, 8); *x = r1;",
    ["0:r0=0; 1:r1=0;", "0:r0=7; 1:r1=7;"],
    4,
  ],
])("what goes round: %s", (_, first, second, states, executions) => {
  const result = resultOf(
    handedBack(`int r0 = READ_ONCE(*x); ${first}`, second, "locations [0:r0; 1:r1;]\nexists (0:r0=1:r1)"),
  );
  expect(result.states).toEqual(states);
  expect(result.positive + result.negative).toBe(executions);
});

test("two values that nothing determines are told apart, and equal to themselves", () => {
  const text = `C t
{}
P0(int *x, int *y) { int r0 = READ_ONCE(*x); *y = r0; }
P1(int *x, int *y) { int r1 = *y; *x = r1; }
P2(int *a, int *b) { int r2 = READ_ONCE(*a); *b = r2; }
P3(int *a, int *b) { int r3 = *b; *a = r3; }
forall (0:r0=1:r1 /\\ (0:r0=0 \\/ 2:r2=0 \\/ ~0:r0=2:r2))
`;
  const result = resultOf(litmusOf(text, definitions));
  expect(result.positive).toBe(16);
  expect(result.negative).toBe(0);
});

test("merged, the states are the same", () => {
  const compiled = ring(
    flagged((a, b) => `r2 = READ_ONCE(*${b}); if (r1 == 1) { r2 = *${b}; } *${a} = r2;`),
    "locations [0:r1; 0:r2; 1:r1; 1:r2; a; b;]\nexists (b=42)",
  );
  const merged = runMerged(compiled, model, options);
  expect(merged.ok && merged.value.states).toEqual(resultOf(compiled).states);
  expect(merged.ok && merged.value.states.some((state) => state.includes("[b]=S1"))).toBe(true);
});

test("an execution with such a value can be drawn", () => {
  const compiled = handedBack(
    "int r0 = READ_ONCE(*x); *y = (r0 ^ r0) + 1;",
    "int r1 = *y; *x = r1;",
    "exists (0:r0=1)",
  );
  const { drawing } = runLitmus(compiled, model, { ...options, draw: true });
  const texts = JSON.stringify(drawing);
  expect(texts).toContain("R[once] x=1");
});

test("pointers that threads hand on are not looked for in thin air: who waits for whom is seen at once", () => {
  // perfbook's double-checked locking without a lock: whoever finds nothing puts his own in, and frees whose he displaced.
  const names = ["a", "b", "c", "d"];
  const params = `${names.map((name) => `int *${name}`).join(", ")}, int **p`;
  const threads = names.map(
    (own, i) => `P${i}(${params}) {
  int *r1; int r2;
  rcu_read_lock();
  r1 = rcu_dereference(*p);
  if (r1) { r2 = *r1; rcu_read_unlock(); }
  else {
    rcu_read_unlock();
    *${own} = 1;
    r1 = xchg(p, ${own});
    if (r1) { synchronize_rcu(); *r1 = 0; }
    r2 = 1;
  }
}
`,
  );
  const text = `C t\n{ int *p = 0; }\n${threads.join("")}exists (0:r2=0 \\/ (a=0 /\\ b=0 /\\ c=0 /\\ d=0))\n`;
  const result = runLitmus(litmusOf(text, definitions), model, { ...options, steps: 5000 });
  expect(result.limit).toBeUndefined();
  expect([result.positive, result.negative]).toEqual([0, 148]);
});
