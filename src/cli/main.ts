#!/usr/bin/env node
/** Entry of the `lazytlb` command: the process around `run`. */

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { openCheckPool } from "./check_pool.ts";
import type { Engines } from "./engines.ts";
import { reportFailure } from "./exit_status.ts";
import type { Host } from "./host.ts";
import { createEngines } from "./instruments.ts";
import { runAll } from "./litmus/pool.ts";
import type { Occasion } from "./measure/host_profile.ts";
import { measure } from "./measure/measure.ts";
import { checkAll, defaultThreads, simulateAll } from "./pool.ts";
import { run } from "./program.ts";
import { modelFolder } from "./specimen_host.ts";

/** `.ts` when run from sources, `.js` when built. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

function createHost(): Host {
  let engines: Engines | undefined;
  const lazily = (): Engines => (engines ??= createEngines());
  const worker = new URL(`./pool_worker.${EXTENSION}`, import.meta.url);
  const litmusWorker = new URL(`./litmus/worker.${EXTENSION}`, import.meta.url);
  return {
    engines: lazily,
    checkAll: (jobs, onProgress) => checkAll(jobs, lazily, { worker, threads: defaultThreads() }, onProgress),
    checkPool: () => openCheckPool(lazily, { worker, threads: defaultThreads() }),
    litmusAll: (job, files, onProgress) =>
      runAll(job, files, { worker: litmusWorker, threads: defaultThreads() }, onProgress),
    simulateAll: (jobs, onProgress) =>
      simulateAll(jobs, lazily, { worker, threads: defaultThreads() }, onProgress),
    measure: async () => ({ found: await measure(), occasion: occasion() }),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stderrIsTerminal: process.stderr.isTTY === true,
    colours: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    now: () => performance.now(),
    producer: `lazytlb ${version()}`,
  };
}

function occasion(): Occasion {
  const date = new Date().toISOString().slice(0, 10);
  const producer = `lazytlb ${version()}, Node ${process.version}`;
  return { arch: process.arch, release: release(), date, producer };
}

function version(): string {
  const text = readFileSync(join(modelFolder(), "../package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function end(error: unknown): void {
  const failure = reportFailure(error);
  process.stderr.write(failure.text);
  process.exit(failure.status);
}

// `lazytlb … | head` closes the pipe early: that is the reader's right, not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  error.code === "EPIPE" ? process.exit() : end(error),
);
process.on("uncaughtException", end);

process.exitCode = await run(process.argv.slice(2), createHost());
