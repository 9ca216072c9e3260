/** `lazytlb litmus` as a user runs it: folders, models of their own, drawings, JSON, bad input. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvidence } from "../../src/evidence/validate.ts";
import { ensureBuilt, lazytlb, ROOT } from "../support/built.ts";

const BUFFERING = `C SB
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x); }
exists (0:r0=0 /\\ 1:r0=0)
`;

let folder = "";
beforeAll(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), "lazytlb-"));
  mkdirSync(join(folder, "tests/deeper"), { recursive: true });
  mkdirSync(join(folder, "none"));
  writeFileSync(join(folder, "SB.litmus"), BUFFERING);
  writeFileSync(
    join(folder, "srcu.litmus"),
    "C srcu\n{}\nP0(struct srcu_struct *s) { r0 = srcu_read_lock(s); srcu_read_unlock(s, r0); synchronize_srcu(s); }\n",
  );
  writeFileSync(join(folder, "tests/b.litmus"), BUFFERING.replace("SB", "b"));
  writeFileSync(join(folder, "tests/deeper/a.litmus"), BUFFERING.replace("SB", "a"));
  writeFileSync(join(folder, "broken.litmus"), BUFFERING.replace("r0 =", "r0 +"));
  // A kernel tree of the user's: files that name each other, beside each other.
  mkdirSync(join(folder, "tree"));
  const ours = join(ROOT, "model/memory");
  for (const [from, to] of [
    ["lkmm.bell", "linux-kernel.bell"],
    ["lkmm.cat", "linux-kernel.cat"],
  ] as const) {
    copyFileSync(join(ours, from), join(folder, "tree", to));
  }
  const macros = readFileSync(join(ours, "lkmm.def"), "utf8").replaceAll("READ_ONCE", "MY_READ");
  writeFileSync(join(folder, "tree/linux-kernel.def"), macros);
  writeFileSync(
    join(folder, "tree/linux-kernel.cfg"),
    "macros linux-kernel.def\nbell linux-kernel.bell\nmodel linux-kernel.cat\nvariant lkmmv2\ngraph columns\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const litmus = (...argv: string[]) => lazytlb(["litmus", ...argv], folder);

describe("--steps", () => {
  it("gives a test up, and says so in its verdict, its note and the summary", () => {
    const { status, out, err } = litmus("SB.litmus", "tests", "--steps", "3");
    expect(status).toBe(0);
    expect(out).toMatch(/^Observation SB (Bounded|Sometimes) /m);
    expect(out).toContain("Note: bounded: the search ended after 3 steps.");
    expect(err).toMatch(/3 tests: 0 Never, .*3 Bounded/);
    const { litmus: results = [] } = readEvidence(
      JSON.parse(litmus("SB.litmus", "--steps", "3", "--json").out),
      "x",
    );
    expect(results[0]?.limit).toBe(3);
  });

  it("changes nothing where it is enough", () => {
    const without = (text: string): string => text.replace(/^Time .*/m, "");
    expect(without(litmus("SB.litmus", "--steps", "100000").out)).toBe(without(litmus("SB.litmus").out));
  });

  it("must be a number", () => {
    expect(litmus("SB.litmus", "--steps", "0").status).toBe(2);
  });
});

describe("--merge", () => {
  it("gives states and verdict, and says that executions were not counted", () => {
    const { status, out, err } = litmus("SB.litmus", "--merge");
    expect(status).toBe(0);
    expect(out).toContain("Observation SB Sometimes 1 3");
    expect(out).toMatch(
      /^Note: executions were not counted: the numbers are of states. \d+ nodes were explored/m,
    );
    expect(err).toBe("");
    const { litmus: results = [] } = readEvidence(
      JSON.parse(litmus("SB.litmus", "--merge", "--json").out),
      "stdout",
    );
    expect(results[0]?.merged).toMatchObject({ left: 0, flags: [] });
  });

  it("takes sections of SRCU", () => {
    const { status, out } = litmus("srcu.litmus", "SB.litmus", "--merge");
    expect(status).toBe(0);
    expect(out).toContain("Test srcu");
    expect(out).toContain("Observation SB");
  });

  it("refuses tests for which the model is not local, with the reason", () => {
    writeFileSync(
      join(folder, "ends.cat"),
      "acyclic po | rf | co | fr\nempty rmw & (fre ; coe)\nacyclic po ; [range(co)]\n",
    );
    const { status, err } = litmus("SB.litmus", "--merge", "--model", join(folder, "ends.cat"));
    expect(status).toBe(2);
    expect(err).toMatch(/SB\.litmus: --merge: .*range\(co\).*; without it, executions are counted/);
  });
});

