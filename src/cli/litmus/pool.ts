/**
 * Many litmus tests on all cores. Tests are short, so a worker gets a batch at a time; a few tests are done before a
 * worker would have started, and run here. Answers come back in the order of the files.
 */

import { Worker } from "node:worker_threads";
import { InputError } from "../../base/input_error.ts";
import type { LitmusOutcome } from "../../check/graphs/litmus.ts";
import { type LitmusAnswer, type LitmusJob, LitmusRunner } from "./runner.ts";

export interface LitmusPoolOptions {
  /** Module of the worker; see `worker.ts`. */
  readonly worker: URL;
  readonly threads: number;
}

/** Called with the number of files that are done. */
export type LitmusProgress = (done: number) => void;

/** To a worker: files, by their position in the list, or part of the search of one file, by its number. */
export type LitmusOrder = Batch | PartOrder;

interface Batch {
  readonly kind: "batch";
  readonly first: number;
  readonly files: readonly string[];
}

interface PartOrder {
  readonly kind: "part";
  readonly index: number;
  readonly file: string;
  readonly prefix: readonly number[];
}

export type FromLitmusWorker =
  | { readonly kind: "part"; readonly index: number; readonly outcome: LitmusOutcome }
  | { readonly kind: "batch"; readonly first: number; readonly answers: readonly LitmusAnswer[] }
  | { readonly kind: "broken"; readonly input: boolean; readonly message: string; readonly stack?: string };

const BATCH = 16;
/** A worker is worth starting from here on: it takes some 0.3 s, a test some 2 ms. */
const FEW = 64;

export async function runAll(
  job: LitmusJob,
  files: readonly string[],
  { worker, threads }: LitmusPoolOptions,
  onProgress: LitmusProgress,
): Promise<LitmusAnswer[]> {
  const useful = Math.min(threads, Math.ceil(files.length / FEW));
  if (useful < 2) return runHere(job, files, { worker, threads }, onProgress);
  const pool = new LitmusPool(files, onProgress);
  return pool.run(Array.from({ length: useful }, () => startWorker(worker, job)));
}

/** Few tests run here, but for one that takes long: its search is shared. */
async function runHere(
  job: LitmusJob,
  files: readonly string[],
  { worker, threads }: LitmusPoolOptions,
  onProgress: LitmusProgress,
): Promise<LitmusAnswer[]> {
  const runner = new LitmusRunner(job);
  const answers: LitmusAnswer[] = [];
  for (const file of files) {
    const start = performance.now();
    // A limit is one of a whole search, whoever explores it: then nobody shares it.
    const begun = threads < 2 || job.steps !== undefined ? runner.run(file) : runner.begin(file);
    if (begun.kind === "long") {
      const workers = Array.from({ length: threads }, () => startWorker(worker, job));
      const found = await shareSearch(workers, file, begun.roots);
      answers.push(runner.finish(file, [...begun.found, ...found], (performance.now() - start) / 1000));
    } else {
      answers.push(begun);
    }
    onProgress(answers.length);
  }
  return answers;
}

/** Explores parts of one search, the next one by whoever is free; outcomes in the order of the parts. */
async function shareSearch(
  workers: readonly Worker[],
  file: string,
  roots: readonly (readonly number[])[],
): Promise<LitmusOutcome[]> {
  const outcomes: LitmusOutcome[] = [];
  let next = 0;
  let done = 0;
  const handOut = (worker: Worker): void => {
    const prefix = roots[next];
    if (prefix === undefined) return;
    worker.postMessage({ kind: "part", index: next++, file, prefix } satisfies LitmusOrder);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      for (const worker of workers) {
        worker.on("error", reject);
        worker.on("exit", () => reject(new Error("a worker thread ended before its work was done")));
        worker.on("message", (message: FromLitmusWorker) => {
          if (message.kind === "broken") return reject(revive(message));
          if (message.kind === "part") outcomes[message.index] = message.outcome;
          if (++done === roots.length) resolve();
          handOut(worker);
        });
        handOut(worker);
      }
    });
    return outcomes;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** From sources (`.ts`, in tests) a worker needs the same loader as the main thread. */
function startWorker(module: URL, job: LitmusJob): Worker {
  const loader = module.pathname.endsWith(".ts") ? { execArgv: ["--import", "tsx"] } : {};
  return new Worker(module, { workerData: job, ...loader });
}

class LitmusPool {
  readonly #files: readonly string[];
  readonly #onProgress: LitmusProgress;
  readonly #answers: LitmusAnswer[] = [];
  #next = 0;
  #done = 0;

  constructor(files: readonly string[], onProgress: LitmusProgress) {
    this.#files = files;
    this.#onProgress = onProgress;
  }

  async run(workers: readonly Worker[]): Promise<LitmusAnswer[]> {
    try {
      await new Promise<void>((resolve, reject) => {
        for (const worker of workers) this.#drive(worker, resolve, reject);
      });
      return this.#answers;
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  }

  #drive(worker: Worker, resolve: () => void, reject: (error: Error) => void): void {
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("a worker thread ended before its work was done")));
    worker.on("message", (message: FromLitmusWorker) => {
      if (message.kind === "broken") return reject(revive(message));
      if (message.kind !== "batch") return;
      for (const [i, answer] of message.answers.entries()) this.#answers[message.first + i] = answer;
      this.#done += message.answers.length;
      this.#onProgress(this.#done);
      if (this.#done === this.#files.length) resolve();
      this.#handOut(worker);
    });
    this.#handOut(worker);
  }

  #handOut(worker: Worker): void {
    const first = this.#next;
    const files = this.#files.slice(first, first + BATCH);
    this.#next += files.length;
    if (files.length > 0) worker.postMessage({ kind: "batch", first, files } satisfies LitmusOrder);
  }
}

/** An exception that crossed a thread: its class is a word by then. */
function revive({ input, message, stack }: FromLitmusWorker & { readonly kind: "broken" }): Error {
  if (input) return new InputError(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
