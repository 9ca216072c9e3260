/** Executions cut in two, as `docs/merging.md` defines it: a past that no edge leads into, and the rest. */

import type { Local } from "../../src/memory/locality.ts";
import type { Model } from "../../src/memory/model.ts";
import { type Pair, TestGraph } from "./test_graph.ts";

const DEPENDENCIES = ["addr", "data", "ctrl"];
const HALVES = ["rmw", "lk-rmw"];

/** The least rest with these events: what their edges lead to, and what must not be cut off from it. */
export function restOf(graph: TestGraph, seeds: readonly number[], { halves, sections }: Local): Set<number> {
  const co = graph.pairs("co");
  const fr = graph.pairs("rf").flatMap(([write, read]) => after(co, write).map((to): Pair => [read, to]));
  const edges = ["po", "rf", "co", ...DEPENDENCIES, ...HALVES].flatMap((name) => [...graph.pairs(name)]);
  const back = halves.flatMap((name) => graph.pairs(name).map(([from, to]): Pair => [to, from]));
  const enclosing = sections.flatMap(({ opens, closes, anywhere }) => {
    const [first, last] = [graph.members(opens), graph.members(closes)];
    if (anywhere === true) return last.flatMap((b) => first.map((a): Pair => [b, a]));
    return graph
      .pairs("po")
      .filter(([a, b]) => first.includes(a) && last.includes(b))
      .map(([a, b]): Pair => [b, a]);
  });
  const rest = new Set(seeds);
  const all = [...edges, ...fr, ...back, ...enclosing];
  for (let size = -1; size !== rest.size; ) {
    size = rest.size;
    for (const [from, to] of all) if (rest.has(from)) rest.add(to);
  }
  return rest;
}

const after = (co: readonly Pair[], write: number): readonly number[] =>
  co.filter(([from]) => from === write).map(([, to]) => to);

/** Some of the events, with what relates them. */
export function part(graph: TestGraph, events: readonly number[], model: Model): TestGraph {
  const cut = new TestGraph(graph.capacity, model);
  copy(graph, cut, events, new Map());
  return cut;
}

/** The rest of a graph, with one initial write per location in place of its past. */
export function rest(graph: TestGraph, events: readonly number[], model: Model): TestGraph {
  const cut = new TestGraph(graph.capacity, model);
  const initial = new Map<string, number>();
  for (const { loc } of graph.events) {
    if (loc === undefined || initial.has(loc)) continue;
    initial.set(loc, cut.add({ thread: -1, loc, sets: ["W", "M", "IW"] }));
  }
  copy(graph, cut, events, initial);
  return cut;
}

/** The initial writes of `rest`, alone. */
export function nothingLeft(graph: TestGraph, model: Model): TestGraph {
  return rest(graph, [], model);
}

function copy(
  graph: TestGraph,
  cut: TestGraph,
  events: readonly number[],
  initial: ReadonlyMap<string, number>,
): void {
  const numbers = new Map<number, number>();
  for (const id of events) {
    const event = graph.events[id];
    if (event !== undefined) numbers.set(id, cut.add(event));
  }
  const relate = (name: string, from: number | undefined, to: number | undefined): void => {
    if (from !== undefined && to !== undefined) cut.relate(name, from, to);
  };
  for (const name of ["co", ...DEPENDENCIES, ...HALVES])
    for (const [from, to] of graph.pairs(name)) relate(name, numbers.get(from), numbers.get(to));
  for (const [from, to] of graph.pairs("rf"))
    relate("rf", numbers.get(from) ?? initial.get(graph.events[from]?.loc ?? ""), numbers.get(to));
  for (const id of events) {
    const { loc = "", sets = [] } = graph.events[id] ?? {};
    if (["W", "LKW", "UL"].some((set) => sets.includes(set))) relate("co", initial.get(loc), numbers.get(id));
  }
}
