/** Paths in a relation of n events given as one byte per pair. For explanations: plain breadth-first searches. */

/** Events from `from` to `to` along at least one edge, both included; empty when there is no path. */
export function shortestPath(edges: Uint8Array, n: number, from: number, to: number): readonly number[] {
  const before = new Map<number, number>();
  const queue = [from];
  for (let at = queue.shift(); at !== undefined; at = queue.shift())
    for (let next = 0; next < n; next++) {
      if (edges[at * n + next] !== 1 || before.has(next)) continue;
      before.set(next, at);
      if (next === to) return back(before, from, to);
      queue.push(next);
    }
  return [];
}

function back(before: ReadonlyMap<number, number>, from: number, to: number): readonly number[] {
  const path = [to];
  for (let at = before.get(to); at !== undefined; at = before.get(at)) {
    path.unshift(at);
    if (at === from) break;
  }
  return path;
}

/** A shortest cycle, its first event repeated at the end; empty when there is none. */
export function shortestCycle(edges: Uint8Array, n: number): readonly number[] {
  let best: readonly number[] = [];
  for (let i = 0; i < n; i++) {
    const cycle = shortestPath(edges, n, i, i);
    if (cycle.length > 0 && (best.length === 0 || cycle.length < best.length)) best = cycle;
  }
  return best;
}

/** The transitive closure. */
export function reach(edges: Uint8Array, n: number): Uint8Array {
  const closed = edges.slice();
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++)
      if (closed[i * n + k] === 1)
        for (let j = 0; j < n; j++) if (closed[k * n + j] === 1) closed[i * n + j] = 1;
  return closed;
}
