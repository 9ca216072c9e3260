/** Which of the values in memory still matter: those that an access to come may read, and last ones that are looked at. */

import type { ExecutionGraph } from "../graph.ts";
import type { Waiting } from "../waiting.ts";
import type { Past } from "./past.ts";

export class Contents {
  readonly #graph: ExecutionGraph;
  readonly #past: Past;
  /** Locations whose last write is observed; with those that someone waits at, who may be stuck with it. */
  readonly #observed: Uint8Array;
  readonly #told: Uint8Array;

  constructor(graph: ExecutionGraph, past: Past, locations: number, observed: readonly number[]) {
    this.#graph = graph;
    this.#past = past;
    this.#observed = new Uint8Array(locations);
    this.#told = new Uint8Array(locations);
    for (const x of observed) this.#observed[x] = 1;
  }

  /** Takes note of who waits. */
  look({ end, alive, operations }: Waiting): void {
    this.#told.set(this.#observed);
    for (let i = 0; i < end; i++) if (alive[i] === 1) this.#told[operations.location[i] ?? 0] = 1;
  }

  /** Whether the value of the write at a place of a location's order matters. */
  matters(x: number, place: number): boolean {
    const { reachable, locked } = this.#past;
    // What may be read is decided by place, but for locks: which writes leave one free must be told.
    if (place >= (reachable[x] ?? 0) || locked[x] === 1) return true;
    return this.#told[x] === 1 && place === (this.#graph.count[x] ?? 0) - 1;
  }

  /** What the last past write left in a location, 0 if that does not matter. */
  left(x: number): number {
    const { order, writes, count, value } = this.#graph;
    const last = Math.min(count[x] ?? 0, this.#past.places[x] ?? 0) - 1;
    return last >= 0 && this.matters(x, last) ? (value[order[x * writes + last] ?? 0] ?? 0) : 0;
  }
}
