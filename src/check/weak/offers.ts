/**
 * Which outcomes an access may have in the graph at hand, as far as coherence and the atomicity of updates tell: the model is
 * asked when one of them is tried (`step.ts`).
 */
import { apply, COND, OP } from "../graphs/opcodes.ts";
import { writes } from "../graphs/threads.ts";
import type { Accesses } from "./accesses.ts";
import type { EventClasses, SiteAccess } from "./classes.ts";
import type { Guesses } from "./guesses.ts";
import type { HeldReads } from "./held.ts";
import type { LiveGraph } from "./live_graph.ts";
import { MOST_PLACES, MOST_TAKERS, outcomeOf, pastOutcome } from "./outcome.ts";
import { isNumbered } from "./past_values.ts";
import type { Reachable } from "./reachable.ts";

/** Outcomes that one access may have. */
const MOST_OUTCOMES = 256;

/** As much of an access as says which places it may have. */
type Access = Pick<SiteAccess, "kind" | "cond">;

/** The write of an update whose read is a guess has the places of a store. */
export const AS_STORE: Access = { kind: OP.store, cond: COND.never };

/** What there is to choose from where the model lets a CPU run ahead of its reads. */
export interface Ahead {
  readonly guesses: Guesses;
  readonly held: HeldReads;
}

export class Offers {
  /** The outcomes that were offered last. */
  readonly list = new Int32Array(MOST_OUTCOMES);
  /** There were more than can be told apart. */
  full = false;
  /** More reads waited for one write than can take it at once. */
  cut = false;
  /** The graph forgets nothing: what has been forgotten where the path was found is among the writes here. */
  keepsAll = false;
  readonly #live: LiveGraph;
  readonly #accesses: Accesses;
  readonly #reachable: Reachable;
  readonly #classes: EventClasses;
  readonly #ahead: Ahead | undefined;

  constructor(
    live: LiveGraph,
    accesses: Accesses,
    reachable: Reachable,
    classes: EventClasses,
    ahead: Ahead | undefined,
  ) {
    this.#live = live;
    this.#accesses = accesses;
    this.#reachable = reachable;
    this.#classes = classes;
    this.#ahead = ahead;
  }

  /** Fills `list` and returns how many. `now`: what the newest write of the cell has left there. */
  of(access: SiteAccess, c: number, cell: number, extra: number, now: number, waiting: boolean): number {
    const places = this.#offerPlaces(access, c, cell, extra, now);
    const n = waiting && this.#mayWrite(access) ? this.#offerTakers(c, cell, places) : places;
    return this.#ahead === undefined || isStore(access)
      ? n
      : this.#offerGuesses(this.#ahead, access, c, cell, extra, n);
  }

