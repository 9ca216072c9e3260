/**
 * Tests of herd7's own catalogue (`catalogue/linux/tests`, which keeps what herd7 prints beside each), in our words: the
 * same states in the same order, the same condition as it is printed back, the same counts.
 */

import { expect, test } from "vitest";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { litmusOf } from "../support/litmus.ts";

const { model, definitions } = loadLitmusModel("lkmm", undefined);

/** States, condition, observation. */
function outcomeOf(text: string): string[] {
  const result = runLitmus(litmusOf(text, definitions), model, {
    ...{ unroll: 2, why: false, draw: false },
    now: () => 0,
  });
  const { positive, negative, states, condition } = result;
  return [...states, condition, `${observation(result)} ${positive} ${negative}`];
}

/** `P0(int *x) { … }` and so on, one per body. */
function threads(params: string, ...bodies: readonly string[]): string {
  return bodies.map((body, i) => `P${i}(${params}) { ${body} }\n`).join("");
}

const XY = "int *x, int *y";
/** Reads one variable; if what it read compares so, writes the other. */
const guarded = (from: string, test: string, to: string, value: number, r: string): string =>
  `int ${r}; ${r} = READ_ONCE(*${from}); if (${r} ${test}) WRITE_ONCE(*${to}, ${value});`;
const DISTURBER =
  "int r3; int r4; r3 = READ_ONCE(*x); r4 = READ_ONCE(*y); if (r3 < 0) WRITE_ONCE(*y, -1); if (r4 < 0) WRITE_ONCE(*x, -1);";

