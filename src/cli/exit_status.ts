/** Exit statuses: a contract that scripts rely on. */

import { InputError } from "../base/input_error.ts";
import type { CheckResult } from "../evidence/types.ts";
import { isConceded } from "../report/verdict.ts";
import { isAboutArches } from "./claims.ts";

/** Done, and nothing violated. Says nothing about proofs: `bounded` is not `proved`. */
export const DONE = 0;
/** A violation was found (or, with `--mutate`, a mutation was not caught). */
export const VIOLATED = 1;
/** Bad usage or bad input. */
export const BAD_INPUT = 2;
/** A bug of ours. */
export const BUG = 3;

/** What the user named, rather than taking whatever there is. */
export interface Named {
  readonly scenario: boolean;
  readonly arch: boolean;
}

/**
 * The checks that count as findings. What a scheme does not claim and does not keep is reported, but is none, unless
 * the user named that scenario, or the architecture that is the reason: then it is the answer to the question.
 */
export function findingsOf(checks: readonly CheckResult[], named: Named): CheckResult[] {
  return checks.filter((check) => isAsked(check.notClaimedFor ?? "", named) || !isConceded(check));
}

/** What is conceded there (`CheckResult.notClaimedFor`) is asked about nevertheless. */
export function isAsked(notClaimedFor: string, named: Named): boolean {
  return named.scenario || (named.arch && isAboutArches(notClaimedFor));
}

/** The status that a command ends with, by what it found. */
export function statusOf(findings: readonly CheckResult[]): number {
  const kinds = new Set(findings.map((check) => check.verdict.kind));
  if (kinds.has("violated")) return VIOLATED;
  return kinds.has("error") ? BAD_INPUT : DONE;
}

/** What to print about an exception, and the status to end with. */
export function reportFailure(error: unknown): { readonly text: string; readonly status: number } {
  if (error instanceof InputError) return { text: `lazytlb: ${error.message}\n`, status: BAD_INPUT };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const marked = detail.includes("[lazytlb bug]") ? detail : `[lazytlb bug] ${detail}`;
  return {
    text: `${marked}\nThis is a defect of lazytlb, not of your input. Please report it.\n`,
    status: BUG,
  };
}
