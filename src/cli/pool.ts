/**
 * Checks and simulations on all cores: one worker thread per core, each with instruments of its own, one job at a time each.
 *
 * Results come back in the order of the jobs, whatever order they end in. On one core, or where threads cannot be
 * started, the same jobs run here, one after the other.
 */

import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { SimResult } from "../evidence/simulation.ts";
import type { CheckJob, Engines, JobResult, SimJob } from "./engines.ts";
import type { ChecksProgress } from "./host.ts";
import { type FromWorker, type PoolJob, type PoolResult, perform, type ToWorker } from "./pool_protocol.ts";
import { driveWorkers, type Failure, startWorker } from "./workers.ts";

/** Where workers find their code, and how many there are. */
export interface PoolOptions {
  /** Module of the worker; see `pool_worker.ts`. */
  readonly worker: URL;
  readonly threads: number;
}

export const defaultThreads = (): number => Math.max(1, availableParallelism());

export async function checkAll(
  jobs: readonly CheckJob[],
  engines: () => Engines,
  options: PoolOptions,
  onProgress: ChecksProgress,
): Promise<JobResult[]> {
  // A pool answers a check with a check's result: `perform`.
  return (await runAll(jobs, engines, options, onProgress)) as JobResult[];
}

export async function simulateAll(
  jobs: readonly SimJob[],
  engines: () => Engines,
  options: PoolOptions,
  onProgress: ChecksProgress,
): Promise<SimResult[]> {
  return (await runAll(jobs, engines, options, onProgress)) as SimResult[];
}

async function runAll(
  jobs: readonly PoolJob[],
  engines: () => Engines,
  options: PoolOptions,
  onProgress: ChecksProgress,
): Promise<PoolResult[]> {
  const threads = Math.min(options.threads, jobs.length);
  const tally = new Tally(jobs.length, onProgress);
  if (threads < 2) return runHere(jobs, engines(), tally);
  return new Pool(jobs, tally).run(options.worker, threads);
}

function runHere(jobs: readonly PoolJob[], engines: Engines, tally: Tally): PoolResult[] {
  return jobs.map((job, index) => {
    const result = perform(engines, job, (states) => tally.visited(index, states));
    tally.finished(index, result);
    return result;
  });
}

/** Sums up the progress of all jobs. */
class Tally {
  readonly #states: number[];
  readonly #onProgress: ChecksProgress;
  #done = 0;

  constructor(total: number, onProgress: ChecksProgress) {
    this.#states = new Array<number>(total).fill(0);
    this.#onProgress = onProgress;
  }

  visited(index: number, states: number): void {
    this.#states[index] = states;
    this.#report();
  }

  finished(index: number, result: PoolResult): void {
    this.#done++;
    this.visited(index, "search" in result ? result.search.states : 0);
  }

  #report(): void {
    const states = this.#states.reduce((sum, n) => sum + n, 0);
    this.#onProgress({ done: this.#done, total: this.#states.length, states });
  }
}

/** One run of a set of jobs over some workers. */
class Pool {
  readonly #jobs: readonly PoolJob[];
  readonly #tally: Tally;
  readonly #results: PoolResult[] = [];
  /** The next job to hand out; equal to the number of jobs when all are. */
  #next = 0;
  #left: number;

  constructor(jobs: readonly PoolJob[], tally: Tally) {
    this.#jobs = jobs;
    this.#tally = tally;
    this.#left = jobs.length;
  }

  async run(worker: URL, threads: number): Promise<PoolResult[]> {
    const workers = Array.from({ length: threads }, () => startWorker(worker));
    await driveWorkers<FromWorker>(workers, {
      handOut: (each) => this.#handOut(each),
      take: (message) => this.#take(message),
    });
    return this.#results;
  }

  #take(message: Exclude<FromWorker, Failure>): "more" | "next" | "done" {
    if (message.kind === "progress") {
      this.#tally.visited(message.index, message.states);
      return "more";
    }
    this.#results[message.index] = message.result;
    this.#tally.finished(message.index, message.result);
    return --this.#left === 0 ? "done" : "next";
  }

  #handOut(worker: Worker): void {
    const job = this.#jobs[this.#next];
    if (job === undefined) return;
    const message: ToWorker = { index: this.#next++, job };
    worker.postMessage(message);
  }
}
