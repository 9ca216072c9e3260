/** What `compare` prints: one table, a column per scheme; safety first, then cost, then memory kept. */

import type { CheckResult, Evidence, ReplayResult, SchemeReplay } from "../evidence/types.ts";
import { assumptions, remarks } from "./check_report.ts";
import { COSTS, ipiCauses, ipisBy, RESIDENCY } from "./figures.ts";
import { count, seconds } from "./format.ts";
import { type FigureRow, schemeTable } from "./scheme_table.ts";
import { paragraph, printable, wrap } from "./text.ts";
import { traceFacts } from "./trace_facts.ts";
import { isConceded, OUTCOMES, tally, tallyWords } from "./verdict.ts";
import { violations } from "./violation.ts";

export function compareReport(evidence: Evidence, width: number): string {
  const facts = evidence.replays.flatMap((replay) => [...traceFacts(replay, width), ""]);
  const rows = schemeTable(schemesOf(evidence), compareRows(evidence), width);
  // What a scheme never claimed gets a line; its execution is in the HTML report.
  const claimed = evidence.checks.filter((check) => !isConceded(check));
  return paragraph([...facts, ...rows, "", ...closing(evidence, width)]) + violations(claimed, width);
}

/** The rows of the table, for the terminal and for HTML. */
export function compareRows(evidence: Evidence): FigureRow[] {
  const schemes = schemesOf(evidence);
  return [
    ...safetyRows(schemes, evidence.checks),
    ...evidence.replays.flatMap((replay) => replayRows(schemes, replay)),
  ];
}

/** Every scheme that was checked or replayed, in the order of the evidence. */
export function schemesOf(evidence: Evidence): string[] {
  const checked = evidence.checks.map((check) => check.scheme);
  const replayed = evidence.replays.flatMap((replay) => replay.schemes.map((scheme) => scheme.scheme));
  return [...new Set([...checked, ...replayed])];
}

function safetyRows(schemes: readonly string[], checks: readonly CheckResult[]): FigureRow[] {
  if (checks.length === 0) return [];
  const own = schemes.map((scheme) => checks.filter((check) => check.scheme === scheme));
  const cells = (text: (checks: readonly CheckResult[]) => string): string[] =>
    own.map((mine) => (mine.length === 0 ? "–" : text(mine)));
  const sum = (mine: readonly CheckResult[], figure: (check: CheckResult) => number): number =>
    mine.reduce((total, check) => total + figure(check), 0);
  return [
    { label: "SAFETY (every interleaving)" },
    ...verdictRows(own),
    { label: "  states visited", cells: cells((mine) => count(sum(mine, (c) => c.search.states))) },
    { label: "  computing time", cells: cells((mine) => seconds(sum(mine, (c) => c.search.seconds))) },
  ];
}

/** The verdicts of each scheme under one another, worst first: most have one, so that there is mostly one row. */
function verdictRows(own: readonly (readonly CheckResult[])[]): FigureRow[] {
  const words = own.map((mine) =>
    OUTCOMES.filter((kind) => tally(mine)[kind] > 0).map(
      (kind) => `${kind} ${tally(mine)[kind]}/${mine.length}`,
    ),
  );
  const height = Math.max(1, ...words.map((list) => list.length));
  return Array.from({ length: height }, (_, index) => ({
    label: index === 0 ? "  verdict over the scenarios" : "",
    cells: words.map((list) => list[index] ?? (index === 0 ? "–" : "")),
  }));
}

/** The figures of one replay: of `compare`, and of `replay` itself. */
export function replayRows(schemes: readonly string[], replay: ReplayResult): FigureRow[] {
  const own = schemes.map((name) => replay.schemes.find((scheme) => scheme.scheme === name));
  const cells = (text: (scheme: SchemeReplay) => string): string[] =>
    own.map((scheme) => (scheme === undefined ? "–" : text(scheme)));
  const costs = COSTS.map(({ label, of }) => ({
    label: `  ${label}`,
    cells: cells((s) => count(of(s.total))),
  }));
  const causes = ipiCauses(replay.schemes).map((cause) => ({
    label: `    by ${printable(cause)}`,
    cells: cells((s) => count(ipisBy(s, cause))),
  }));
  const kept = RESIDENCY.map(({ label, text }) => ({
    label: `  ${label}`,
    cells: cells((s) => text(s.residency)),
  }));
  return [
    { label: "COST (replay of the trace)" },
    ...costs,
    ...causes,
    { label: "DEAD MMS KEPT (final mmput to free)" },
    ...kept,
  ];
}

function closing(evidence: Evidence, width: number): string[] {
  if (evidence.checks.length === 0) return [];
  const verdicts = `${tallyWords(evidence.checks)} checks; ${assumptions(evidence.checks)}`;
  return [...wrap(printable(verdicts), width, "  "), ...remarks(evidence.checks, width)];
}
