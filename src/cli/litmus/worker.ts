/** Entry of a worker thread that runs litmus tests. */

import { parentPort, workerData } from "node:worker_threads";
import { present } from "../../base/assert.ts";
import { failureOf } from "../workers.ts";
import type { FromLitmusWorker, LitmusOrder } from "./pool.ts";
import { type LitmusJob, LitmusRunner } from "./runner.ts";

const port = present(parentPort, "the parent of a worker thread");
let runner: LitmusRunner | undefined;

port.on("message", (order: LitmusOrder) => port.postMessage(answer(order)));

function answer(order: LitmusOrder): FromLitmusWorker {
  try {
    runner ??= new LitmusRunner(workerData as LitmusJob);
    const ready = runner;
    if (order.kind === "part") {
      return { kind: "part", index: order.index, outcome: ready.part(order.file, { prefix: order.prefix }) };
    }
    return { kind: "batch", first: order.first, answers: order.files.map((file) => ready.run(file)) };
  } catch (error) {
    return failureOf(error);
  }
}
