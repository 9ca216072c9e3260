/** Verdicts in words, and how a set of checks went. The only place that decides what a verdict is called. */

import type { CheckResult, Verdict } from "../evidence/types.ts";
import { count } from "./format.ts";

type VerdictKind = Verdict["kind"];

/** How a check is counted: its verdict, or that the scheme never claimed what it did not keep. */
export type Outcome = VerdictKind | "not claimed";

/** Worst first: the order in which a summary mentions them. */
export const OUTCOMES: readonly Outcome[] = ["violated", "error", "bounded", "not claimed", "proved"];

/** Verdicts are told by words and signs as well as by colour. */
export const SIGNS: Readonly<Record<Outcome, string>> = {
  proved: "✓",
  violated: "✗",
  bounded: "…",
  error: "!",
  "not claimed": "–",
};

/** A violation in a scenario that the scheme says it is not safe in. */
export function isConceded(check: CheckResult): boolean {
  return check.notClaimed !== undefined && check.mutation === undefined && check.verdict.kind === "violated";
}

export const outcomeOf = (check: CheckResult): Outcome =>
  isConceded(check) ? "not claimed" : check.verdict.kind;

/** One or two words for a cell, with the property where one broke and the limit where one was hit. */
export function checkWord(check: CheckResult): string {
  return isConceded(check) ? "not claimed" : verdictWord(check.verdict);
}

/** What the verdict is called, whoever claims what. */
export function verdictWord(verdict: Verdict): string {
  if (verdict.kind === "violated") return `violated: ${verdict.violation.property}`;
  if (verdict.kind === "bounded") return `bounded: ${verdict.limit}`;
  return verdict.kind;
}

/** What the verdict means, in a sentence. */
function verdictSentence(verdict: Verdict): string {
  switch (verdict.kind) {
    case "proved":
      return "every reachable state was visited; none violates a property";
    case "bounded":
      return `not a proof: the search ended at the limit "${verdict.limit}" (${verdict.detail}); nothing was violated until then`;
    case "violated":
      return verdict.violation.summary;
    case "error":
      return `could not be checked: ${verdict.message}`;
  }
}

/** What the verdict means for this check, in a sentence. */
export function checkSentence(check: CheckResult): string {
  const sentence = verdictSentence(check.verdict);
  return isConceded(check) ? `not claimed by the scheme (${check.notClaimed}); found: ${sentence}` : sentence;
}

export function tally(checks: readonly CheckResult[]): Record<Outcome, number> {
  const result = { violated: 0, error: 0, bounded: 0, "not claimed": 0, proved: 0 };
  for (const check of checks) result[outcomeOf(check)]++;
  return result;
}

/** "proved 12/12", or what is not: "violated 1, bounded 2, proved 9 of 12". */
export function tallyWords(checks: readonly CheckResult[]): string {
  const found = tally(checks);
  if (found.proved === checks.length) return `proved ${count(checks.length)}/${count(checks.length)}`;
  const parts = OUTCOMES.filter((outcome) => found[outcome] > 0).map(
    (outcome) => `${outcome} ${count(found[outcome])}`,
  );
  return `${parts.join(", ")} of ${count(checks.length)}`;
}
