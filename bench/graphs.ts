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
 * and, where the same is done by merging nodes with equal futures (`docs/merging.md`), with nothing observed but how
 * threads end:
 *
 *     states       nodes explored
 *     left out     nodes that were like one of those
 *     steps        nodes and half-done steps
 *     kB           of tables
 *     twins        threads that are interchangeable
 *
 * A merged row that is marked `=` found the same ways in which threads end as the enumeration above it.
 *
 * CPU time of this process, second run of two: generated code has to warm up. Searches longer than LONGEST are left out.
 */

import { readFileSync } from "node:fs";
import { Explorer } from "../src/check/graphs/explore.ts";
import { type GraphProgram, Instance } from "../src/check/graphs/instance.ts";
import { DEFAULT_BYTES, mergedSearch } from "../src/check/graphs/merge/search.ts";
import { HALT } from "../src/check/graphs/threads.ts";
import { loadModel } from "../src/memory/load.ts";
import type { Model } from "../src/memory/model.ts";
import { counter, mcsLock, refcount, seqlock, spinlock, ticketLock, treiberStack } from "./graph_programs.ts";

interface Measured {
  readonly build: (cpus: number) => GraphProgram;
  /** How often its loops go round. */
  readonly unroll: (cpus: number) => number;
}

const straight = (build: Measured["build"]): Measured => ({ build, unroll: () => 2 });

const PROGRAMS: Readonly<Record<string, Measured>> = {
  counter: straight(counter),
  spinlock: straight(spinlock),
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

interface Row {
  readonly seconds: number;
  readonly columns: readonly string[];
  /** The ways in which the threads of an execution end, all of them. */
  readonly ends: string;
}

/** Gathers how threads end: each way once. */
class Ends {
  failed = 0;
  readonly #seen = new Set<string>();
  readonly #threads: number;

  constructor(threads: number) {
    this.#threads = threads;
  }

  readonly visit = (execution: Explorer): void => {
    const halts = Array.from({ length: this.#threads }, (_, t) => execution.halt(t)).sort();
    if (halts.some((halt) => halt !== HALT.done)) this.failed++;
    this.#seen.add(halts.join(" "));
  };

  get text(): string {
    return [...this.#seen].sort().join(", ");
  }
}

function timed<T>(run: () => T): { readonly seconds: number; readonly result: T } {
  const before = process.cpuUsage();
  const result = run();
  const used = process.cpuUsage(before);
  return { seconds: (used.user + used.system) / 1e6, result };
}

const right = (width: number, value: number | string): string =>
  (typeof value === "number" ? Math.round(value).toLocaleString("en") : value).padStart(width);

function enumerate(program: GraphProgram, model: Model, unroll: number): Row {
  const instance = new Instance(program, model, { unroll, specialise: true });
  const ends = new Ends(program.threads.length);
  const visitor = { complete: ends.visit, stuck: ends.visit };
  const { seconds, result } = timed(() => new Explorer(instance, visitor).run());
  const { executions, steps, rejected, pruned, stuck, cut } = result;
  const each = (n: number): string => right(9, (n / Math.max(1, executions)).toFixed(2));
  const rate = right(9, executions / seconds);
  const counted = [right(12, executions), right(9, seconds.toFixed(3)), rate, each(steps), each(rejected)];
  const rest = [each(pruned), right(7, stuck), right(7, cut), failures(ends)];
  return { seconds, columns: [...counted, ...rest], ends: ends.text };
}

const failures = ({ failed }: Ends): string => (failed > 0 ? `  ${failed} failed assertions` : "");

function merge(program: GraphProgram, model: Model, unroll: number): Row {
  const instance = new Instance(program, model, { unroll, specialise: true });
  const ends = new Ends(program.threads.length);
  const visitor = { complete: ends.visit, stuck: ends.visit };
  const options = { observe: { registers: [], locations: [] }, symmetry: true, bytes: DEFAULT_BYTES };
  const { seconds, result } = timed(() => mergedSearch(instance, visitor, options));
  const { counts, merging } = result;
  if (merging.kind === "plain")
    return { seconds, columns: [`  not merged: ${merging.why}`], ends: ends.text };
  const { states, merged, bytes, twins, forgotten } = merging;
  const columns = [
    right(12, states),
    right(9, seconds.toFixed(3)),
    right(12, merged),
    right(12, counts.steps),
    right(9, bytes / 1024),
    right(6, twins.map((group) => group.length).join("+")),
    forgotten > 0 ? `  ${forgotten} states forgotten` : "",
    failures(ends),
  ];
  return { seconds, columns, ends: ends.text };
}

/** The second of two runs, unless one takes long. */
function warm(run: () => Row): Row {
  const first = run();
  return first.seconds > 3 ? first : run();
}

/** Whether the next larger program may be tried, going by the last two. */
class Growth {
  #last = 0;
  #over = false;

  row(run: () => Row): Row | undefined {
    if (this.#over) return undefined;
    const row = warm(run);
    const growth = this.#last > 0.01 ? row.seconds / this.#last : 10;
    this.#over = row.seconds * growth > LONGEST;
    this.#last = row.seconds;
    return row;
  }
}

function bench(name: string, { build, unroll }: Measured, model: string): void {
  const loaded = readModel(model);
  const [plain, merging] = [new Growth(), new Growth()];
  for (let cpus = 2; cpus <= 6; cpus++) {
    const program = build(cpus);
    const start = `${name.padEnd(14)} ${String(cpus).padStart(4)} ${model.padEnd(8)}`;
    const all = plain.row(() => enumerate(program, loaded, unroll(cpus)));
    if (all !== undefined) console.log(`${start} ${all.columns.join(" ")}`);
    const some = merging.row(() => merge(program, loaded, unroll(cpus)));
    if (some === undefined) continue;
    const agrees = all === undefined ? " " : all.ends === some.ends ? "=" : "DIFFERS";
    console.log(`${start} ${some.columns.join(" ")} ${agrees} merged`);
  }
}

const [program, ...models] = process.argv.slice(2);
console.log(
  "program        CPUs model      executions   seconds     per s     steps  rejected    pruned   stuck     cut\n" +
    "                                   states   seconds     left out        steps        kB  twins",
);
for (const [name, measured] of Object.entries(PROGRAMS)) {
  if (program !== undefined && name !== program) continue;
  for (const model of models.length === 0 ? MODELS : models) bench(name, measured, model);
}
