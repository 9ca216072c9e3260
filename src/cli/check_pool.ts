/**
 * Checks that are asked for one at a time, on all cores: for searches whose next question depends on the last answer.
 *
 * The workers are those of `pool.ts` and live until the pool is closed. Questions wait in the order in which they came.
 */

import type { Worker } from "node:worker_threads";
import type { CheckJob, Engines, JobResult } from "./engines.ts";
import type { PoolOptions } from "./pool.ts";
import { type FromWorker, perform, type ToWorker } from "./pool_protocol.ts";
import { lostWorker, revive, startWorker } from "./workers.ts";

export interface CheckPool {
  /** So many questions are worked on at a time. */
  readonly threads: number;
  /** Checks and states so far, those under way included. */
  readonly done: { readonly checks: number; readonly states: number };
  /** Called now and then while a question is worked on. */
  onProgress: () => void;
  check(job: CheckJob): Promise<JobResult>;
  /** Stops the workers. What is still open is never answered. */
  close(): Promise<void>;
}

/** A pool of worker threads, or of this thread alone where there is one core. */
export function openCheckPool(engines: () => Engines, options: PoolOptions): CheckPool {
  return options.threads < 2 ? new LocalPool(engines) : new WorkerPool(options);
}

/** A question and where its answer goes. */
interface Open {
  readonly job: CheckJob;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
  /** States that the progress of this question has been counted with. */
  states: number;
}

abstract class Counting {
  readonly done = { checks: 0, states: 0 };
  onProgress: () => void = () => {};

  protected visited(open: { states: number }, states: number): void {
    this.done.states += states - open.states;
    open.states = states;
    this.onProgress();
  }

  protected finished(open: { states: number }, result: JobResult): void {
    this.done.checks++;
    this.visited(open, result.search.states);
  }
}

class LocalPool extends Counting implements CheckPool {
  readonly threads = 1;
  readonly #engines: () => Engines;

  constructor(engines: () => Engines) {
    super();
    this.#engines = engines;
  }

  async check(job: CheckJob): Promise<JobResult> {
    const open = { states: 0 };
    const result = perform(this.#engines(), job, (states) => this.visited(open, states)) as JobResult;
    this.finished(open, result);
    return result;
  }

  async close(): Promise<void> {}
}

class WorkerPool extends Counting implements CheckPool {
  readonly threads: number;
  readonly #module: URL;
  readonly #waiting: Open[] = [];
  readonly #busy = new Map<Worker, Open>();
  readonly #idle: Worker[] = [];
  #closing = false;

  constructor({ worker, threads }: PoolOptions) {
    super();
    this.threads = threads;
    this.#module = worker;
  }

  check(job: CheckJob): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject, states: 0 });
      this.#handOut();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.length = 0;
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()));
  }

  #handOut(): void {
    const next = this.#waiting[0];
    const worker = next === undefined ? undefined : (this.#idle.pop() ?? this.#start());
    if (next === undefined || worker === undefined) return;
    this.#waiting.shift();
    this.#busy.set(worker, next);
    const message: ToWorker = { index: 0, job: next.job };
    worker.postMessage(message);
  }

  #start(): Worker | undefined {
    if (this.#closing || this.#busy.size + this.#idle.length >= this.threads) return undefined;
    const worker = startWorker(this.#module);
    worker.on("message", (message: FromWorker) => this.#hear(worker, message));
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", () => this.#lose(worker, lostWorker()));
    return worker;
  }

  #hear(worker: Worker, message: FromWorker): void {
    const open = this.#busy.get(worker);
    if (open === undefined) return;
    if (message.kind === "progress") this.visited(open, message.states);
    else {
      this.#busy.delete(worker);
      this.#idle.push(worker);
      this.#answer(open, message);
      this.#handOut();
    }
  }

  #answer(open: Open, message: Exclude<FromWorker, { readonly kind: "progress" }>): void {
    if (message.kind === "failed") {
      open.reject(revive(message));
      return;
    }
    // A pool answers a check with a check's result: `perform`.
    const result = message.result as JobResult;
    this.finished(open, result);
    open.resolve(result);
  }

  #lose(worker: Worker, error: unknown): void {
    const open = this.#busy.get(worker);
    this.#busy.delete(worker);
    if (!this.#closing) open?.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
