/** Results as text, in herd7's words and order. */

import { describe, expect, test } from "vitest";
import { stateLines } from "../../src/check/litmus/final_states.ts";
import type { LitmusResult } from "../../src/evidence/litmus.ts";
import { ADDRESS_BASE } from "../../src/ir/litmus.ts";
import { litmusDot, litmusSvg } from "../../src/report/litmus_drawing.ts";
import { litmusReport, litmusSummary } from "../../src/report/litmus_report.ts";
import { litmusOf } from "../support/litmus.ts";

const RESULT: LitmusResult = {
  name: "SB",
  file: "SB.litmus",
  model: "sc",
  quantifier: "exists",
  condition: "exists (0:r0=0 /\\ 1:r0=0)",
  states: ["0:r0=0; 1:r0=1;", "0:r0=1; 1:r0=0;"],
  positive: 0,
  negative: 3,
  flags: [],
  stuck: 0,
  faults: 0,
  unheard: [],
  seconds: 0.004,
};

describe("the report", () => {
  test("of an outcome that is never seen", () => {
    expect(litmusReport([RESULT])).toBe(`Test SB Allowed
States 2
0:r0=0; 1:r0=1;
0:r0=1; 1:r0=0;
No
Witnesses
Positive: 0 Negative: 3
Condition exists (0:r0=0 /\\ 1:r0=0)
Observation SB Never 0 3
Time SB 0.00

`);
  });

  test("of a search that was given up: bounded, unless an execution decides", () => {
    const cut = (more: Partial<LitmusResult>): string[] =>
      litmusReport([{ ...RESULT, limit: 50, ...more }]).split("\n");
    expect(cut({})).toContain("Bounded");
    expect(cut({})).toContain("Observation SB Bounded 0 3");
    expect(cut({}).some((line) => line.startsWith("Note: bounded: the search ended after 50 steps."))).toBe(
      true,
    );
    expect(cut({ positive: 1 })).toEqual(expect.arrayContaining(["Ok", "Observation SB Sometimes 1 3"]));
    expect(cut({ positive: 1, negative: 0 })).toEqual(
      expect.arrayContaining(["Ok", "Observation SB Bounded 1 0"]),
    );
    expect(cut({ quantifier: "~exists" })).toContain("Bounded");
    expect(cut({ quantifier: "~exists", positive: 1 })).toContain("No");
    expect(cut({ quantifier: "forall", positive: 3, negative: 0 })).toContain("Bounded");
    expect(cut({ quantifier: "forall", positive: 3, negative: 1 })).toContain("No");
    expect(litmusSummary([{ ...RESULT, limit: 50 }], 0, 1)).toContain("0 Never, 0 Sometimes, 0 Always");
    expect(litmusSummary([{ ...RESULT, limit: 50 }], 0, 1)).toContain("1 Bounded");
  });

  test("of an absence that was not looked at to the end", () => {
    const why = { axiom: "", kind: "", edges: [], candidates: 0 };
    expect(litmusReport([{ ...RESULT, why }])).toContain("no execution shows the outcome");
    expect(litmusReport([{ ...RESULT, why: { ...why, cut: true } }])).toContain("there are more");
  });

  test("of ~exists: witnesses are of the claim, the observation of the proposition", () => {
    const lines = litmusReport([
      { ...RESULT, quantifier: "~exists", positive: 1, hash: "0123", bound: 2 },
    ]).split("\n");
    expect(lines[0]).toBe("Test SB Forbidden");
    expect(lines).toContain("Loop No");
    expect(lines).toContain("Positive: 3 Negative: 1");
    expect(lines).toContain("Observation SB Sometimes 1 3");
    expect(lines).toContain("Hash=0123");
  });

  test("of forall, with flags", () => {
    const result: LitmusResult = {
      ...RESULT,
      quantifier: "forall",
      positive: 3,
      negative: 0,
      flags: ["data-race"],
    };
    const lines = litmusReport([result]).split("\n");
    expect(lines[0]).toBe("Test SB Required");
    expect(lines.slice(4, 8)).toEqual(["Ok", "Witnesses", "Positive: 3 Negative: 0", "Flag data-race"]);
    expect(lines).toContain("Observation SB Always 3 0");
  });

  test("of why an outcome cannot be", () => {
    const edges = [
      { from: "P0:6 W x=1", to: "P0:7 R y=0", via: "po" },
      { from: "P0:7 R y=0", to: "P0:6 W x=1", via: "fr" },
    ];
    const why = { axiom: "sc", kind: "acyclic", edges, candidates: 2 };
    expect(litmusReport([{ ...RESULT, why }])).toContain(
      "\nWhy: 2 candidate executions would show the outcome. This one breaks `sc` (acyclic):\n  P0:6 W x=1  --po-->  P0:7 R y=0\n",
    );
    const nothing = { axiom: "", kind: "", edges: [], candidates: 0 };
    expect(litmusReport([{ ...RESULT, why: nothing }])).toContain("even without the model's axioms");
  });

  test("the summary counts what must not be missed", () => {
    const results = [RESULT, { ...RESULT, positive: 2, flags: ["data-race"], bound: 2, stuck: 1 }];
    expect(litmusSummary(results, 1, 2)).toBe(
      "lazytlb: 2 tests: 1 Never, 1 Sometimes, 0 Always, 8 executions, 1 with flags, 1 with loops cut, 1 in which a thread may wait for ever, 1 not read; 2.00 s\n",
    );
  });
});

