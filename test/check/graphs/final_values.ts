/** What programs of `random_kts.ts` leave in memory, by the graph checker. */

import { expect } from "vitest";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import type { ExecutionGraph } from "../../../src/check/graphs/graph.ts";
import { type GraphProgram, Instance } from "../../../src/check/graphs/instance.ts";
import { HALT } from "../../../src/check/graphs/threads.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";

/** Final values of the fields by exploring graphs, those that `counts` wants; "stuck" stands for all executions that never end. */
export function byGraphs(
  program: Program,
  cpus: number,
  model: Model,
  counts: (graph: ExecutionGraph) => boolean = () => true,
): readonly string[] {
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
  const found = new Set<string>();
  const complete = (execution: Explorer): void => {
    for (let t = 0; t < cpus; t++) expect(execution.halt(t)).toBe(HALT.done);
    if (!counts(instance.graph)) return;
    const values = fields.map((_, field) => execution.final(instance.locations.of(struct, 1, field)));
    found.add(values.join(","));
  };
  new Explorer(instance, { complete, stuck: () => found.add("stuck") }).run();
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
