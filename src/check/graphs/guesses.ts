/**
 * Branches that are taken before their condition is known, where waiting for it would be waiting for oneself.
 *
 * What comes behind the join of a branch depends on the condition by no relation of the kernel's model: of
 *
 *     r1 = 1; if (READ_ONCE(*x) == 0) r1 = 0; WRITE_ONCE(*y, r1);     in another thread: r2 = READ_ONCE(*y); WRITE_ONCE(*x, r2);
 *
 * there is an execution in which both read 1, as herd7 finds it. The search gets there when reads wait for each other: it
 * guesses the way of the first branch in line, and an execution in which the condition comes out differently is none. An
 * execution that needs no guess is not found this way, since on the way to it no reads wait for each other.
 *
 * Events inside of the branch depend on the condition. They were made before the reads that it hangs on; what these are is
 * known when the thread passes the branch, and the pairs of `ctrl` are added then. A consistent graph that lacks some of
 * its pairs is no more than a graph that is judged too late.
 */

import { type ExecutionGraph, KEYS } from "./graph.ts";
import type { Threads } from "./threads.ts";

export class Guesses {
  /** Pairs of a dependency that were added late and hold now. */
  late = 0;
  readonly addr: Uint32Array | undefined;
  readonly data: Uint32Array | undefined;
  readonly ctrl: Uint32Array | undefined;
  readonly #threads: Threads;
  readonly #graph: ExecutionGraph;
  /** Of each pair the relation; from, to. */
  readonly #relations: Uint32Array[] = [];
  readonly #pairs: number[] = [];

  constructor(threads: Threads, graph: ExecutionGraph) {
    this.#threads = threads;
    this.#graph = graph;
    this.addr = graph.relations.get("addr");
    this.data = graph.relations.get("data");
    this.ctrl = graph.relations.get("ctrl");
  }

  /** Adds what events inside of branches that turned out as guessed depend on. */
  settle(): void {
    const { confirmed } = this.#threads;
    for (let pc = confirmed.pop(); pc !== undefined; pc = confirmed.pop())
      this.#relateRegion(confirmed.pop() ?? 0, pc);
  }

  /** Takes back late pairs down to a number of them. */
  takeBack(late: number): void {
    while (this.late > late) {
      const to = this.#pairs[2 * --this.late + 1] ?? 0;
      const relation = this.#relations[this.late];
      if (relation !== undefined) this.#graph.unrelate(relation, this.#pairs[2 * this.late] ?? 0, to);
    }
  }

  #relateRegion(t: number, branch: number): void {
    const { codes, heap, dependencies, words } = this.#threads;
    const code = codes[t];
    if (code === undefined || this.ctrl === undefined) return;
    const control = code.control[branch] ?? 0;
    const { n, thread, key } = this.#graph;
    for (let e = 0; e < n; e++) {
      if (thread[e] !== t || code.sites[((key[e] ?? 0) / KEYS) | 0]?.controls.includes(control) !== true)
        continue;
      const at = (dependencies[t] ?? 0) + control * words;
      for (let w = 0; w < words; w++) this.relate(this.ctrl, w, heap[at + w] ?? 0, e);
    }
  }

  /** Relates reads, bits of word `word` of a set, to an event that is in the graph. */
  relate(relation: Uint32Array, word: number, reads: number, to: number): void {
    for (let rest = reads; rest !== 0; rest &= rest - 1) {
      const from = (word << 5) + 31 - Math.clz32(rest & -rest);
      if (!this.#graph.relateLate(relation, from, to)) continue;
      this.#relations[this.late] = relation;
      this.#pairs[2 * this.late] = from;
      this.#pairs[2 * this.late++ + 1] = to;
    }
  }
}
