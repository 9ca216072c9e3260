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
import { loadModel } from "../src/memory/load.ts";
import type { Model } from "../src/memory/model.ts";
import { counter, mcsLock, refcount, seqlock, ticketLock, treiberStack } from "./graph_programs.ts";

const PROGRAMS: Readonly<Record<string, (cpus: number) => GraphProgram>> = {
  counter,
  "ticket lock": ticketLock,
  "MCS lock": mcsLock,
  "Treiber stack": treiberStack,
  seqlock,
  refcount,
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

function explore(program: GraphProgram, model: Model, cpus: number): { seconds: number; line: string } {
  const instance = new Instance(program, model, { unroll: cpus, specialise: true });
  let bugs = 0;
  const complete = (execution: Explorer): void => {
    for (let t = 0; t < program.threads.length; t++) if (execution.halt(t) !== 1) bugs++;
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

function bench(name: string, build: (cpus: number) => GraphProgram, model: string): void {
  const loaded = readModel(model);
  let last = 0;
  for (let cpus = 2; cpus <= 6; cpus++) {
    const program = build(cpus);
    const first = explore(program, loaded, cpus);
    const { seconds, line } = first.seconds > 3 ? first : explore(program, loaded, cpus);
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
for (const [name, build] of Object.entries(PROGRAMS)) {
  if (program !== undefined && name !== program) continue;
  for (const model of models.length === 0 ? MODELS : models) bench(name, build, model);
}
