/**
 * What `check` prints over several architectures or memory models: a row per scheme and architecture, a column per
 * model, and for every combination that is broken the scenario that shows it soonest, with its witness.
 */

import type { CheckResult } from "../evidence/types.ts";
import { count, plural, seconds } from "./format.ts";
import { type Column, type Row, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";
import { outcomeOf, tallyWords } from "./verdict.ts";

export function matrixReport(checks: readonly CheckResult[], width: number): string {
  const models = distinct(checks.map((check) => check.model));
  const columns: Column[] = [
    { title: "scheme", align: "left", shrinkTo: 10 },
    { title: "architecture", align: "left", shrinkTo: 10 },
    ...models.map((model): Column => ({ title: model, align: "left", shrinkTo: 16 })),
  ];
  const rows = distinct(checks.map((check) => check.scheme)).flatMap((scheme, index) =>
    schemeRows(checks, scheme, models, index > 0),
  );
  return paragraph([
    ...table(columns, rows, width),
    "",
    ...summary(checks, width),
    ...findings(checks, width),
  ]);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function schemeRows(
  checks: readonly CheckResult[],
  scheme: string,
  models: readonly string[],
  ruled: boolean,
): Row[] {
  const own = checks.filter((check) => check.scheme === scheme);
  const rows = distinct(own.map((check) => check.arch)).map((arch, index): Row => {
    const cells = models.map((model) => {
      const cell = own.filter((check) => check.arch === arch && check.model === model);
      return cell.length === 0 ? "–" : tallyWords(cell);
    });
    return [index === 0 ? scheme : "", arch, ...cells];
  });
  return ruled ? ["rule", ...rows] : rows;
}

function summary(checks: readonly CheckResult[], width: number): string[] {
  const states = checks.reduce((n, check) => n + check.search.states, 0);
  const time = checks.reduce((n, check) => n + check.search.seconds, 0);
  const words = `${plural(checks.length, "check")}: ${tallyWords(checks)}; ${plural(states, "state")}, ${seconds(time)} of computing`;
  return wrap(printable(words), width, "  ");
}

/** Per scheme, architecture and model with a violation: the shortest one. */
function findings(checks: readonly CheckResult[], width: number): string[] {
  const broken = checks.filter((check) => outcomeOf(check) === "violated" || outcomeOf(check) === "error");
  const keys = distinct(broken.map((check) => `${check.scheme} ${check.arch} ${check.model}`));
  return keys.flatMap((key) => {
    const group = broken.filter((check) => `${check.scheme} ${check.arch} ${check.model}` === key);
    const [shortest] = [...group].sort((a, b) => stepsOf(a) - stepsOf(b));
    return shortest === undefined ? [] : finding(shortest, group.length, width);
  });
}

function stepsOf({ verdict }: CheckResult): number {
  return verdict.kind === "violated" ? (verdict.violation.timeline.rows.at(-1)?.step ?? 0) : 0;
}

function finding(check: CheckResult, others: number, width: number): string[] {
  const { scheme, arch, model, scenario, verdict } = check;
  if (verdict.kind === "error")
    return wrap(printable(`${scheme}, ${arch}, ${model}, ${scenario}: ${verdict.message}`), width, "  ");
  if (verdict.kind !== "violated") return [];
  const { property, summary: words, witness } = verdict.violation;
  const head = `${scheme} on ${arch}, ${model}: broken in ${plural(others, "scenario")}; soonest in ${scenario} (${property}, ${count(stepsOf(check))} steps): ${words}`;
  const replay = `--scenario ${scenario} --arch ${arch} --model ${model} --replay '${witness}'`;
  return ["", ...wrap(printable(head), width, "  "), `  lazytlb check ${scheme} ${replay}`];
}
