/** Which thread a search goes on with, and which of its ops: whatever can be made now and is best made early. */

import type { Ahead } from "./ahead.ts";
import type { Instance } from "./instance.ts";
import { OP } from "./opcodes.ts";
import { HALT } from "./threads.ts";

/** No thread: nothing can be made; a loop hit its bound; a branch went the other way than was guessed. */
export const PICK = { none: -1, cut: -2, wrong: -3 } as const;

export class Picker {
  readonly #instance: Instance;
  readonly #ahead: Ahead;

  constructor(instance: Instance, ahead: Ahead) {
    this.#instance = instance;
    this.#ahead = ahead;
  }

  /** The thread to go on with, its operation in `found`: one that writes or fences if there is one, else one that reads. */
  pick(): number {
    const { threads } = this.#instance;
    const { heap } = threads;
    let best: number = PICK.none;
    for (let t = 0; t < threads.codes.length; t++) {
      const halted = heap[threads.halted[t] ?? 0];
      if (halted === HALT.cut) return PICK.cut;
      if (halted === HALT.wrong) return PICK.wrong;
      if (halted !== HALT.running) continue;
      const pc = this.#instance.inOrder ? this.#frontier(t) : this.#ahead.next(t);
      if (pc < 0) {
        this.#haltAtStray(t);
        continue;
      }
      const kind = threads.codes[t]?.op[pc] ?? 0;
      if (kind !== OP.read && kind !== OP.await && kind !== OP.lock) return t;
      if (best < 0) best = t;
    }
    return best;
  }

  /** In program order: the op at the frontier, unless it waits. */
  #frontier(t: number): number {
    const { threads } = this.#instance;
    const pc = threads.heap[threads.pc[t] ?? 0] ?? 0;
    const site = threads.codes[t]?.sites[pc];
    if (site === undefined || threads.heap[(threads.issued[t] ?? 0) + pc] === -1) return PICK.none;
    this.#ahead.capture(t, pc, site);
    return site.struct >= 0 && this.#ahead.found.location[t] === -1 ? PICK.none : pc;
  }

  /** A thread whose next access goes nowhere stops there. */
  #haltAtStray(t: number): void {
    const { threads } = this.#instance;
    const pc = threads.heap[threads.pc[t] ?? 0] ?? 0;
    const site = threads.codes[t]?.sites[pc];
    if (site === undefined || site.struct < 0) return;
    if (threads.heap[(threads.issued[t] ?? 0) + pc] !== 0 || threads.isOpen(t, site.obj)) return;
    this.#ahead.capture(t, pc, site);
    if (this.#ahead.found.location[t] === -1) threads.set(threads.halted[t] ?? 0, HALT.stray);
  }
}
