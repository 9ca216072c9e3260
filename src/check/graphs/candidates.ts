/**
 * Where a read may look and a write may go, by coherence and the atomicity of updates alone.
 *
 * Coherence is "acyclic po-loc | rf | co | fr": of the events of one thread at one location, those that come earlier
 * in program order bound the source of a read, or the place of a write, from below, and those that come later, which
 * may be in the graph already, from above. An update's write is right behind the write that it read from, and nothing
 * comes between them. What is filtered here need not be proposed to the model.
 */

import type { Site } from "./code.ts";
import { type ExecutionGraph, KEYS } from "./graph.ts";
import { OP } from "./opcodes.ts";
import { writes } from "./threads.ts";
import type { Operations } from "./waiting.ts";

export class Candidates {
  /** A read may take the writes at these indices of its location's order. */
  low = 0;
  high = 0;
  /** A write may be put before the write at these indices (`high` may be the number of writes: at the end). */
  slotLow = 0;
  slotHigh = 0;
  readonly #graph: ExecutionGraph;
  readonly #coherent: boolean;

  constructor(graph: ExecutionGraph, coherent: boolean) {
    this.#graph = graph;
    this.#coherent = coherent;
  }

  /** Sets the bounds for an operation. */
  bound(operations: Operations, i: number): void {
    const graph = this.#graph;
    const t = operations.thread[i] ?? 0;
    const key = KEYS * (operations.pc[i] ?? 0);
    const location = operations.location[i] ?? 0;
    const count = graph.count[location] ?? 0;
    this.low = 0;
    this.high = count - 1;
    this.slotLow = 1;
    this.slotHigh = count;
    if (!this.#coherent) return;
    const { thread, place, source } = graph;
    for (let e = 0; e < graph.n; e++) {
      if (thread[e] !== t || graph.location[e] !== location) continue;
      const own = place[e] ?? -1;
      const from = source[e] ?? -1;
      if (own < 0 && from < 0) continue;
      const at = own >= 0 ? own : (place[from] ?? 0);
      if ((graph.key[e] ?? 0) < key) {
        if (at > this.low) this.low = at;
        if (at + 1 > this.slotLow) this.slotLow = at + 1;
      } else {
        const limit = own >= 0 ? at - 1 : at;
        if (limit < this.high) this.high = limit;
        if (at < this.slotHigh) this.slotHigh = at;
      }
    }
  }

  /** Whether a read may take a write that is within its bounds; `slotHigh` is one of them. */
  admits(operations: Operations, i: number, site: Site, write: number, slotHigh: number): boolean {
    const graph = this.#graph;
    const extra = operations.extra[i] ?? 0;
    const yes = writes(site.cond, graph.value[write] ?? 0, extra);
    if (site.kind === OP.await) return yes;
    if (!yes) return site.kind !== OP.lock;
    return (graph.taken[write] ?? -1) < 0 && (graph.place[write] ?? 0) + 1 <= slotHigh;
  }

  /** Whether a write before index `slot` would come between the halves of an update. */
  splits(location: number, slot: number): boolean {
    const graph = this.#graph;
    return (graph.taken[graph.order[location * graph.writes + slot - 1] ?? 0] ?? -1) >= 0;
  }

  /** Whether an operation comes last in its thread so far. */
  isLast(operations: Operations, i: number): boolean {
    const { n, thread, key } = this.#graph;
    const t = operations.thread[i] ?? 0;
    const own = KEYS * (operations.pc[i] ?? 0);
    for (let e = 0; e < n; e++) if (thread[e] === t && (key[e] ?? 0) > own) return false;
    return true;
  }

  /** The acquisition that an unlock ends; −1 when its thread does not hold the lock. */
  heldBy(operations: Operations, i: number): number {
    const graph = this.#graph;
    const t = operations.thread[i] ?? 0;
    const location = operations.location[i] ?? 0;
    const own = KEYS * (operations.pc[i] ?? 0);
    let latest = -1;
    for (let e = 0; e < graph.n; e++) {
      if (graph.thread[e] !== t || graph.location[e] !== location || (graph.place[e] ?? -1) < 0) continue;
      const key = graph.key[e] ?? 0;
      if (key < own && (latest < 0 || key > (graph.key[latest] ?? 0))) latest = e;
    }
    return latest >= 0 && graph.value[latest] !== 0 ? latest : -1;
  }
}
