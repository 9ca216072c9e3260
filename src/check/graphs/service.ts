/**
 * Whether the reads that wait can still be served: the least fixpoint of "some write to come at its location hangs on
 * such reads alone" (guide C.1). It cuts the search as soon as reads wait for each other.
 *
 * A thread that awaits a value or a lock may also be stuck for good. Then nothing more comes to its location, and the
 * last write there must not let it go on: one that would is an execution that only an unfair scheduler stops.
 */

import { type Ahead, AS, mayWriteLater } from "./ahead.ts";
import type { Site } from "./code.ts";
import type { Instance } from "./instance.ts";
import { OP } from "./opcodes.ts";
import { HALT, NAMED, writes } from "./threads.ts";
import { isVariable } from "./undetermined.ts";
import type { Operations, Waiting } from "./waiting.ts";

export class Service {
  readonly #instance: Instance;
  readonly #waiting: Waiting;
  readonly #ahead: Ahead;

  constructor(instance: Instance, waiting: Waiting, ahead: Ahead) {
    this.#instance = instance;
    this.#waiting = waiting;
    this.#ahead = ahead;
  }

  /** False when some waiting read waits in vain; `hopeful`: even if branches are guessed and values supposed. */
  possible(hopeful = false): boolean {
    const { inOrder, ordering, threads } = this.#instance;
    const known = ordering.dependencies && !threads.supposing;
    this.#ahead.gather(inOrder, !hopeful ? AS.found : known ? AS.ordered : AS.guessed);
    const ok = this.#served();
    const { alive, supposed, end } = this.#waiting;
    for (let i = 0; i < end && i < NAMED; i++) {
      if (alive[i] === 0 || ((ok >>> i) & 1) === 1 || this.#mayStayStuck(i)) continue;
      if (supposed[i] === 0 || !this.#hasHope(i)) return false;
    }
    return true;
  }

  /** Whether a write is there that was refused because of a variable, or may come, whatever it hangs on. */
  #hasHope(i: number): boolean {
    const { operations } = this.#waiting;
    const location = operations.location[i] ?? 0;
    return (
      this.#ahead.mayCome(location, operations.thread[i] ?? 0, operations.pc[i] ?? 0, -1) ||
      this.#isOpen(location)
    );
  }

  /**
   * Of the reads that wait in vain, the first that may be supposed to have some value; −1 where that would help nobody:
   * no write comes at some location, whatever it hangs on, nor is there one that was refused because of a variable.
   */
  toSuppose(): number {
    const { alive, supposed, end, operations } = this.#waiting;
    const { sites } = this.#instance;
    this.#ahead.gather(false);
    const ok = this.#served();
    let first = -1;
    for (let i = Math.min(end, NAMED) - 1; i >= 0; i--) {
      if (alive[i] === 0 || ((ok >>> i) & 1) === 1) continue;
      const [t, pc] = [operations.thread[i] ?? 0, operations.pc[i] ?? 0];
      if (!this.#hasHope(i) && !this.#mayStayStuck(i)) return -1;
      if (supposed[i] === 0 && sites[t]?.[pc]?.kind === OP.read) first = i;
    }
    const { ordering, threads } = this.#instance;
    return first >= 0 && ordering.dependencies && !threads.supposing && !this.possible(true) ? -1 : first;
  }

  /** Whether some write of a location holds a variable. */
  #isOpen(location: number): boolean {
    const { graph, threads } = this.#instance;
    if (!threads.supposing) return false;
    const base = location * graph.writes;
    for (let at = (graph.count[location] ?? 0) - 1; at >= 0; at--)
      if (isVariable(graph.value[graph.order[base + at] ?? 0] ?? 0)) return true;
    return false;
  }

  /** The waiting reads that a write may still come for, as bits. */
  #served(): number {
    const { operations, alive, end } = this.#waiting;
    let ok = 0;
    for (let before = -1; before !== ok; ) {
      before = ok;
      for (let i = 0; i < end && i < NAMED; i++) {
        if (alive[i] === 0 || ((ok >>> i) & 1) === 1) continue;
        const location = operations.location[i] ?? 0;
        if (this.#ahead.mayCome(location, operations.thread[i] ?? 0, operations.pc[i] ?? 0, ok)) ok |= 1 << i;
      }
    }
    return ok;
  }

  /** Whether a read is worth being put off: a quick look, `possible` looks closer. */
  mayDefer(operations: Operations, i: number, site: Site): boolean {
    const { threads, inOrder } = this.#instance;
    const own = operations.thread[i] ?? 0;
    const location = operations.location[i] ?? 0;
    for (let t = 0; t < threads.codes.length; t++) {
      const code = threads.codes[t];
      if (code === undefined || (t === own && inOrder)) continue;
      if (threads.heap[threads.halted[t] ?? 0] !== HALT.running) continue;
      if (mayWriteLater(code, threads.heap[threads.pc[t] ?? 0] ?? 0, location)) return true;
    }
    return this.#staysStuck(operations, i, site);
  }

  #mayStayStuck(i: number): boolean {
    const { operations } = this.#waiting;
    const { sites } = this.#instance;
    return this.#staysStuck(operations, i, sites[operations.thread[i] ?? 0]?.[operations.pc[i] ?? 0] as Site);
  }

  #staysStuck(operations: Operations, i: number, site: Site): boolean {
    const { graph } = this.#instance;
    if (site.kind !== OP.await && site.kind !== OP.lock) return false;
    const last = graph.last(operations.location[i] ?? 0);
    return !writes(site.cond, graph.value[last] ?? 0, operations.extra[i] ?? 0);
  }
}
