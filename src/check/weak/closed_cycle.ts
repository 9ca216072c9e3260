/**
 * The cycle that missing orderings would close, for a drawing: as the model explains it where that is a cycle, or else a
 * shortest one of base edges. A model may reject a pair (a plain read that is certain to come after what it has not seen,
 * say), and the pair alone does not show why.
 */
import type { Explanation } from "../../memory/model.ts";
import type { ExecutionGraph } from "../graphs/graph.ts";
import { baseEdges, pathBetween } from "./cycles.ts";

interface Pair {
  readonly before: number;
  readonly after: number;
}

interface CycleEdge {
  readonly from: number;
  readonly to: number;
  /** "missing" for what one of the pairs stands for. */
  readonly relation: string;
}

/** Events of the explanation from `graph.n` on are fences that were put in. */
export function closedCycle(
  graph: ExecutionGraph,
  pairs: readonly Pair[],
  explanation: Explanation | undefined,
): CycleEdge[] {
  const told = explanation === undefined ? [] : withoutFences(explanation, graph.n);
  const missing = told.filter(({ relation }) => relation === "missing");
  const isClosed = told.every(({ to }, i) => told[(i + 1) % told.length]?.from === to);
  return isClosed && missing.length >= pairs.length ? told : shortest(graph, pairs);
}

/** From the event before a fence to that behind it. */
function withoutFences({ edges }: Explanation, n: number): CycleEdge[] {
  const cycle: CycleEdge[] = [];
  // Begins where no fence is, so that a fence is never the first and the last event.
  const start = Math.max(
    0,
    edges.findIndex(({ from }) => from < n),
  );
  for (const { from, to, via } of [...edges.slice(start), ...edges.slice(0, start)]) {
    const last = cycle.at(-1);
    if (from >= n && last !== undefined)
      cycle[cycle.length - 1] = { from: last.from, to, relation: "missing" };
    else cycle.push({ from, to, relation: via });
  }
  return cycle.filter(({ from, to }) => from < n && to < n && from !== to);
}

/** Each pair, and from its second event the shortest way to the first of the nearest pair. */
function shortest(graph: ExecutionGraph, pairs: readonly Pair[]): CycleEdge[] {
  const next: number[][] = Array.from({ length: graph.n }, () => []);
  const named = new Map<string, string>();
  for (const { from, to, relation } of baseEdges(graph)) {
    if (relation === "po") continue;
    next[from]?.push(to);
    named.set(`${from} ${to}`, relation);
  }
  // A way along one CPU is one step.
  for (let e = 0; e < graph.n; e++)
    for (let later = e + 1; later < graph.n; later++)
      if ((graph.thread[e] ?? -1) >= 0 && graph.thread[later] === graph.thread[e]) next[e]?.push(later);
  return pairs.flatMap(({ before, after }) => {
    const ways = pairs.map((pair) =>
      pair.before === after ? [after] : pathBetween(next, after, pair.before),
    );
    const other = ways.filter(
      (way, i) => way.length > 0 && (pairs.length === 1 || pairs[i]?.before !== before),
    );
    const way = other.reduce((best, each) => (each.length < best.length ? each : best), other[0] ?? []);
    const steps = way.slice(1).map((to, i) => {
      const from = way[i] ?? to;
      return { from, to, relation: named.get(`${from} ${to}`) ?? "po" };
    });
    return [{ from: before, to: after, relation: "missing" }, ...steps];
  });
}