test.each([
  [
    "C-LB+cmpxchg-ctrl-o+o-ctrl-o",
    `{ }\n${threads(
      XY,
      "int r1; r1 = cmpxchg(x, 2, 3); if (r1 >= 0) WRITE_ONCE(*y, 1);",
      guarded("y", ">= 0", "x", 1, "r2"),
    )}exists (0:r1=1 /\\ 1:r2=1)`,
    ["0:r1=0; 1:r2=0;", "0:r1=0; 1:r2=1;", "0:r1=1; 1:r2=0;", "exists (0:r1=1 /\\ 1:r2=1)", "Never 0 3"],
  ],
  [
    "C-LB+o-cge-o+o-cge-o+dstb",
    `{ }\n${threads(
      XY,
      guarded("x", ">= 0", "y", 1, "r1"),
      guarded("y", ">= 0", "x", 1, "r2"),
      DISTURBER,
    )}exists (0:r1=1 /\\ 1:r2=1)`,
    ["0:r1=0; 1:r2=0;", "0:r1=0; 1:r2=1;", "0:r1=1; 1:r2=0;", "exists (0:r1=1 /\\ 1:r2=1)", "Never 0 12"],
  ],
  [
    "C-WWC+o-cgt-o+o-cgt-o+o+dstb",
    `{ }\n${threads(
      XY,
      guarded("x", "> 0", "y", 1, "r1"),
      guarded("y", "> 0", "x", 1, "r2"),
      "WRITE_ONCE(*x, 2);",
      DISTURBER,
    )}exists (0:r1=2 /\\ 1:r2=1 /\\ x=2)`,
    [
      "0:r1=0; 1:r2=0; [x]=2;",
      "0:r1=2; 1:r2=0; [x]=2;",
      "0:r1=2; 1:r2=1; [x]=1;",
      "0:r1=2; 1:r2=1; [x]=2;",
      "exists (0:r1=2 /\\ 1:r2=1 /\\ [x]=2)",
      "Sometimes 6 12",
    ],
  ],
  [
    "C-cmpxchg",
    `{ }\n${threads("int *x", "int r1; r1 = cmpxchg(x, 1, 2);", "int r1; r1 = cmpxchg(x, 0, 1);")}locations [1:r1]
exists (0:r1=1 /\\ ~x=2)`,
    ["0:r1=0; 1:r1=0; [x]=1;", "0:r1=1; 1:r1=0; [x]=2;", "exists (0:r1=1 /\\ not ([x]=2))", "Never 0 2"],
  ],
  [
    "spinlock-is-locked-self",
    `{}\n${threads(
      "spinlock_t *lo",
      "int r1; int r2; int r3; r1 = spin_is_locked(lo); spin_lock(lo); r2 = spin_is_locked(lo); spin_unlock(lo); r3 = spin_is_locked(lo);",
    )}exists (not (0:r1=0 /\\ 0:r2=1 /\\ 0:r3=0)) (* Bad outcome. *)`,
    ["0:r1=0; 0:r2=1; 0:r3=0;", "exists (not (0:r1=0 /\\ 0:r2=1 /\\ 0:r3=0))", "Never 0 1"],
  ],
  [
    "C-MP+o-wmb-o+o-addr-o",
    `{\nint y=1;\t(* \\lnlbl[init:y] *)\nint *x1 = &y;\t(* \\lnlbl[init:x1] *)\n}\n\t//\\fcvexclude
P0(int* x0, int** x1) { WRITE_ONCE(*x0, 2);\t//\\lnlbl[P0:x0]
smp_wmb(); WRITE_ONCE(*x1, x0); }
P1(int** x1) { int *r2; int r3; r2 = READ_ONCE(*x1); r3 = READ_ONCE(*r2); }
exists (1:r2=x0 /\\ 1:r3=1)`,
    ["1:r2=x0; 1:r3=2;", "1:r2=y; 1:r3=1;", "exists (1:r2=x0 /\\ 1:r3=1)", "Never 0 2"],
  ],
  [
    "C-SB-OMCA+o-o-rmb-o+o-o-rmb-o: C for other tools before the threads is skipped",
    `{}\n\n{\n#include "api.h"\n}\n${["xy", "yx"]
      .map(([a, b], i) => {
        const body = `WRITE_ONCE(*${a}, 2); r1 = READ_ONCE(*${a}); smp_rmb(); r2 = READ_ONCE(*${b});`;
        return `P${i}(${XY}) { int r1; int r2; ${body} }\n`;
      })
      .join("")}exists (1:r2=0 /\\ 0:r2=0 /\\ 1:r1=2 /\\ 0:r1=2)`,
    [
      "0:r1=2; 0:r2=0; 1:r1=2; 1:r2=0;",
      "0:r1=2; 0:r2=0; 1:r1=2; 1:r2=2;",
      "0:r1=2; 0:r2=2; 1:r1=2; 1:r2=0;",
      "0:r1=2; 0:r2=2; 1:r1=2; 1:r2=2;",
      "exists (1:r2=0 /\\ 0:r2=0 /\\ 1:r1=2 /\\ 0:r1=2)",
      "Sometimes 1 3",
    ],
  ],
])("%s", (_, text, expected) => expect(outcomeOf(`C t\n${text}\n`)).toEqual(expected));

test("C-CCIRIW+o+o+o-o+o-o: two writers of a variable, two readers that look twice", () => {
  const read = (a: string, b: string): string =>
    `int ${a}; int ${b}; ${a} = READ_ONCE(*x); ${b} = READ_ONCE(*x);`;
  const bodies = ["WRITE_ONCE(*x, 1);", "WRITE_ONCE(*x, 2);", read("r1", "r2"), read("r3", "r4")];
  const outcome = outcomeOf(
    `C t\n{ int x = 0; }\n${threads("int *x", ...bodies)}exists(2:r1=1 /\\ 2:r2=2 /\\ 3:r3=2 /\\ 3:r4=1)\n`,
  );
  expect(outcome.length - 2).toBe(47);
  expect(outcome.at(-1)).toBe("Never 0 72");
  // Whoever sees 1 before 2 has nobody beside him who sees 2 before 1.
  expect(outcome).not.toContain("2:r1=1; 2:r2=2; 3:r3=2; 3:r4=1;");
});
