/**
 * Many litmus tests on all cores. Tests are short, so a worker gets a batch at a time; a few tests are done before a
 * worker would have started, and run here. Answers come back in the order of the files.
 */

import { Worker } from "node:worker_threads";
import { InputError } from "../../base/input_error.ts";
import { type LitmusAnswer, type LitmusJob, LitmusRunner } from "./runner.ts";

export interface LitmusPoolOptions {
  /** Module of the worker; see `worker.ts`. */
  readonly worker: URL;
  readonly threads: number;
}

/** Called with the number of files that are done. */
export type LitmusProgress = (done: number) => void;

/** To a worker: files, by their position in the list. */
export interface Batch {
  readonly first: number;
  readonly files: readonly string[];
}

export type FromLitmusWorker =
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
  if (useful < 2) return runHere(job, files, onProgress);
  const pool = new LitmusPool(files, onProgress);
  return pool.run(Array.from({ length: useful }, () => startWorker(worker, job)));
}

function runHere(job: LitmusJob, files: readonly string[], onProgress: LitmusProgress): LitmusAnswer[] {
  const runner = new LitmusRunner(job);
  return files.map((file, index) => {
    const answer = runner.run(file);
    onProgress(index + 1);
    return answer;
  });
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
    if (files.length > 0) worker.postMessage({ first, files } satisfies Batch);
  }
}

/** An exception that crossed a thread: its class is a word by then. */
function revive({ input, message, stack }: FromLitmusWorker & { readonly kind: "broken" }): Error {
  if (input) return new InputError(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
