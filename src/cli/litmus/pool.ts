/**
 * Many litmus tests on all cores. Tests are short, so a worker gets a batch at a time; a few tests are done before a
 * worker would have started, and run here. Answers come back in the order of the files.
 */

import type { Worker } from "node:worker_threads";
import type { LitmusOutcome } from "../../check/graphs/outcome.ts";
import { driveWorkers, type Failure, startWorker } from "../workers.ts";
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
  | Failure;

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
    // A limit is one of a whole search, whoever explores it, and what was left out is known to one: nobody shares it.
    const isWhole = threads < 2 || job.steps !== undefined || job.merge;
    const begun = isWhole ? runner.run(file) : runner.begin(file);
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
  await driveWorkers<FromLitmusWorker>(workers, {
    handOut,
    take: (message) => {
      if (message.kind === "part") outcomes[message.index] = message.outcome;
      return ++done === roots.length ? "done" : "next";
    },
  });
  return outcomes;
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
    await driveWorkers<FromLitmusWorker>(workers, {
      handOut: (worker) => this.#handOut(worker),
      take: (message) => this.#take(message),
    });
    return this.#answers;
  }

  #take(message: Exclude<FromLitmusWorker, Failure>): "more" | "next" | "done" {
    if (message.kind !== "batch") return "more";
    for (const [i, answer] of message.answers.entries()) this.#answers[message.first + i] = answer;
    this.#done += message.answers.length;
    this.#onProgress(this.#done);
    return this.#done === this.#files.length ? "done" : "next";
  }

  #handOut(worker: Worker): void {
    const first = this.#next;
    const files = this.#files.slice(first, first + BATCH);
    this.#next += files.length;
    if (files.length > 0) worker.postMessage({ kind: "batch", first, files } satisfies LitmusOrder);
  }
}
