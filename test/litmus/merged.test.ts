/** `litmus --merge`: the states, verdicts and ends of threads that enumeration finds, and what it says of the rest. */

import "../support/seed.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type LitmusFigures, runLitmus, runMerged } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import type { LitmusTest } from "../../src/ir/litmus.ts";
import type { Model } from "../../src/memory/model.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { modelText } from "../memory/models.ts";
import { litmusOf } from "../support/litmus.ts";
import { readExpected, readTest } from "./collection.ts";
import { programWithTwins } from "./random_program.ts";

const SRCU_RUNS = Number(process.env.MERGE_RUNS ?? 300);
const options = { unroll: 2, why: false, draw: false, now: () => 0 };
const lkmm = loadLitmusModel("lkmm", undefined).model;

function merged(test: LitmusTest, model: Model): LitmusFigures {
  const result = runMerged(test, model, options);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** What a merged search promises to get right. */
const promised = (figures: LitmusFigures) => ({
  states: figures.states,
  verdict: observation(figures),
  stuck: figures.stuck > 0,
  faults: figures.faults > 0,
  cut: figures.bound !== undefined,
});

test("all tests of the collection: states and verdicts as by enumeration, the numbers are of states", () => {
  const differing = readExpected().flatMap(({ name }) => {
    const litmus = litmusOf(readTest(name));
    const [plain, found] = [runLitmus(litmus, lkmm, options), merged(litmus, lkmm)];
    const same = JSON.stringify(promised(plain)) === JSON.stringify(promised(found));
    return same && found.positive + found.negative === plain.states.length ? [] : [name];
  });
  expect(differing).toEqual([]);
});

test("random tests, with threads that are alike: the same under every model; no flag is passed over in silence", () => {
  const models = ["sc", "tso", "aarch64", "lkmm"].map((name) => loadLitmusModel(name, undefined).model);
  let leftOut = 0;
  fc.assert(
    fc.property(programWithTwins, fc.constantFrom(...models), (text, model) => {
      const litmus = litmusOf(text);
      const plain = runLitmus(litmus, model, { ...options, steps: 20_000 });
      fc.pre(plain.limit === undefined);
      const found = merged(litmus, model);
      expect(promised(found)).toEqual(promised(plain));
      const named = [...found.flags, ...(found.merged?.flags ?? [])];
      expect(plain.flags.filter((flag) => !named.includes(flag))).toEqual([]);
      expect(found.flags.filter((flag) => !plain.flags.includes(flag))).toEqual([]);
      leftOut += found.merged?.left ?? 0;
    }),
    { numRuns: 300 },
  );
  expect(leftOut).toBeGreaterThan(0);
});

/** Each thread drops a reference three times. */
const COUNTS = `C counts
{ atomic_t c=ATOMIC_INIT(12); }
${[0, 1, 2, 3].map((t) => `P${t}(atomic_t *c, int *freed) { ${"r0 = atomic_dec_and_test(c); if (r0) WRITE_ONCE(*freed, 1); ".repeat(3)}}`).join("\n")}
exists (c=0 /\\ freed=0)
`;

test("a test with 369,600 executions: a few hundred nodes", () => {
  // 12 updates of one word in any order, 3 of each thread in order: 12! / 3!^4.
  const found = merged(litmusOf(COUNTS), lkmm);
  expect(found).toMatchObject({ positive: 0, negative: 1, states: ["[c]=0; [freed]=1;"] });
  expect(found.merged?.explored).toBeLessThan(1000);
});

test("threads that are alike, but of which the question names registers: each of its states", () => {
  const thread = (t: number): string => `P${t}(int *x) { r0 = xchg(x, 1); }`;
  const litmus = litmusOf(`C t\n{}\n${thread(0)}\n${thread(1)}\nexists (0:r0=1 /\\ 1:r0=0)\n`);
  expect(merged(litmus, lkmm)).toMatchObject({ states: ["0:r0=0; 1:r0=1;", "0:r0=1; 1:r0=0;"], positive: 1 });
});

test("a model that is not local is refused, with the axiom that stands in the way", () => {
  const text =
    "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nP1(int *x) { r0 = READ_ONCE(*x); }\nexists (1:r0=1)\n";
  const { compiled } = modelText("acyclic po | rf^-1 as strange");
  expect(runMerged(litmusOf(text), compiled, options)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^axiom strange: /),
  });
});

// ---- SRCU: sections whose ends find each other through memory ----

