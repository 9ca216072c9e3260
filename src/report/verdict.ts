/** Verdicts in words, and how a set of checks went. The only place that decides what a verdict is called. */

import type { CheckResult, Verdict } from "../evidence/types.ts";
import { count } from "./format.ts";

export type VerdictKind = Verdict["kind"];

/** Worst first: the order in which a summary mentions them. */
export const VERDICT_KINDS: readonly VerdictKind[] = ["violated", "error", "bounded", "proved"];

/** One word, with the property where one broke and the limit where one was hit. */
export function verdictWord(verdict: Verdict): string {
  if (verdict.kind === "violated") return `violated: ${verdict.violation.property}`;
  if (verdict.kind === "bounded") return `bounded: ${verdict.limit}`;
  return verdict.kind;
}

/** What the verdict means, in a sentence. */
export function verdictSentence(verdict: Verdict): string {
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

export function tally(checks: readonly CheckResult[]): Record<VerdictKind, number> {
  const result = { violated: 0, error: 0, bounded: 0, proved: 0 };
  for (const check of checks) result[check.verdict.kind]++;
  return result;
}

/** "proved 12/12", or what is not: "violated 1, bounded 2, proved 9 of 12". */
export function tallyWords(checks: readonly CheckResult[]): string {
  const found = tally(checks);
  if (found.proved === checks.length) return `proved ${checks.length}/${checks.length}`;
  const parts = VERDICT_KINDS.filter((kind) => found[kind] > 0).map(
    (kind) => `${kind} ${count(found[kind])}`,
  );
  return `${parts.join(", ")} of ${count(checks.length)}`;
}
