/** Messages between the pool and its workers. */

import type { SimResult } from "../evidence/simulation.ts";
import type { CheckJob, Engines, JobResult, SimJob } from "./engines.ts";
import { type Failure, failureOf } from "./workers.ts";

/** What a pool can do. */
export type PoolJob = CheckJob | SimJob;
export type PoolResult = JobResult | SimResult;

export interface ToWorker {
  /** The number of the job, which comes back with everything about it. */
  readonly index: number;
  readonly job: PoolJob;
}

export type FromWorker =
  | { readonly kind: "progress"; readonly index: number; readonly states: number }
  | { readonly kind: "done"; readonly index: number; readonly result: PoolResult }
  | Failure;

/** What the worker's end of a message channel can do. */
export interface Port {
  on(event: "message", listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
}

/** Answers every job that arrives at `port`. */
export function serve(port: Port, engines: Engines): void {
  port.on("message", ({ index, job }) => port.postMessage(answer(port, engines, index, job)));
}

/** Does one job, of either kind. */
export function perform(engines: Engines, job: PoolJob, onStates: (states: number) => void): PoolResult {
  return "workload" in job ? engines.simulate(job) : engines.check(job, onStates);
}

function answer(port: Port, engines: Engines, index: number, job: PoolJob): FromWorker {
  try {
    const result = perform(engines, job, (states) => port.postMessage({ kind: "progress", index, states }));
    return { kind: "done", index, result };
  } catch (error) {
    return failureOf(error);
  }
}
