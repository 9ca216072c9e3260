/**
 * How fast the trace.dat reader is, beside `trace-cmd report FILE > /dev/null` on the same file in the same run.
 *
 *     npx tsx bench/trace_reader.ts [FILE…]
 *
 * Three sinks: one that wants nothing (pages, merge and counts only), one for sched_switch, one for everything. Each
 * line is the best of some runs; the cold line is the first read of the process, with everything decoded, before the
 * compilers of JavaScript and WebAssembly have warmed up: what a user of the command line gets. MB/s are of the file.
 * Without arguments it takes the big traces of the collection beside the repository, or else the bundled sample.
 */

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openFileSource } from "../src/cli/file_source.ts";
import type { TraceSink } from "../src/trace/events.ts";
import { readTraceDat } from "../src/trace/tracedat/read.ts";
import { METHODS } from "../test/trace/event_lines.ts";

const RUNS = 7;
const PEER_RUNS = 3;

const nothing: TraceSink = {};
const everything: TraceSink = Object.fromEntries(METHODS.map((method) => [method, () => undefined]));
const onlySwitches: TraceSink = { schedSwitch: () => undefined };

const SINKS: readonly (readonly [string, TraceSink])[] = [
  ["nothing decoded", nothing],
  ["sched_switch", onlySwitches],
  ["all events", everything],
];

async function main(): Promise<void> {
  const files = process.argv.length > 2 ? process.argv.slice(2) : defaultFiles();
  for (const file of files) await benchFile(file);
}

function defaultFiles(): string[] {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const big = ["../../shared/traces/big/ctxsw_thr.bigv7.dat", "../../shared/traces/big/ctxsw_thr.bigv6.dat"];
  const found = big.map(at).filter(existsSync);
  return found.length > 0 ? found : [at("../model/traces/exit.dat")];
}

async function benchFile(file: string): Promise<void> {
  const megabytes = statSync(file).size / 1e6;
  const cold = await readOnce(file, everything);
  console.log(`${file}: ${megabytes.toFixed(1)} MB, ${cold.total} events`);
  const peer = benchPeer(file);
  const report = (name: string, seconds: number) =>
    console.log(row(name, seconds, megabytes, cold.total, peer));
  if (peer === undefined)
    console.log("  no figure of trace-cmd: not installed, or it does not read this file");
  else report("trace-cmd report", peer);
  report("all events, cold", cold.seconds);
  for (const [name, sink] of SINKS) report(name, await benchSink(file, sink));
}

/** The best time of a sink, in seconds. */
async function benchSink(file: string, sink: TraceSink): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push((await readOnce(file, sink)).seconds);
  return Math.min(...times);
}

async function readOnce(file: string, sink: TraceSink): Promise<{ seconds: number; total: number }> {
  const start = performance.now();
  const source = openFileSource(file);
  const { total } = await readTraceDat(source, sink);
  source.close();
  return { seconds: (performance.now() - start) / 1000, total };
}

/** The best wall time of the peer; undefined where it is not installed or does not read the file. */
function benchPeer(file: string): number | undefined {
  const times: number[] = [];
  for (let run = 0; run < PEER_RUNS; run++) {
    const start = performance.now();
    const { status } = spawnSync("trace-cmd", ["report", file], { stdio: "ignore" });
    if (status !== 0) return undefined;
    times.push((performance.now() - start) / 1000);
  }
  return Math.min(...times);
}

function row(
  name: string,
  seconds: number,
  megabytes: number,
  events: number,
  peer: number | undefined,
): string {
  const columns = [
    `${(seconds * 1000).toFixed(0)} ms`.padStart(9),
    `${(events / seconds / 1e6).toFixed(2)} M events/s`.padStart(18),
    `${(megabytes / seconds).toFixed(1)} MB/s`.padStart(12),
    peer === undefined ? "" : `${(peer / seconds).toFixed(1)} ×`.padStart(8),
  ];
  return `  ${name.padEnd(17)}${columns.join("")}`;
}

await main();
