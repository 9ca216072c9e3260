/** Exit statuses: a contract that scripts rely on. */

import { InputError } from "../base/input_error.ts";
import type { Evidence } from "../evidence/types.ts";
import { isConceded } from "../report/verdict.ts";

/** Done, and nothing violated. Says nothing about proofs: `bounded` is not `proved`. */
export const DONE = 0;
/** A violation was found (or, with `--mutate`, a mutation was not caught). */
export const VIOLATED = 1;
/** Bad usage or bad input. */
export const BAD_INPUT = 2;
/** A bug of ours. */
export const BUG = 3;

/**
 * The status that a set of checks ends with. What a scheme does not claim and does not keep is reported, and is no
 * finding, unless the user named that scenario: then it is the answer to the question.
 */
export function statusOf(evidence: Evidence, scenarioNamed: boolean): number {
  const counted = evidence.checks.filter((check) => scenarioNamed || !isConceded(check));
  const kinds = new Set(counted.map((check) => check.verdict.kind));
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
