/**
 * Whether the reads that wait can still be served: the least fixpoint of "some write to come at its location hangs on
 * such reads alone" (guide C.1). It cuts the search as soon as reads wait for each other.
 *
 * A thread that awaits a value or a lock may also be stuck for good. Then nothing more comes to its location, and the
 * last write there must not let it go on: one that would is an execution that only an unfair scheduler stops.
 */

import type { Ahead } from "./ahead.ts";
import type { Site } from "./code.ts";
import type { Instance } from "./instance.ts";
import { OP } from "./opcodes.ts";
import { NAMED, writes } from "./threads.ts";
import type { Waiting } from "./waiting.ts";

export class Service {
  readonly #instance: Instance;
  readonly #waiting: Waiting;
  readonly #ahead: Ahead;

  constructor(instance: Instance, waiting: Waiting, ahead: Ahead) {
    this.#instance = instance;
    this.#waiting = waiting;
    this.#ahead = ahead;
  }

  /** False when some waiting read waits in vain. */
  possible(): boolean {
    this.#ahead.gather(this.#instance.inOrder);
    const ok = this.#served();
    const { alive, end } = this.#waiting;
    for (let i = 0; i < end && i < NAMED; i++) {
      if (alive[i] === 1 && ((ok >>> i) & 1) === 0 && !this.#mayStayStuck(i)) return false;
    }
    return true;
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

  #mayStayStuck(i: number): boolean {
    const { operations } = this.#waiting;
    const { graph, sites } = this.#instance;
    const site = sites[operations.thread[i] ?? 0]?.[operations.pc[i] ?? 0] as Site;
    if (site.kind !== OP.await && site.kind !== OP.lock) return false;
    const last = graph.last(operations.location[i] ?? 0);
    return !writes(site.cond, graph.value[last] ?? 0, operations.extra[i] ?? 0);
  }
}