describe("output", () => {
  it("is herd7's, under the model that was asked for", () => {
    const weak = litmus("SB.litmus");
    expect(weak.out.replace(/^Time SB .*/m, "Time SB")).toBe(`Test SB Allowed
States 4
0:r0=0; 1:r0=0;
0:r0=0; 1:r0=1;
0:r0=1; 1:r0=0;
0:r0=1; 1:r0=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (0:r0=0 /\\ 1:r0=0)
Observation SB Sometimes 1 3
Time SB

`);
    expect(weak.status).toBe(0);
    expect(litmus("SB.litmus", "--model", "sc").out).toContain("Observation SB Never 0 3");
    expect(litmus("SB.litmus", "--model", "tso").out).toContain("Observation SB Sometimes 1 3");
  });

  it("has one result per file of a folder, in order, and a summary on stderr", () => {
    const { out, err, status } = litmus("tests", "SB.litmus");
    expect([...out.matchAll(/^Test (\S+)/gm)].map(([, name]) => name)).toEqual(["b", "a", "SB"]);
    expect(err).toMatch(/^lazytlb: 3 tests: 0 Never, 3 Sometimes, 0 Always, 12 executions; /);
    expect(status).toBe(0);
  });

  it("says why on demand", () => {
    const { out } = litmus("SB.litmus", "--model", "sc", "--why");
    expect(out).toMatch(/Why: 1 candidate execution .* breaks `\S+` \(acyclic\)/);
    expect(out).toContain("P0:3 R[once] y=0  --fr-->");
  });

  it("as JSON reads back as evidence, and is all there is", () => {
    const { out, err } = litmus("SB.litmus", "--json", "--why", "--model", "sc");
    const { litmus: results = [] } = readEvidence(JSON.parse(out), "stdout");
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      name: "SB",
      model: "sc",
      positive: 0,
      negative: 3,
      file: "SB.litmus",
    });
    expect(results[0]?.why?.edges).toHaveLength(4);
    expect(err).toBe("");
  });

  it("runs the whole collection on several threads, with the same results as on one", () => {
    const { out, err, status } = lazytlb(["litmus", "model/litmus"]);
    expect(err).toMatch(/700 tests: 194 Never, 506 Sometimes, 0 Always, \d+ executions/);
    expect(out.match(/^Observation /gm)).toHaveLength(700);
    expect(status).toBe(0);
  });
});

describe("files", () => {
  it("drawings: DOT, SVG, a report", () => {
    const argv = ["SB.litmus", "--dot", "g.dot", "--svg", "g.svg", "--out", "r.html"];
    expect(litmus(...argv).status).toBe(0);
    const text = (name: string): string => readFileSync(join(folder, name), "utf8");
    expect(text("g.dot")).toMatch(/^digraph "SB: exists/);
    expect(text("g.svg")).toMatch(/^<svg [\s\S]*R\[once\] y=0/);
    expect(text("r.html")).toMatch(/Litmus tests[\s\S]*<svg /);
  });

  it("a model of the user's tree brings its own primitives", () => {
    for (const model of ["tree/linux-kernel.cfg", "tree/linux-kernel.cat"]) {
      const { err, status } = litmus("SB.litmus", "--model", model);
      expect(err).toMatch(/`READ_ONCE` is no primitive of tree\/linux-kernel.def/);
      expect(status).toBe(2);
      const own = litmus("SB.litmus", "--model", model, "--macros", join(ROOT, "model/memory/lkmm.def"));
      expect(own.out).toContain("Observation SB Sometimes 1 3");
    }
  });
});

describe("bad input: one clear message per file, status 2", () => {
  it("a test that does not parse does not keep others from running", () => {
    const { out, err, status } = litmus("broken.litmus", "SB.litmus");
    expect(err).toMatch(/^lazytlb: broken.litmus:3:59: error\[litmus-syntax\]: expected /);
    expect(err).toContain("1 not read");
    expect(out).toContain("Observation SB Sometimes 1 3");
    expect(status).toBe(2);
  });

  it.each([
    [
      ["missing.litmus"],
      /^lazytlb: missing.litmus: expected a litmus test or a folder, found no such file\n$/,
    ],
    [["none"], /^lazytlb: none: expected .litmus files in the folder, found none\n$/],
    [["SB.litmus", "--model", "scc"], /^lazytlb: unknown memory model "scc"; did you mean `sc`\?\nknown: /],
    [["SB.litmus", "--model", "no.cat"], /^lazytlb: no.cat: expected a memory model, found no such file\n$/],
    [["SB.litmus", "--model", "SB.litmus.cat"], /found no such file\n$/],
    [
      ["SB.litmus", "--macros", "SB.litmus"],
      /^lazytlb: the definitions cannot be used\nSB.litmus:1:3: error/,
    ],
    [["SB.litmus", "--unroll", "0"], /--unroll: expected a whole number from 1 to 64/],
    [
      ["SB.litmus", "--svg", "nowhere/x.svg"],
      /^lazytlb: --svg nowhere\/x.svg: the folder nowhere does not exist\n$/,
    ],
    [["tests", "--dot", "x.dot"], /^lazytlb: --dot: expected one test to draw, found 2\n$/],
    [[], /missing required argument/],
  ])("%j", (argv, message) => {
    const { out, err, status } = litmus(...argv);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at |lazytlb bug/);
    expect(out).toBe("");
    expect(status).toBe(2);
  });
});
