/**
 * What a memory model costs: microseconds per consistency check, and milliseconds to bind it to a graph.
 *
 *     npx tsx bench/cat_models.ts [MODEL|FILE.cat …]
 *
 * Graphs are executions of generated programs (4 threads, accesses to 4 locations, fences, acquire, release, some
 * dependencies, one atomic per thread; for `rcu` also sections and grace periods, for `plain` unmarked accesses): reads
 * read the coherence-latest write that a sequentially consistent run has, so that every axiom is evaluated to its end.
 *
 *     full      all axioms, events unchanged since the last check: what another choice of rf or co costs
 *     shape     the same after an event came or went, so that static relations are computed again
 *     bind      from the model to generated code, and the first check
 *
 * CPU time of this process over many checks, after warming up.
 */

import { readFileSync } from "node:fs";
import { modelFolder } from "../src/cli/specimen_host.ts";
import { renderDiagnostic } from "../src/diag/render.ts";
import type { CompiledChecker } from "../src/memory/evaluate/compiled.ts";
import { loadModel } from "../src/memory/load.ts";
import type { Model } from "../src/memory/model.ts";
import { type Pair, TestGraph } from "../test/memory/test_graph.ts";

const OURS = ["sc", "tso", "aarch64", "power", "lkmm"];
const SIZES = [16, 24, 32, 48, 64];
const KINDS = ["marked", "rcu", "plain"] as const;
type Kind = (typeof KINDS)[number];

function main(): void {
  const names = process.argv.slice(2);
  console.log("model      graph    events   full µs  shape µs   bind ms");
  for (const name of names.length === 0 ? OURS : names)
    for (const kind of name === "lkmm" ? KINDS : (["marked"] as const))
      for (const events of SIZES) bench(name, kind, events);
}

function load(name: string): Model {
  const path = name.endsWith(".cat") ? name : `${modelFolder()}/memory/${name}.cat`;
  const loaded = loadModel(path, (file) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
  });
  if (!loaded.ok) throw new Error(renderDiagnostic(loaded.error));
  return loaded.value.model;
}

function bench(name: string, kind: Kind, events: number): void {
  const model = load(name);
  const graph = execution(model, kind, events);
  const absent = new Set(
    [...graph.sets].filter(([, set]) => set.every((word) => word === 0)).map(([set]) => set),
  );
  for (const [relation, rows] of graph.relations) if (rows.every((word) => word === 0)) absent.add(relation);
  const before = process.cpuUsage();
  const checker = model.bind(graph, absent) as CompiledChecker;
  checker.specialise();
  if (!checker.consistent())
    throw new Error(`${name} ${kind} ${events}: ${JSON.stringify(checker.explain())}`);
  const bind = since(before) / 1000;
  const full = perCall(() => checker.consistent());
  const shape = perCall(() => {
    graph.stamp++;
    checker.consistent();
  });
  const cells = [full.toFixed(2).padStart(9), shape.toFixed(2).padStart(9), bind.toFixed(1).padStart(9)];
  console.log(
    `${name.slice(-10).padEnd(10)} ${kind.padEnd(8)} ${String(events).padStart(6)} ${cells.join(" ")}`,
  );
}

const since = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

function perCall(call: () => void): number {
  for (let i = 0; i < 20_000; i++) call();
  const rounds = 20_000;
  const before = process.cpuUsage();
  for (let i = 0; i < rounds; i++) call();
  return since(before) / rounds;
}

/** A program's sequentially consistent execution, round robin over its threads. */
function execution(model: Model, kind: Kind, events: number): TestGraph {
  const graph = new TestGraph(events, model);
  const locs = ["x", "y", "z", "u"];
  const last = new Map<string, number>();
  const writes = new Map<string, number[]>();
  const rf: Pair[] = [];
  const write = (id: number, loc: string): void => {
    last.set(loc, id);
    writes.set(loc, [...(writes.get(loc) ?? []), id]);
  };
  for (const loc of locs) write(graph.add({ thread: -1, loc, sets: ["W", "M", "IW"] }), loc);
  const reads: number[] = [-1, -1, -1, -1];
  for (let step = 0; graph.n < events - 1; step++) {
    const thread = step % 4;
    const loc = locs[(step + (step >> 2)) % 4] ?? "x";
    const unmarked = kind === "plain" && step % 3 === 0;
    const tags = unmarked ? [] : [step % 5 === 0 ? "Acquire" : "Once"];
    switch ((step * 7 + (step >> 2)) % 8) {
      case 0:
        graph.add({ thread, sets: ["F", kind === "rcu" && thread === 0 ? "Sync-rcu" : "Mb"] });
        break;
      case 1: {
        const read = graph.add({ thread, loc, sets: ["R", "M", "RMW", "Once"] });
        const written = graph.add({ thread, loc, sets: ["W", "M", "RMW", "Once"] });
        rf.push([last.get(loc) ?? 0, read]);
        graph.relate("rmw", read, written);
        graph.relate("data", read, written);
        write(written, loc);
        break;
      }
      case 2:
      case 3:
      case 4: {
        const read = graph.add({ thread, loc, sets: ["R", "M", ...tags] });
        rf.push([last.get(loc) ?? 0, read]);
        reads[thread] = read;
        break;
      }
      case 5:
        if (kind === "rcu" && thread !== 0) graph.add({ thread, sets: ["F", "Rcu-lock"] });
        write(graph.add({ thread, loc, sets: ["W", "M", step % 2 ? "Release" : "Once"] }), loc);
        if (kind === "rcu" && thread !== 0 && graph.n < events)
          graph.add({ thread, sets: ["F", "Rcu-unlock"] });
        break;
      default: {
        const id = graph.add({ thread, loc, sets: ["W", "M", ...(unmarked ? [] : ["Once"])] });
        if ((reads[thread] ?? -1) >= 0) graph.relate(step % 2 ? "data" : "ctrl", reads[thread] ?? 0, id);
        write(id, loc);
      }
    }
  }
  graph.assign("rf", rf);
  const orders = [...writes.values()];
  graph.assign(
    "co",
    orders.flatMap((order) => order.flatMap((a, i) => order.slice(i + 1).map((b): Pair => [a, b]))),
  );
  return graph;
}

main();
