/**
 * A process that measures one thing on the CPUs to which it has been bound from outside, and prints the samples as JSON:
 *
 *     probe alone FIFO                one CPU
 *     probe pair                      two CPUs, a thread each
 *     probe rounds FIFO FIFO 0|1      two processes on one CPU
 *
 * Node cannot bind its threads; `taskset` binds the process to exactly the CPUs of the measurement, and two threads that are
 * both busy on two CPUs have one each.
 */

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  arithmetic,
  CELLS,
  contendedAdds,
  fencedStore,
  loadHit,
  loadMemory,
  pingPong,
  pipeByte,
  pipeRounds,
  plainCalls,
  READY,
  rmw,
  STOP,
} from "./probe_loops.ts";

/** Samples by name, nanoseconds. */
export type Samples = Record<string, number[]>;

/** Samples are short and many: one during which the thread was not running is recognised by being slow. */
const SAMPLES = 40;
const ROUNDS = 2000;
const ADDS = 20_000;
const STEPS = 300_000;
/** After so many nanoseconds of one part a busy machine has to do with the samples there are. */
const PATIENCE = 5e9;

const repeat = (work: () => number, samples = SAMPLES): number[] => Array.from({ length: samples }, work);

function alone(fifo: string): Samples {
  return {
    hit: repeat(loadHit),
    rmw: repeat(rmw),
    fence: repeat(fencedStore),
    memory: repeat(loadMemory, 4),
    pipe: fifo === "" ? [] : repeat(() => pipeByte(fifo)),
    calls: repeat(plainCalls),
    arithmetic: repeat(() => arithmetic(STEPS)),
  };
}

/** Both threads of a pair run this, meeting before each sample. */
function together(cells: Int32Array, me: 0 | 1): Samples {
  let meetings = 0;
  const meet = (): void => {
    meetings++;
    Atomics.add(cells, READY, 1);
    while (Atomics.load(cells, READY) < 2 * meetings);
  };
  const parts: readonly (readonly [string, () => number])[] = [
    ["transfer", () => pingPong(cells, me, ROUNDS)],
    ["contended", () => contendedAdds(cells, ADDS)],
    ["arithmetic", () => arithmetic(STEPS)],
  ];
  const samples: Samples = {};
  for (const [name, work] of parts) {
    const found: number[] = [];
    const end = process.hrtime.bigint() + BigInt(PATIENCE);
    for (let i = 0; i < SAMPLES; i++) {
      // One of the two decides, before both meet, whether there will be another sample.
      if (me === 0 && process.hrtime.bigint() > end) Atomics.store(cells, STOP, 1);
      meet();
      if (Atomics.load(cells, STOP) === 1) break;
      found.push(work());
    }
    meet();
    if (me === 0) Atomics.store(cells, STOP, 0);
    meet();
    samples[name] = found;
  }
  return samples;
}

function pair(): void {
  const cells = new Int32Array(new SharedArrayBuffer(4 * CELLS));
  const other = new Worker(new URL(import.meta.url), { workerData: cells });
  // Its first message, not "online": until the thread runs, it may need this one to load its code.
  other.once("message", () => {
    const samples = together(cells, 0);
    other.once("exit", () => process.stdout.write(JSON.stringify(samples)));
  });
}

function main([what = "", ...args]: readonly string[]): void {
  if (what === "pair") pair();
  else if (what === "alone") process.stdout.write(JSON.stringify(alone(args[0] ?? "")));
  else if (what === "rounds") {
    const [there = "", back = "", first = "0"] = args;
    const round = repeat(() => pipeRounds(there, back, first === "1", 400));
    process.stdout.write(JSON.stringify({ round }));
  }
}

if (isMainThread) main(process.argv.slice(2));
else {
  parentPort?.postMessage("ready");
  together(workerData as Int32Array, 1);
}
