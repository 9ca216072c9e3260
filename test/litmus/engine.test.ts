/** Litmus tests through the graph engine: the same final states as by brute force; witnesses and reasons to look at. */

import { expect, test } from "vitest";
import { stateLines } from "../../src/check/litmus/final_states.ts";
import { type LitmusOptions, runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { valuesOf } from "../../src/ir/litmus.ts";
import { loadModel } from "../../src/memory/load.ts";
import type { Model } from "../../src/memory/model.ts";
import { definitionsOf, litmusOf } from "../support/litmus.ts";
import { readExpected, readTest } from "./collection.ts";
import { finalStates } from "./interleavings.ts";

const SC = `"SC"
include "cos.cat"
empty rmw & (fre; coe) as atomic
acyclic po | rf | co | fr as sc
`;

function modelOf(text: string): Model {
  const loaded = loadModel("m.cat", (name) => (name === "m.cat" ? text : undefined));
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value.model;
}

const sc = modelOf(SC);
const options: LitmusOptions = { unroll: 2, why: false, draw: false, now: () => 0 };
const BUFFERING =
  "C SB\n{}\nP0(int *x, int *y) {\n*x = 1;\nr0 = *y;\n}\nP1(int *x, int *y) {\n*y = 1;\nr0 = *x;\n}\nexists (0:r0=0 /\\ 1:r0=0)\n";

test("under SC the engine finds the final states of all interleavings, no more and no less", () => {
  // Grace periods mean nothing to this model.
  const tests = readExpected().filter(({ name }) => !name.includes("rcu"));
  expect(tests.length).toBeGreaterThan(300);
  for (const { name } of tests) {
    const litmus = litmusOf(readTest(name));
    const rows = finalStates(litmus).map((state) => litmus.observed.flatMap((part) => valuesOf(part, state)));
    expect(runLitmus(litmus, sc, options).states, name).toEqual([...new Set(stateLines(litmus, rows))]);
  }
});

test("an outcome that cannot be has a reason: the axiom and its cycle, with lines of the text", () => {
  const { positive, negative, why } = runLitmus(litmusOf(BUFFERING), sc, { ...options, why: true });
  expect([positive, negative]).toEqual([0, 3]);
  expect(why).toMatchObject({ axiom: "sc", kind: "acyclic", candidates: 1 });
  expect(why?.edges.map(({ from, via, to }) => `${from} ${via} ${to}`)).toEqual([
    "P0:4 W x=1 po P0:5 R y=0",
    "P0:5 R y=0 fr P1:8 W y=1",
    "P1:8 W y=1 po P1:9 R x=0",
    "P1:9 R x=0 fr P0:4 W x=1",
  ]);
});

test("an outcome that no read can lead to says so", () => {
  const impossible = litmusOf(BUFFERING.replace("exists (0:r0=0", "exists (0:r0=7"));
  expect(runLitmus(impossible, sc, { ...options, why: true }).why).toMatchObject({
    candidates: 0,
    edges: [],
  });
});

test("an outcome that can be has a witness to draw, one that cannot a rejected execution", () => {
  const weak = modelOf('"coherence"\ninclude "cos.cat"\nacyclic po-loc | rf | co | fr as coherence\n');
  const seen = runLitmus(litmusOf(BUFFERING), weak, { ...options, draw: true }).drawing;
  expect(seen?.title).toBe("SB: exists (0:r0=0 /\\ 1:r0=0)");
  expect(seen?.events.map(({ thread, label, line }) => `${thread} ${label} ${line}`)).toEqual([
    "0 W x=1 4",
    "0 R y=0 5",
    "1 W y=1 8",
    "1 R x=0 9",
  ]);
  const relations = seen?.edges.map(({ from, to, relation }) => `${from} ${relation} ${to}`).sort();
  // Initial writes, and who reads them, can be told by the values.
  expect(relations).toEqual(["0 po 1", "1 fr 2", "2 po 3", "3 fr 0"]);
  const rejected = runLitmus(litmusOf(BUFFERING), sc, { ...options, draw: true }).drawing;
  expect(rejected?.title).toMatch(/forbidden by sc$/);
  expect(rejected?.edges.map(({ refused }) => refused)).toEqual([true, true, true, true]);
});

test("of what would show an outcome, what satisfies more axioms is told, not the shortest cycle", () => {
  // With x=2 before x=1 the outcome breaks coherence in two steps, with x=1 before x=2 the other axiom in more.
  const text =
    "C t\n{}\nP0(int *x, int *y) { *x = 1; *x = 2; *y = 1; }\nP1(int *x, int *y) { r0 = *y; r1 = *x; }\n" +
    "exists (1:r0=1 /\\ 1:r1=0)\n";
  const model = modelOf(
    '"two"\ninclude "cos.cat"\nacyclic po-loc | rf | co | fr as near\nacyclic po | rf | co | fr as all\n',
  );
  const { why } = runLitmus(litmusOf(text), model, { ...options, why: true });
  expect(why).toMatchObject({ axiom: "all", candidates: 2 });
  expect(why?.edges.length).toBeGreaterThan(2);
});

test("what is not counted is said: loops that go on, accesses through null, waits without end", () => {
  const run = (body: string) =>
    runLitmus(litmusOf(`C t\n{}\nP0(int *x, spinlock_t *l) { ${body} }\nexists (x=1)\n`), sc, options);
  expect(run("while (*x == 0) smp_mb();")).toMatchObject({ bound: 2, positive: 0, negative: 0 });
  expect(run("r1 = 0; *r1 = 1;")).toMatchObject({ faults: 1, negative: 0 });
  expect(run("spin_unlock(l);")).toMatchObject({ faults: 1 });
  expect(run("spin_lock(l); spin_lock(l);")).toMatchObject({ stuck: 1, negative: 0 });
});

test("in older definitions the steps of an SRCU section are events, not accesses: nobody reads them", () => {
  const definitions = definitionsOf(
    "srcu_read_lock(X) __srcu{srcu-lock}(X)\nsrcu_read_unlock(X, C) { __srcu{srcu-unlock}(X, C); }\nsynchronize_srcu(X) { __srcu{sync-srcu}(X); }\n",
  );
  const section = "r1 = srcu_read_lock(s); srcu_read_unlock(s, r1);";
  const text = (body: string): string =>
    `C t\n{}\nP0(int *s) { ${body} }\nP1(int *s) { ${body} }\nforall (s=0)\n`;
  const found = runLitmus(litmusOf(text(section), definitions), sc, { ...options, draw: true });
  expect(found).toMatchObject({ positive: 1, negative: 0 });
  expect(found.drawing?.events.map(({ label }) => label)).toEqual([
    "F[srcu-lock] s=1009",
    "F[srcu-unlock] s=1009",
    "F[srcu-lock] s=2018",
    "F[srcu-unlock] s=2018",
  ]);
  // As accesses, two sections have an order and sources.
  expect(runLitmus(litmusOf(text(section)), sc, options).positive).toBeGreaterThan(1);
});

test("in older definitions a full cmpxchg has fences around it when it succeeds, and none when it fails", () => {
  const definitions = definitionsOf(
    "cmpxchg(X, O, N) __cmpxchg{mb}(X, O, N)\nREAD_ONCE(X) __load{once}(X)\nWRITE_ONCE(X, V) __store{once}(X, V)\n",
  );
  expect(definitions.dialect).toBe("fences");
  const fences = modelOf(`"fences alone"
include "cos.cat"
empty rmw & (fre; coe) as atomic
acyclic po-loc | rf | co | fr as coherence
let between = po; [F & Mb]; po
acyclic between | rfe | fre | coe as fence
`);
  const buffering = (old: number): string =>
    `C t\n{}\nP0(int *x, int *y, int *c) { WRITE_ONCE(*x, 1); r1 = cmpxchg(c, ${old}, 1); r0 = READ_ONCE(*y); }\nP1(int *x, int *y, int *d) { WRITE_ONCE(*y, 1); r1 = cmpxchg(d, ${old}, 1); r0 = READ_ONCE(*x); }\nexists (0:r0=0 /\\ 1:r0=0)\n`;
  const run = (old: number) =>
    runLitmus(litmusOf(buffering(old), definitions), fences, { ...options, draw: true });
  expect(run(0)).toMatchObject({ positive: 0, negative: 3 });
  expect(run(0).drawing?.events.filter(({ label }) => label === "F[mb]")).toHaveLength(4);
  expect(run(7)).toMatchObject({ positive: 1, negative: 3 });
  expect(run(7).drawing?.events.filter(({ label }) => label === "F[mb]")).toHaveLength(0);
});

test("cookies that do not match are flagged, as sections or as events", () => {
  const text = "C t\n{}\nP0(int *s) { r1 = srcu_read_lock(s); srcu_read_unlock(s, r1 + 1); }\nexists (s=0)\n";
  const { model } = loadLitmusModel("lkmm", undefined);
  expect(runLitmus(litmusOf(text), model, options).flags).toContain("srcu-bad-value-match");
  expect(runLitmus(litmusOf(text.replace(" + 1", "")), model, options).flags).toEqual([]);
});
