/** What `check` prints: a line per scheme and scenario, a summary, and everything that was violated. */

import type { CheckResult } from "../evidence/types.ts";
import { bytes, count, plural, seconds } from "./format.ts";
import { type Column, type Row, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";
import { checkSentence, checkWord, outcomeOf, tallyWords } from "./verdict.ts";
import { violations } from "./violation.ts";

const COLUMNS: readonly Column[] = [
  { title: "scheme", align: "left", shrinkTo: 10 },
  { title: "scenario", align: "left", shrinkTo: 12 },
  { title: "CPUs", align: "right" },
  { title: "verdict", align: "left", shrinkTo: 14 },
  { title: "states", align: "right" },
  { title: "transitions", align: "right" },
  { title: "depth", align: "right" },
  { title: "time", align: "right" },
  { title: "memory", align: "right" },
];

/** `findings` are the checks whose violations are printed in full. */
export function checkReport(
  checks: readonly CheckResult[],
  findings: readonly CheckResult[],
  width: number,
): string {
  const lines = [...table(COLUMNS, checkRows(checks), width), "", ...summary(checks, width)];
  return paragraph([...lines, ...remarks(checks, width)]) + violations(findings, width);
}

function checkRows(checks: readonly CheckResult[]): Row[] {
  return checks.flatMap((check, index) => {
    const before = checks[index - 1];
    const isNew = before?.scheme !== check.scheme;
    const row = checkRow(check, isNew);
    return isNew && before !== undefined ? (["rule", row] satisfies Row[]) : [row];
  });
}

function checkRow(check: CheckResult, isNew: boolean): Row {
  const { states, transitions, depth, peakBytes } = check.search;
  return [
    isNew ? check.scheme : "",
    check.scenario + (check.mutation === undefined ? "" : ` + ${check.mutation}`),
    count(check.cpus),
    checkWord(check),
    count(states),
    count(transitions),
    count(depth),
    seconds(check.search.seconds),
    bytes(peakBytes),
  ];
}

/** How it went in all, and under what assumptions. */
function summary(checks: readonly CheckResult[], width: number): string[] {
  const sum = (figure: (check: CheckResult) => number): number => checks.reduce((n, c) => n + figure(c), 0);
  const states = sum((check) => check.search.states);
  const time = sum((check) => check.search.seconds);
  const words = `${tallyWords(checks)}; ${plural(states, "state")}, ${seconds(time)} of computing; ${assumptions(checks)}`;
  return wrap(printable(words), width, "  ");
}

/** "memory model sc, architecture x86". */
export function assumptions(checks: readonly CheckResult[]): string {
  const models = [...new Set(checks.map((check) => check.model))].join(", ");
  const arches = [...new Set(checks.map((check) => check.arch))].join(", ");
  return `memory model ${models}, architecture ${arches}`;
}

/** What a table's cell has no room for: why a check is no proof. Scenarios of which the same is to be said share a sentence. */
export function remarks(checks: readonly CheckResult[], width: number): string[] {
  const scenarios = new Map<string, Set<string>>();
  const about = new Map<string, CheckResult>();
  for (const check of checks) {
    if (["proved", "violated"].includes(outcomeOf(check))) continue;
    const key = JSON.stringify([check.scheme, checkSentence(check)]);
    about.set(key, about.get(key) ?? check);
    scenarios.set(key, (scenarios.get(key) ?? new Set()).add(check.scenario));
  }
  return [...about].flatMap(([key, check]) => remark(check, [...(scenarios.get(key) ?? [])], width));
}

function remark(check: CheckResult, scenarios: readonly string[], width: number): string[] {
  const text = `${check.scheme}, ${scenarios.join(", ")}: ${checkSentence(check)}`;
  return text.split("\n").flatMap((line) => wrap(printable(line), width, "  "));
}