describe("final states", () => {
  const litmus = litmusOf(
    "C t\n{ int a[2]; int *p; }\nP0(int *x, int *a, int **p) { r1 = *x; r10 = *x; r2 = *x; }\nlocations [p; 0:r10; 0:r2; a; a[1]; 0:r1]\nexists (x=1)\n",
  );
  const addressOf = (name: string): number =>
    ADDRESS_BASE + (litmus.locations.find((cell) => cell.name === name)?.object ?? 0);

  test("in order of their values: integers as numbers, then addresses by name", () => {
    const row = (r1: number, p: number): number[] => [r1, 0, 0, 2, 3, p, 1, 3];
    const rows = [10, 9, -1].map((r1) => row(r1, 0));
    for (const p of [addressOf("x"), addressOf("a[1]"), addressOf("a[0]"), 7]) rows.push(row(0, p));
    const rest = (p: string): string => `0:r10=0; 0:r2=0; a={2,3}; [p]=${p}; [x]=1; a[1]=3;`;
    expect(stateLines(litmus, rows)).toEqual([
      `0:r1=-1; ${rest("0")}`,
      `0:r1=0; ${rest("7")}`,
      `0:r1=0; ${rest("a")}`,
      `0:r1=0; ${rest("a[1]")}`,
      `0:r1=0; ${rest("x")}`,
      `0:r1=9; ${rest("0")}`,
      `0:r1=10; ${rest("0")}`,
    ]);
  });
});

describe("drawings", () => {
  const drawing = {
    title: 'a "title" <b> & more',
    threads: 2,
    events: [
      { thread: -1, label: "W x=0", line: 0 },
      { thread: 0, label: "W[once] x=1", line: 4 },
      { thread: 0, label: "R<y> y=0", line: 5 },
      { thread: 1, label: "R[once] x=0", line: 9 },
    ],
    edges: [
      { from: 1, to: 2, relation: "po" },
      { from: 0, to: 3, relation: "rf" },
      { from: 3, to: 1, relation: "fr" },
    ],
  };

  test("every event and every relation is in both forms", () => {
    for (const text of [litmusDot(drawing), litmusSvg(drawing)]) {
      for (const label of ["W x=0", "W[once] x=1", "R[once] x=0", "P0", "P1", "rf", "fr"])
        expect(text).toContain(label);
    }
    expect(litmusSvg(drawing).match(/class="event"/g)).toHaveLength(4);
    expect(litmusSvg(drawing).match(/marker-end/g)).toHaveLength(3);
  });

  test("a cycle that the model refuses is bold in both forms; between neighbours `po` is one arrow, not two", () => {
    const refused = { ...drawing, edges: drawing.edges.map((edge) => ({ ...edge, refused: true as const })) };
    expect(litmusSvg(refused).match(/class="edge refused"/g)).toHaveLength(drawing.edges.length);
    expect(litmusSvg(drawing)).not.toContain('class="edge refused"');
    expect(litmusDot(refused)).toContain("penwidth=3");
    expect(litmusDot(drawing)).not.toContain("penwidth");
  });

  test("a long title goes on in the next line", () => {
    const title = Array(30).fill("0:r1=1").join(" ");
    const lines = litmusSvg({ ...drawing, title }).match(/class="heading"[^>]*>[^<]*/g) ?? [];
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.map((line) => line.replace(/.*>/, "")).join(" ")).toBe(title);
  });

  test("text is content, not markup", () => {
    expect(litmusSvg(drawing)).toContain("R&lt;y> y=0");
    expect(litmusDot(drawing)).toContain('digraph "a \\"title\\" <b> & more"');
  });
});