const srcuStatement = fc.constantFrom(
  "c = srcu_read_lock(s); [1] [2] srcu_read_unlock(s, c);",
  "c = srcu_read_lock(s); [1] [2] srcu_read_unlock(s, c);",
  "c = srcu_read_lock(s); d = srcu_read_lock(t); [1] srcu_read_unlock(s, c); [2] srcu_read_unlock(t, d);",
  "c = srcu_down_read(s); [1] WRITE_ONCE(*k, c); smp_store_release(f, 1);",
  "e = smp_load_acquire(f); d = READ_ONCE(*k); [2] srcu_up_read(s, d);",
  "[1] synchronize_srcu(s); [2]",
  "[1] synchronize_srcu(s); [2]",
  "[1] synchronize_srcu(t); [2]",
  "rcu_read_lock(); [1] [2] rcu_read_unlock();",
  "[1] synchronize_rcu(); [2]",
  "[1] smp_mb(); [2]",
);
const anAccess = fc.constantFrom(
  "r0 = READ_ONCE(*x);",
  "r1 = READ_ONCE(*y);",
  "WRITE_ONCE(*x, 1);",
  "WRITE_ONCE(*y, 1);",
  "r2 = xchg(x, 2);",
  "",
);
const srcuThread = fc
  .array(fc.tuple(srcuStatement, anAccess, anAccess), { minLength: 1, maxLength: 2 })
  .map((list) => list.map(([text, a, b]) => text.replace("[1]", a).replace("[2]", b)).join(" "));
const srcuTest = fc
  .tuple(srcuThread, srcuThread, fc.option(srcuThread, { nil: undefined }))
  .map((threads) => {
    const bodies = threads.filter((body) => body !== undefined);
    const params = "int *x, int *y, int *k, int *f, struct srcu_struct *s, struct srcu_struct *t";
    const text = bodies.map((body, t) => `P${t}(${params}) {\n${body}\n}\n`).join("");
    const seen = bodies.flatMap((_, t) => [`${t}:r0;`, `${t}:r1;`]).join(" ");
    return `C t\n{}\n${text}locations [${seen} x; y;]\nexists (x=1)\n`;
  });

test("random tests with sections of SRCU: the same under every model", () => {
  const names = ["sc", "tso", "aarch64", "power", "lkmm"];
  const models = new Map(names.map((name) => [name, loadLitmusModel(name, undefined).model]));
  let [leftOut, ordered] = [0, 0];
  fc.assert(
    fc.property(srcuTest, fc.constantFrom(...names, "lkmm", "lkmm"), (text, name) => {
      const litmus = litmusOf(text);
      const model = models.get(name) ?? lkmm;
      const plain = runLitmus(litmus, model, { ...options, steps: 20_000 });
      fc.pre(plain.limit === undefined);
      const found = merged(litmus, model);
      expect(promised(found)).toEqual(promised(plain));
      leftOut += found.merged?.left ?? 0;
      if (/srcu_(read_unlock|up_read)/.test(text) && text.includes("synchronize_srcu")) ordered++;
    }),
    { numRuns: SRCU_RUNS },
  );
  expect(leftOut).toBeGreaterThan(0);
  expect(ordered).toBeGreaterThan(SRCU_RUNS / 10);
});

test("readers of SRCU and a grace period, whose executions are too many to be counted", () => {
  const reader = (t: number): string =>
    `P${t}(struct srcu_struct *s, int *x, int *y, atomic_t *n) { c = srcu_read_lock(s); r0 = READ_ONCE(*y); r1 = READ_ONCE(*x); ${t === 0 ? "WRITE_ONCE(*z, r0 - r1);" : ""} srcu_read_unlock(s, c); ${"atomic_inc(n); ".repeat(2)}}`;
  const update =
    "P3(struct srcu_struct *s, int *x, int *y, atomic_t *n) { WRITE_ONCE(*x, 1); synchronize_srcu(s); WRITE_ONCE(*y, 1); }";
  const text = `C t\n{}\n${[0, 1, 2].map(reader).join("\n")}\n${update}\nexists (z=1)\n`.replaceAll(
    "atomic_t *n)",
    "atomic_t *n, int *z)",
  );
  const found = merged(litmusOf(text), lkmm);
  // Who sees what was written behind the grace period sees what was written before it.
  expect(found).toMatchObject({ positive: 0, states: ["[z]=-1;", "[z]=0;"] });
});

test("flags of executions that were left out: those that the program's accesses allow, by name", () => {
  const flags = (access: string): readonly string[] =>
    merged(
      litmusOf(
        `C t\n{}\nP0(int *x) { ${access} }\nP1(int *x) { ${access} }\nP2(int *x) { ${access} }\nexists (x=1)\n`,
      ),
      lkmm,
    ).merged?.flags ?? [];
  expect(flags("WRITE_ONCE(*x, 1); r0 = READ_ONCE(*x); WRITE_ONCE(*x, 2);")).toEqual([]);
  expect(flags("*x = 1; r0 = *x; *x = 2;")).toContain("data-race");
});
