/**
 * The relations of an event to the reads that it depends on: `addr`, `data`, `ctrl`, and those within an update.
 *
 * `ctrl` ends where the branch does, as in herd7's C and the kernel's model; `ctrl-all` goes on to everything behind
 * it, as processors see it. A fetch-and-op's write depends on its own read; that of `xchg` and of a conditional update
 * does not (guide A.3).
 */

import type { ExecutionGraph } from "./graph.ts";
import type { Operations } from "./waiting.ts";

export const DEPENDENCIES: readonly string[] = ["addr", "data", "ctrl", "ctrl-all"];

export class Dependencies {
  readonly #graph: ExecutionGraph;
  readonly #words: number;
  readonly #addr: Uint32Array | undefined;
  readonly #data: Uint32Array | undefined;
  readonly #ctrl: Uint32Array | undefined;
  readonly #ctrlAll: Uint32Array | undefined;
  readonly #rmw: Uint32Array | undefined;
  readonly #lockRmw: Uint32Array | undefined;

  /** @param words Words of a set of events where dependencies are kept, 0 where they are not. */
  constructor(graph: ExecutionGraph, words: number) {
    const { relations } = graph;
    this.#graph = graph;
    this.#words = words;
    this.#addr = relations.get("addr");
    this.#data = relations.get("data");
    this.#ctrl = relations.get("ctrl");
    this.#ctrlAll = relations.get("ctrl-all");
    this.#rmw = relations.get("rmw");
    this.#lockRmw = relations.get("lk-rmw");
  }

  /** Address and control dependencies of operation i's event. */
  relate(operations: Operations, i: number, event: number): void {
    const words = this.#words;
    const at = i * words * 4;
    const { dependencies } = operations;
    const graph = this.#graph;
    if (this.#addr !== undefined) graph.relateFrom(this.#addr, dependencies, at, event);
    if (this.#ctrl !== undefined) graph.relateFrom(this.#ctrl, dependencies, at + 2 * words, event);
    if (this.#ctrlAll !== undefined) graph.relateFrom(this.#ctrlAll, dependencies, at + 3 * words, event);
  }

  /** Data dependencies of a write. */
  data(operations: Operations, i: number, event: number): void {
    const words = this.#words;
    if (this.#data === undefined || words === 0) return;
    this.#graph.relateFrom(this.#data, operations.dependencies, i * words * 4 + words, event);
  }

  /** The halves of an update: `lock` of an acquisition, `computes` where the value written comes from the one read. */
  pair(read: number, write: number, lock: boolean, computes: boolean): void {
    const graph = this.#graph;
    const pairs = lock ? (this.#lockRmw ?? this.#rmw) : this.#rmw;
    if (pairs !== undefined) graph.relate(pairs, read, write);
    if (computes && this.#data !== undefined) graph.relate(this.#data, read, write);
  }
}
