/** What programs of `random_kts.ts` leave in memory, by the graph checker. */

import { expect } from "vitest";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import type { ExecutionGraph } from "../../../src/check/graphs/graph.ts";
import { type GraphProgram, Instance } from "../../../src/check/graphs/instance.ts";
import { mergedSearch } from "../../../src/check/graphs/merge/search.ts";
import { HALT } from "../../../src/check/graphs/threads.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";

/** A program made ready, the locations that are looked at, and what is found there; "stuck" for what never ends. */
function prepare(program: Program, cpus: number, model: Model) {
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const fields = program.structs[struct]?.fields ?? [];
  const input: GraphProgram = {
    program,
    threads: Array.from({ length: cpus }, (_, t) => ({
      func: program.funcs.findIndex(({ name }) => name === `main${t}`),
    })),
    initial: [],
  };
  const instance = new Instance(input, model);
  const locations = fields.map((_, field) => instance.locations.of(struct, 1, field));
  const found = new Set<string>();
  const complete = (execution: Explorer): void => {
    for (let t = 0; t < cpus; t++) expect(execution.halt(t)).toBe(HALT.done);
    found.add(locations.map((location) => execution.final(location)).join(","));
  };
  return { instance, locations, found, complete, stuck: () => void found.add("stuck") };
}

/** Final values of the fields by exploring graphs, those that `counts` wants. */
export function byGraphs(
  program: Program,
  cpus: number,
  model: Model,
  counts: (graph: ExecutionGraph) => boolean = () => true,
): readonly string[] {
  const { instance, found, complete, stuck } = prepare(program, cpus, model);
  const wanted = (execution: Explorer): void => {
    if (counts(instance.graph)) complete(execution);
  };
  new Explorer(instance, { complete: wanted, stuck }).run();
  return [...found].sort();
}

/** The same by exploring equal graphs once. */
export function byMerging(program: Program, cpus: number, model: Model): readonly string[] {
  const { instance, locations, found, complete, stuck } = prepare(program, cpus, model);
  const observe = { registers: [], locations: locations.filter((location) => location >= 0) };
  mergedSearch(instance, { complete, stuck }, { observe, symmetry: true, bytes: 1 << 26 });
  return [...found].sort();
}

/** No read takes a write that comes after it in program order and reads-from: no load buffering. */
export function goesForward({ n, thread, key, source }: ExecutionGraph): boolean {
  const left = new Set(Array.from({ length: n }, (_, e) => e));
  for (let found = true; found; ) {
    found = false;
    for (const e of left) {
      const waits = [...left].some(
        (o) => o !== e && ((thread[o] === thread[e] && (key[o] ?? 0) < (key[e] ?? 0)) || source[e] === o),
      );
      if (waits) continue;
      left.delete(e);
      found = true;
    }
  }
  return left.size === 0;
}
