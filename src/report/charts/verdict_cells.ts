/** The verdict matrix as a plot, for `check --out FILE.svg`. */

import * as Plot from "@observablehq/plot";
import type { CheckResult } from "../../evidence/types.ts";
import { checkWord, outcomeOf } from "../verdict.ts";
import { draw, type Svg } from "./svg.ts";

const FILL = {
  "not claimed": "var(--wash)",
  proved: "var(--good-wash)",
  violated: "var(--bad-wash)",
  bounded: "var(--warn-wash)",
  error: "var(--wash)",
};
const INK = {
  "not claimed": "var(--soft)",
  proved: "var(--good)",
  violated: "var(--bad)",
  bounded: "var(--warn)",
  error: "var(--soft)",
};

export function verdictCells(checks: readonly CheckResult[]): Svg {
  const cells = checks.map((check) => ({
    scheme: check.scheme,
    scenario: check.mutation === undefined ? check.scenario : `${check.scenario} + ${check.mutation}`,
    word: checkWord(check),
    fill: FILL[outcomeOf(check)],
    ink: INK[outcomeOf(check)],
  }));
  const scenarios = [...new Set(cells.map((cell) => cell.scenario))];
  const schemes = [...new Set(cells.map((cell) => cell.scheme))];
  const left = 20 + 7 * Math.max(...scenarios.map((name) => name.length));
  return draw("verdicts, by scenario and scheme", {
    width: left + schemes.length * 140,
    height: 40 + scenarios.length * 26,
    marginLeft: left,
    marginTop: 30,
    marginBottom: 4,
    marginRight: 4,
    padding: 0.06,
    x: { domain: schemes, axis: "top", label: null, tickSize: 0 },
    y: { domain: scenarios, label: null, tickSize: 0 },
    marks: [
      Plot.cell(cells, { x: "scheme", y: "scenario", fill: "fill" }),
      Plot.text(cells, { x: "scheme", y: "scenario", text: "word", fill: "ink" }),
    ],
  });
}
