/**
 * A search in the middle of a step: a new write has been offered to some of the reads that wait and not to others.
 *
 * Updates that wait for one location take the write one after the other, each the one that the last one left, so that the
 * orders of k of them are tried within one step. That is where merging saves most for reference counts, and why such
 * half-done steps are remembered like whole ones.
 *
 * An offer counts for a waiting read that is still to be asked and could take the write: not for an update that always
 * writes when another has taken it.
 */

import type { ExecutionGraph } from "../graph.ts";
import type { Instance } from "../instance.ts";
import { COND, OP } from "../opcodes.ts";
import { bitOf, type Waiting } from "../waiting.ts";

export class Offers {
  /** Offers that count for some read: their writes. */
  count = 0;
  readonly writes: Int32Array;
  /** By number of a waiting read: the offers that count for it, as bits; an offer beyond those cannot be told. */
  readonly pending: Int32Array;
  readonly #graph: ExecutionGraph;
  readonly #sites: Instance["sites"];

  constructor({ graph, sites }: Instance) {
    this.#graph = graph;
    this.#sites = sites;
    this.writes = new Int32Array(graph.capacity);
    this.pending = new Int32Array(graph.capacity);
  }

  /** Takes the offers of the search in pairs, a write and the first number that has not been asked. False: too many. */
  read(waiting: Waiting, offers: readonly number[], offered: number): boolean {
    this.count = 0;
    this.pending.fill(0, 0, waiting.end);
    for (let i = 0; i < offered; i += 2) {
      const bit = bitOf(this.count);
      if (bit === 0) return false;
      if (this.#counts(waiting, offers[i] ?? 0, offers[i + 1] ?? 0, bit))
        this.writes[this.count++] = offers[i] ?? 0;
    }
    return true;
  }

  #counts({ end, alive, operations }: Waiting, write: number, from: number, bit: number): boolean {
    const { location, taken } = this.#graph;
    const isTaken = (taken[write] ?? -1) >= 0;
    let found = false;
    for (let number = from; number < end; number++) {
      if (alive[number] === 0 || operations.location[number] !== location[write]) continue;
      if (isTaken && this.#takesAlone(operations.thread[number] ?? 0, operations.pc[number] ?? 0)) continue;
      this.pending[number] = (this.pending[number] ?? 0) | bit;
      found = true;
    }
    return found;
  }

  /** An op whose read takes a write that no other update has taken, or none. */
  #takesAlone(t: number, pc: number): boolean {
    const site = this.#sites[t]?.[pc];
    return (
      site !== undefined && (site.kind === OP.lock || (site.kind === OP.read && site.cond === COND.always))
    );
  }
}
