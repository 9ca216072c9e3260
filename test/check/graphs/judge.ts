/** A model of the engine as a judge of executions that brute force enumerates: each is copied into a graph of its own. */

import { ExecutionGraph, NOBODY } from "../../../src/check/graphs/graph.ts";
import type { Model } from "../../../src/memory/model.ts";
import { type Axioms, type Execution, noCircularValue, noThinAir } from "./axioms.ts";

const MOST_EVENTS = 32;

/** Which values may hang on themselves: none; through branches, as where those are guessed; all. */
export type Circles = "none" | "branches" | "all";

const ALLOWED: Readonly<Record<Circles, Axioms>> = {
  none: noThinAir,
  branches: noCircularValue,
  all: () => true,
};

/** The model's verdict, and that no value comes out of thin air, which the engine takes for granted unless told. */
export function judgeOf(model: Model, circles: Circles = "none"): Axioms {
  const graph = new ExecutionGraph(MOST_EVENTS, 4, model.sets, model.relations);
  const checker = model.bind(graph);
  return (x) => {
    if (!ALLOWED[circles](x)) return false;
    fill(graph, x, model.sets.includes("LKR"));
    const verdict = checker.consistent();
    empty(graph, x);
    return verdict;
  };
}

function* pairs(n: number): Generator<readonly [number, number]> {
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) yield [a, b];
}

function fill(graph: ExecutionGraph, x: Execution, locks: boolean): void {
  for (let e = 0; e < x.n; e++) {
    const thread = x.thread(e) < 0 ? NOBODY : x.thread(e);
    graph.add(thread, e, x.location(e), 0, graph.numbersOf(x.sets(e)));
  }
  for (const [a, b] of pairs(x.n)) {
    if (x.rf(a, b)) graph.readFrom(a, b);
    for (const name of ["addr", "data", "ctrl"] as const) relate(graph, name, x[name](a, b), a, b);
    relate(graph, "ctrl-all", x.ctrl(a, b), a, b);
    const lock = locks && x.sets(b).includes("LKW");
    relate(graph, lock ? "lk-rmw" : "rmw", x.rmw(a, b), a, b);
  }
  for (let e = 0; e < x.n; e++) {
    if (!x.isWrite(e)) continue;
    let place = 0;
    for (let w = 0; w < e; w++) if (x.co(w, e)) place++;
    graph.insert(e, place);
  }
}

function relate(graph: ExecutionGraph, name: string, yes: boolean, a: number, b: number): void {
  const bits = graph.relations.get(name);
  if (yes && bits !== undefined) graph.relate(bits, a, b);
}

function empty(graph: ExecutionGraph, x: Execution): void {
  for (let e = x.n - 1; e >= 0; e--) {
    if (x.isRead(e)) graph.unread(e);
    if (x.isWrite(e)) graph.withdraw(e);
  }
  while (graph.n > 0) graph.remove();
}
