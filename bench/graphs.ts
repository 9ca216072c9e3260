/**
 * How fast the graph checker is: executions per second of CPU time, time to exhaustion, and what the search wastes.
 *
 *     npx tsx bench/graphs.ts [PROGRAM [MODEL…]]
 *
 * Per program, number of CPUs and model:
 *
 *     executions   consistent complete execution graphs; each is visited once
 *     steps        nodes of the search per execution
 *     rejected     graphs that the model refused, per execution: candidates that coherence and atomicity let through
 *     pruned       nodes given up because a waiting load could not be served, per execution
 *     stuck, cut   executions that wait for ever; paths that hit the bound of a loop
 *
 * CPU time of this process, second run of two: generated code has to warm up. Searches longer than LONGEST are left out.
 */

import { readFileSync } from "node:fs";
import { Explorer } from "../src/check/graphs/explore.ts";
import { type GraphProgram, Instance } from "../src/check/graphs/instance.ts";
import { HALT } from "../src/check/graphs/threads.ts";
import { loadModel } from "../src/memory/load.ts";
import type { Model } from "../src/memory/model.ts";
import { counter, mcsLock, refcount, seqlock, ticketLock, treiberStack } from "./graph_programs.ts";

interface Measured {
  readonly build: (cpus: number) => GraphProgram;
  /** How often its loops go round. */
  readonly unroll: (cpus: number) => number;
}

const straight = (build: Measured["build"]): Measured => ({ build, unroll: () => 2 });

const PROGRAMS: Readonly<Record<string, Measured>> = {
  counter: straight(counter),
  "ticket lock": straight(ticketLock),
  "MCS lock": straight(mcsLock),
  // An attempt fails at most once per other CPU.
  "Treiber stack": { build: treiberStack, unroll: (cpus) => cpus },
  // One retry; the verdict of a longer one would be the same, since readers change nothing.
  seqlock: { build: seqlock, unroll: () => 1 },
  refcount: straight(refcount),
};
const MODELS = ["sc", "tso", "aarch64", "power", "lkmm"];
/** Seconds that the next larger program may take, going by the last two. */
const LONGEST = 30;

function readModel(name: string): Model {
  const folder = new URL("../model/memory/", import.meta.url).pathname;
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
  };
  const loaded = loadModel(`${folder}${name}.cat`, read);
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value.model;
}

function explore(program: GraphProgram, model: Model, unroll: number): { seconds: number; line: string } {
  const instance = new Instance(program, model, { unroll, specialise: true });
  let bugs = 0;
  const complete = (execution: Explorer): void => {
    for (let t = 0; t < program.threads.length; t++) if (execution.halt(t) !== HALT.done) bugs++;
  };
  const before = process.cpuUsage();
  const counts = new Explorer(instance, { complete, stuck: () => undefined }).run();
  const used = process.cpuUsage(before);
  const seconds = (used.user + used.system) / 1e6;
  const { executions, steps, rejected, pruned, stuck, cut } = counts;
  const each = (n: number): string => (n / Math.max(1, executions)).toFixed(2).padStart(9);
  const columns = [
    executions.toLocaleString("en").padStart(12),
    seconds.toFixed(3).padStart(9),
    Math.round(executions / seconds)
      .toLocaleString("en")
      .padStart(9),
    each(steps),
    each(rejected),
    each(pruned),
    String(stuck).padStart(7),
    String(cut).padStart(7),
    bugs > 0 ? `  ${bugs} failed assertions` : "",
  ];
  return { seconds, line: columns.join(" ") };
}

function bench(name: string, { build, unroll }: Measured, model: string): void {
  const loaded = readModel(model);
  let last = 0;
  for (let cpus = 2; cpus <= 6; cpus++) {
    const program = build(cpus);
    const first = explore(program, loaded, unroll(cpus));
    const { seconds, line } = first.seconds > 3 ? first : explore(program, loaded, unroll(cpus));
    console.log(`${name.padEnd(14)} ${String(cpus).padStart(4)} ${model.padEnd(8)} ${line}`);
    const growth = last > 0.01 ? seconds / last : 10;
    if (seconds * growth > LONGEST) return;
    last = seconds;
  }
}

const [program, ...models] = process.argv.slice(2);
console.log(
  "program        CPUs model      executions   seconds     per s     steps  rejected    pruned   stuck     cut",
);
for (const [name, measured] of Object.entries(PROGRAMS)) {
  if (program !== undefined && name !== program) continue;
  for (const model of models.length === 0 ? MODELS : models) bench(name, measured, model);
}
