/**
 * Checks that another check answers.
 *
 * Every sequentially consistent execution is one under TSO, whose buffers may be emptied at once (Owens, Sarkar and
 * Sewell, "A Better x86 Memory Model: x86-TSO", TPHOLs 2009). So where both models are asked about, a proof under tso is
 * one under sc, and a violation under sc is one under tso, with the same witness. Which of the two is searched first
 * depends on what is expected; when it comes out otherwise both are. The result says by which model it was implied.
 */

import type { SearchFigures } from "../evidence/types.ts";
import type { CheckJob, JobResult } from "./engines.ts";

/** Models by a model that allows everything they allow. */
const STRONGER: Readonly<Record<string, string>> = { tso: "sc" };

/**
 * Positions of jobs whose answer may follow from the job at another position. `expected` says that a violation would be
 * no surprise.
 */
export function impliedJobs(
  jobs: readonly CheckJob[],
  expected: (job: CheckJob) => boolean,
): ReadonlyMap<number, number> {
  const at = new Map(jobs.map((job, index) => [keyOf(job, job.model), index]));
  const implied = new Map<number, number>();
  jobs.forEach((weak, index) => {
    const stronger = STRONGER[weak.model];
    const other = stronger === undefined ? undefined : at.get(keyOf(weak, stronger));
    if (other === undefined) return;
    if (expected(weak)) implied.set(index, other);
    else implied.set(other, index);
  });
  return implied;
}

function keyOf(job: CheckJob, model: string): string {
  return JSON.stringify([
    job.scheme,
    job.scenario,
    job.arch,
    job.cpus,
    job.config,
    job.states,
    job.mutation,
    job.seed,
    model,
  ]);
}

const NO_SEARCH: SearchFigures = {
  states: 0,
  transitions: 0,
  depth: 0,
  seconds: 0,
  peakBytes: 0,
  bytesPerState: 0,
  symmetries: 1,
  partialOrder: false,
};

/** The result of `job` that follows from `by`, or undefined when nothing follows. */
export function impliedResult(job: CheckJob, by: JobResult): JobResult | undefined {
  const proof = by.verdict.kind === "proved" && STRONGER[by.model] === job.model;
  const violation = by.verdict.kind === "violated" && STRONGER[job.model] === by.model;
  if (!proof && !violation) return undefined;
  return { ...by, model: job.model, impliedBy: by.model, search: NO_SEARCH };
}
