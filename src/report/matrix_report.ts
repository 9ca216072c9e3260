/**
 * What `check` prints over several architectures or memory models: per model a matrix of schemes and architectures,
 * then every way in which a combination is broken, once, with its soonest witness and the architectures that share it.
 */

import type { CheckResult } from "../evidence/types.ts";
import { count, plural, seconds } from "./format.ts";
import { type Column, type Row, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";
import { type Outcome, outcomeOf, SIGNS, tally, tallyWords } from "./verdict.ts";

export function matrixReport(checks: readonly CheckResult[], width: number): string {
  const models = distinct(checks.map((check) => check.model));
  return paragraph([
    ...models.flatMap((model) => matrix(checks, model, width)),
    ...wrap(LEGEND, width),
    "",
    ...summary(checks, width),
    ...findingsOf(checks).flatMap((finding) => findingLines(finding, width)),
  ]);
}

/** Some scheme was checked on several architectures or under several memory models. */
export function isMatrix(checks: readonly CheckResult[]): boolean {
  const settings = distinct(checks.map((check) => `${check.scheme} ${check.arch} ${check.model}`));
  return settings.length > distinct(checks.map((check) => check.scheme)).length;
}

/** What the signs of a cell mean. */
export const LEGEND = `${SIGNS.proved} proved in every scenario; ${SIGNS.violated}n violated in n of them; (n) violated in n, which the scheme does not claim; ${SIGNS.bounded}n hit a limit, no proof.`;

export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function matrix(checks: readonly CheckResult[], model: string, width: number): string[] {
  const own = checks.filter((check) => check.model === model);
  const arches = distinct(own.map((check) => check.arch));
  const columns: Column[] = [
    { title: "", align: "left", shrinkTo: 8 },
    ...arches.map((): Column => ({ title: "", align: "left" })),
  ];
  const titles = arches.map(titleLines);
  const head = [0, 1]
    .map((line) => ["", ...titles.map((lines) => lines[line] ?? "")])
    .filter((cells) => cells.some((cell) => cell !== ""));
  const rows = distinct(own.map((check) => check.scheme)).map((scheme): Row => {
    const of = (arch: string): string =>
      matrixCell(own.filter((check) => check.scheme === scheme && check.arch === arch));
    return [scheme, ...arches.map(of)];
  });
  return [`memory model ${model}`, ...table(columns, [...head, "rule", ...rows], width), ""];
}

/** "powerpc-radix" in two lines, as twelve of them do not fit side by side. */
function titleLines(arch: string): [string, string] {
  const [first = "", ...rest] = arch.split("-");
  return [first, rest.join("-")];
}

/** How the checks of one combination went, in a few signs. */
export function matrixCell(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return "";
  const found = tally(checks);
  const worse = (["violated", "error", "bounded", "not claimed"] as const).filter((each) => found[each] > 0);
  if (worse.length === 0) return SIGNS.proved;
  return worse
    .map((each) =>
      each === "not claimed" ? `(${count(found[each])})` : `${SIGNS[each]}${count(found[each])}`,
    )
    .join(" ");
}

function summary(checks: readonly CheckResult[], width: number): string[] {
  const states = checks.reduce((n, check) => n + check.search.states, 0);
  const time = checks.reduce((n, check) => n + check.search.seconds, 0);
  const words = `${plural(checks.length, "check")}: ${tallyWords(checks)}; ${plural(states, "state")}, ${seconds(time)} of computing`;
  return [
    ...wrap(printable(words), width, "  "),
    ...impliedNote(checks, width),
    ...staleNotes(checks, width),
  ];
}

/** What was answered without a search of its own must not look searched. */
function impliedNote(checks: readonly CheckResult[], width: number): string[] {
  const implied = checks.filter((check) => check.impliedBy !== undefined);
  if (implied.length === 0) return [];
  const proofs = implied.filter((check) => check.verdict.kind === "proved").length;
  const words = `Not searched again: ${plural(proofs, "proof")} that ${proofs === 1 ? "holds" : "hold"} because a model that allows more was proved, and ${plural(implied.length - proofs, "violation")} found under a model that allows less.`;
  return wrap(words, width);
}

/** A scheme that is safer than its head says: the head should be mended. */
function staleNotes(checks: readonly CheckResult[], width: number): string[] {
  const conceded = checks.filter((check) => check.notClaimedFor !== undefined);
  const keys = distinct(conceded.map((check) => `${check.scheme}: "${check.notClaimedFor}"`));
  const stale = keys.filter((key) =>
    conceded
      .filter((check) => key === `${check.scheme}: "${check.notClaimedFor}"`)
      .every((check) => check.verdict.kind === "proved"),
  );
  return stale.flatMap((key) => wrap(printable(`Not claimed, yet proved throughout: ${key}`), width, "  "));
}

/** One way in which a scheme is broken: the soonest execution, and all checks that break likewise. */
export interface Finding {
  readonly shortest: CheckResult;
  readonly checks: readonly CheckResult[];
  readonly outcome: Outcome;
  readonly arches: readonly string[];
  readonly scenarios: readonly string[];
  readonly models: readonly string[];
}

/** Per scheme, property and reason: what is broken where. */
export function findingsOf(checks: readonly CheckResult[]): Finding[] {
  const groups = new Map<string, CheckResult[]>();
  for (const check of checks) {
    const outcome = outcomeOf(check);
    if (outcome === "proved" || outcome === "bounded") continue;
    const { verdict } = check;
    const what = verdict.kind === "violated" ? verdict.violation.property : verdict.kind;
    const key = JSON.stringify([check.scheme, outcome, what, check.notClaimedFor ?? ""]);
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  return [...groups.values()].map(findingOf);
}

function findingOf(group: readonly CheckResult[]): Finding {
  const [shortest] = [...group].sort((a, b) => stepsOf(a) - stepsOf(b));
  if (shortest === undefined) throw new RangeError("a finding without checks");
  return {
    shortest,
    checks: group,
    outcome: outcomeOf(shortest),
    arches: distinct(group.map((check) => check.arch)),
    scenarios: distinct(group.map((check) => check.scenario)),
    models: distinct(group.map((check) => check.model)),
  };
}

function stepsOf({ verdict }: CheckResult): number {
  return verdict.kind === "violated" ? (verdict.violation.timeline.rows.at(-1)?.step ?? 0) : 0;
}

function findingLines(finding: Finding, width: number): string[] {
  const { shortest, arches, scenarios, models } = finding;
  const { scheme, arch, model, scenario, verdict, notClaimed } = shortest;
  if (verdict.kind === "error")
    return wrap(printable(`${scheme}, ${arch}, ${model}, ${scenario}: ${verdict.message}`), width, "  ");
  if (verdict.kind !== "violated") return [];
  const { property, summary: words, witness } = verdict.violation;
  const claim = notClaimed === undefined ? "" : ` Not claimed: ${notClaimed}.`;
  const head = `${SIGNS[finding.outcome]} ${scheme}: ${property} on ${arches.join(", ")} (${models.join(", ")}) in ${someOf(scenarios)}.${claim}`;
  const soonest = `soonest on ${arch}, ${model}, ${scenario}, ${plural(stepsOf(shortest), "step")}: ${words}`;
  const replay = `--scenario ${scenario} --arch ${arch} --model ${model} --replay '${witness}'`;
  return [
    "",
    ...wrap(printable(head), width, "  "),
    ...wrap(printable(soonest), width - 2).map((line) => `  ${line}`),
    `  lazytlb check ${scheme} ${replay}`,
  ];
}

/** The first few of many names. */
function someOf(names: readonly string[]): string {
  const shown = 4;
  if (names.length <= shown + 1) return names.join(", ");
  return `${names.slice(0, shown).join(", ")} and ${count(names.length - shown)} more`;
}