  /** What is there to be read, or to go behind. */
  #offerPlaces(access: SiteAccess, c: number, cell: number, extra: number, now: number): number {
    const location = this.#occupied(cell);
    if (location < 0) {
      // Only what can be read now is there to be read; whether it satisfies a wait is known.
      this.list[0] = 0;
      return waits(access) && !writes(access.cond, now, extra) ? 0 : 1;
    }
    const places = this.#places(access, c, location, extra);
    const n = access.kind === OP.unlock ? Math.min(1, places) : places;
    for (let i = 0; i < n; i++) this.list[i] = i;
    if (n === MOST_PLACES) this.full = true;
    return isLoad(access) ? this.#offerPast(access, c, cell, location, extra, n) : n;
  }

  /** Values that are older than all that is kept, for a CPU that has seen none of it. */
  #offerPast(access: Access, c: number, cell: number, location: number, extra: number, from: number): number {
    const values = this.keepsAll ? this.#writtenValues(cell, location) : this.#pastValues(c, cell, location);
    let n = from;
    for (const value of values)
      if (!waits(access) || writes(access.cond, value, extra)) this.list[n++] = pastOutcome(value);
    return n;
  }

  #pastValues(c: number, cell: number, location: number): readonly number[] {
    const { past } = this.#live;
    return past.has(cell) && this.lowest(c, location) === 0 ? past.of(cell, c) : [];
  }

  #writtenValues(cell: number, location: number): readonly number[] {
    if (!this.#accesses.hasOneWriter(cell)) return [];
    const { graph } = this.#live;
    const row = location * graph.writes;
    const writes = graph.order.subarray(row, row + (graph.count[location] ?? 0));
    return [...new Set(Array.from(writes, (e) => graph.value[e] ?? 0))].filter(isNumbered);
  }

  #places(access: Access, c: number, location: number, extra: number): number {
    let n = 0;
    while (n < MOST_PLACES && this.placeOf(access, c, location, n, extra) >= 0) n++;
    return n;
  }

  /** The row of a cell in which there are writes; −1. */
  #occupied(cell: number): number {
    const location = this.#live.locationOf(cell);
    return location < 0 || (this.#live.graph.count[location] ?? 0) === 0 ? -1 : location;
  }

  /** The same places, and reads that wait for such a write take it. */
  #offerTakers(c: number, cell: number, places: number): number {
    const { graph } = this.#live;
    let takers = 0;
    for (let e = 0; e < graph.n; e++)
      if (this.#live.cell[e] === cell && graph.thread[e] !== c && this.#live.isWaiting(e)) takers++;
    if (takers > MOST_TAKERS) this.cut = true;
    const sets = 1 << Math.min(takers, MOST_TAKERS);
    let n = places;
    for (let taken = 1; taken < sets; taken++)
      for (let i = 0; i < places; i++) this.list[n++] = outcomeOf(this.list[i] ?? 0, taken, -1);
    return n;
  }

  #mayWrite(access: SiteAccess): boolean {
    return access.kind !== OP.await && this.#classes.all[access.write]?.write === true;
  }

  /** The read takes a write that is not there yet, with a value of its field's list. */
  #offerGuesses(
    { guesses, held }: Ahead,
    access: SiteAccess,
    c: number,
    cell: number,
    extra: number,
    from: number,
  ): number {
    const place = this.#accesses.placeOf(cell);
    if (place === undefined || !this.#accesses.mayBeWrittenByOthers(c, cell)) return from;
    let n = from;
    for (const [i, value] of guesses.listOf(place).entries()) {
      const holds = writes(access.cond, value, extra);
      if (waits(access) && !holds) continue;
      const updates = access.kind !== OP.await && holds;
      if (!guesses.offers(place, cell, c, i, updates) || this.#reachable.isGone(place, value)) continue;
      if (held.isHeld(readClass(access, updates), updates ? access.write : -1)) continue;
      const slots = updates ? this.#slots(c, cell) : 1;
      for (let slot = 0; slot < slots && n < MOST_OUTCOMES; slot++) this.list[n++] = outcomeOf(slot, 0, i);
    }
    if (n === MOST_OUTCOMES) this.full = true;
    return n;
  }

  /** Places for the write of an update whose read is a guess: as for a store. */
  #slots(c: number, cell: number): number {
    const location = this.#occupied(cell);
    if (location < 0) return 1;
    return this.#places(AS_STORE, c, location, 0);
  }

  /** Index in the order of a location of the write that place `a` of an access stands for; −1 when there is none. */
  placeOf(access: Access, c: number, location: number, a: number, extra: number): number {
    const { graph } = this.#live;
    const low = this.lowest(c, location);
    let left = a;
    for (let place = (graph.count[location] ?? 0) - 1; place >= low; place--) {
      const write = graph.order[location * graph.writes + place] ?? 0;
      const taken = (graph.taken[write] ?? -1) >= 0;
      const stores = isStore(access);
      const holds = !stores && writes(access.cond, graph.value[write] ?? 0, extra);
      if (waits(access) && !holds) continue;
      if (taken && (stores || (holds && access.kind !== OP.await))) continue;
      if (left-- === 0) return place;
    }
    return -1;
  }

  /** Index of the oldest write that coherence lets CPU `c` read: it writes behind that. */
  lowest(c: number, location: number): number {
    const { graph } = this.#live;
    let low = 0;
    for (let e = 0; e < graph.n; e++) {
      if (graph.thread[e] !== c || graph.location[e] !== location) continue;
      const own = graph.place[e] ?? -1;
      const from = graph.source[e] ?? -1;
      const at = own >= 0 ? own : from >= 0 ? (graph.place[from] ?? 0) : 0;
      if (at > low) low = at;
    }
    return low;
  }
}

export const isStore = ({ kind }: Access): boolean => kind === OP.store || kind === OP.unlock;
/** It never writes. */
const isLoad = (access: Access): boolean =>
  !isStore(access) && (access.kind === OP.await || access.cond === COND.never);
const waits = ({ kind }: Access): boolean => kind === OP.await || kind === OP.lock;

/** What an access makes of the value it has read: whether it writes, and what. */
export function effect(
  access: SiteAccess,
  old: number,
  value: number,
  extra: number,
): { readonly updates: boolean; readonly now: number; readonly read: number } {
  const updates = access.kind !== OP.await && writes(access.cond, old, extra);
  return { updates, now: updates ? apply(access.fn, old, value) : old, read: readClass(access, updates) };
}

/** The class of the read of an access that writes, or does not. */
function readClass(access: SiteAccess, updates: boolean): number {
  return updates || access.kind === OP.await || access.cond === COND.never ? access.read : access.failed;
}
