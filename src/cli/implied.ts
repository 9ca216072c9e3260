/**
 * Checks that the proof of another answers.
 *
 * Every sequentially consistent execution is one under TSO, whose buffers may be emptied at once (Owens, Sarkar and
 * Sewell, "A Better x86 Memory Model: x86-TSO", TPHOLs 2009). So where both models are asked about and tso is proved,
 * sc is proved and need not be searched; where tso is not proved it says nothing about sc. The result says that it was
 * implied, and by which model.
 */

import type { SearchFigures } from "../evidence/types.ts";
import type { CheckJob, JobResult } from "./engines.ts";

/** Models by a model that allows everything they allow. */
const STRONGER: Readonly<Record<string, string>> = { tso: "sc" };

/** Positions of jobs whose answer follows from the job at another position, if that one is proved. */
export function impliedJobs(jobs: readonly CheckJob[]): ReadonlyMap<number, number> {
  const at = new Map(jobs.map((job, index) => [keyOf(job, job.model), index]));
  const implied = new Map<number, number>();
  jobs.forEach((job, index) => {
    const stronger = STRONGER[job.model];
    const other = stronger === undefined ? undefined : at.get(keyOf(job, stronger));
    if (other !== undefined) implied.set(other, index);
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
  if (by.verdict.kind !== "proved") return undefined;
  return { ...by, model: job.model, impliedBy: by.model, search: NO_SEARCH };
}
