/** Entry of a worker thread that runs litmus tests. */

import { parentPort, workerData } from "node:worker_threads";
import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Batch, FromLitmusWorker } from "./pool.ts";
import { type LitmusJob, LitmusRunner } from "./runner.ts";

const port = present(parentPort, "the parent of a worker thread");
let runner: LitmusRunner | undefined;

port.on("message", (batch: Batch) => port.postMessage(answer(batch)));

function answer({ first, files }: Batch): FromLitmusWorker {
  try {
    runner ??= new LitmusRunner(workerData as LitmusJob);
    const ready = runner;
    return { kind: "batch", first, answers: files.map((file) => ready.run(file)) };
  } catch (error) {
    const input = error instanceof InputError;
    if (!(error instanceof Error)) return { kind: "broken", input, message: String(error) };
    const { message, stack } = error;
    return { kind: "broken", input, message, ...(stack === undefined ? {} : { stack }) };
  }
}
