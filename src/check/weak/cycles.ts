/**
 * Cycles of program order, reads-from, coherence and from-reads: what tells an execution from a sequentially consistent one
 * (Shasha and Snir, TOPLAS 1988).
 */
import type { ExecutionGraph } from "../graphs/graph.ts";

/** An edge of an execution graph; of coherence and from-reads the next step, of program order too. */
export interface BaseEdge {
  readonly from: number;
  readonly to: number;
  readonly relation: "po" | "rf" | "co" | "fr" | "rmw";
}

export function* baseEdges(graph: ExecutionGraph): Generator<BaseEdge> {
  const last = new Map<number, number>();
  for (let e = 0; e < graph.n; e++) {
    const thread = graph.thread[e] ?? -1;
    const before = last.get(thread);
    if (thread >= 0 && before !== undefined) yield { from: before, to: e, relation: "po" };
    last.set(thread, e);
    const source = graph.source[e] ?? -1;
    if (source >= 0) {
      yield { from: source, to: e, relation: "rf" };
      const next = writeBehind(graph, source);
      if (next >= 0 && graph.partner[next] !== e) yield { from: e, to: next, relation: "fr" };
    } else if ((graph.place[e] ?? -1) >= 0) {
      const next = writeBehind(graph, e);
      if (next >= 0) yield { from: e, to: next, relation: "co" };
    }
    const read = graph.partner[e] ?? -1;
    if (read >= 0) yield { from: read, to: e, relation: "rmw" };
  }
}

/** The write that comes next in the coherence order, −1 if none does. */
export function writeBehind(graph: ExecutionGraph, write: number): number {
  const location = graph.location[write] ?? 0;
  const place = (graph.place[write] ?? 0) + 1;
  return place < (graph.count[location] ?? 0) ? (graph.order[location * graph.writes + place] ?? -1) : -1;
}

/**
 * Marks the events that are on some cycle. A read-side section counts as one: what comes behind its end leads to its begin
 * (`sections`: per event, +1 where one begins, −1 where one ends).
 */
export function onCycles(graph: ExecutionGraph, sections: Int32Array): Uint8Array {
  const next: number[][] = Array.from({ length: graph.n }, () => []);
  for (const { from, to } of baseEdges(graph)) next[from]?.push(to);
  const begun = new Map<number, number[]>();
  for (let e = 0; e < graph.n; e++) {
    const stack = begun.get(graph.thread[e] ?? -1) ?? [];
    begun.set(graph.thread[e] ?? -1, stack);
    if ((sections[e] ?? 0) > 0) stack.push(e);
    const begin = (sections[e] ?? 0) < 0 ? stack.pop() : undefined;
    if (begin !== undefined) next[e]?.push(begin);
  }
  const marks = new Uint8Array(graph.n);
  for (let e = 0; e < graph.n; e++) if (marks[e] === 0 && pathBetween(next, e, e).length > 0) marks[e] = 1;
  return marks;
}

/** A shortest path of at least one edge, both ends included; empty when there is none. */
export function pathBetween(next: readonly (readonly number[])[], from: number, to: number): number[] {
  const before = new Map<number, number>();
  const queue = [from];
  for (let i = 0; i < queue.length; i++) {
    for (const e of next[queue[i] ?? 0] ?? []) {
      if (before.has(e)) continue;
      before.set(e, queue[i] ?? 0);
      if (e === to) return walkBack(before, from, to);
      queue.push(e);
    }
  }
  return [];
}

function walkBack(before: ReadonlyMap<number, number>, from: number, to: number): number[] {
  const path = [to];
  for (let e = before.get(to); e !== undefined; e = before.get(e)) {
    path.unshift(e);
    if (e === from) break;
  }
  return path;
}
