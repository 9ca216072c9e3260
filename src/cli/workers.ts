/** Worker threads of any kind: how they start, what keeps them at work, and how their exceptions come back. */

import { Worker } from "node:worker_threads";
import { InputError } from "../base/input_error.ts";

/** An exception that crosses a thread, where its class would be lost. */
export interface Failure {
  readonly kind: "failed";
  /** The user's fault (`InputError`), not ours. */
  readonly input: boolean;
  readonly message: string;
  readonly stack?: string;
}

/** @param data What the worker finds as `workerData`. */
export function startWorker(module: URL, data?: unknown): Worker {
  // From sources (`.ts`, in tests) a worker needs the same loader as the main thread.
  const loader = module.pathname.endsWith(".ts") ? { execArgv: ["--import", "tsx"] } : {};
  return new Worker(module, { workerData: data, ...loader });
}

export function failureOf(error: unknown): Failure {
  const input = error instanceof InputError;
  if (!(error instanceof Error)) return { kind: "failed", input, message: String(error) };
  const { message, stack } = error;
  return { kind: "failed", input, message, ...(stack === undefined ? {} : { stack }) };
}

export function revive({ input, message, stack }: Failure): Error {
  if (input) return new InputError(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

export const lostWorker = (): Error => new Error("a worker thread ended before its work was done");

/** What a worker does for whoever drives it. */
export interface Drive<From> {
  /** Gives a worker its next order, if there is one left. */
  readonly handOut: (worker: Worker) => void;
  /** Takes an answer; "next" when the worker is free again, "done" when it was the last answer of all. */
  readonly take: (message: Exclude<From, Failure>) => "more" | "next" | "done";
}

/** Keeps workers at work until all is done, or until the first failure of any; then stops them. */
export async function driveWorkers<From extends { readonly kind: string }>(
  workers: readonly Worker[],
  { handOut, take }: Drive<From>,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      for (const worker of workers) {
        worker.on("error", reject);
        worker.on("exit", () => reject(lostWorker()));
        worker.on("message", (message: Exclude<From, Failure> | Failure) => {
          if (isFailure(message)) return reject(revive(message));
          const then = take(message);
          if (then === "done") resolve();
          if (then !== "more") handOut(worker);
        });
        handOut(worker);
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function isFailure(message: { readonly kind: string }): message is Failure {
  return message.kind === "failed";
}
