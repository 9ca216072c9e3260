/**
 * Which events of a graph are past: no edge of `po rf co fr` or of dependencies leads, or can come to lead, from an event
 * outside the past, made already or still to be made, into it. `docs/merging.md` proves that these may be forgotten.
 *
 * The rest, the *live* events, is everything that edges lead to from *open* events, those that an edge may still come to:
 * - an event that was made before an earlier event of its thread: it is behind the frontier;
 * - a write that a future write may be put before in coherence order, or that overwrites what a future read may take.
 *
 * What edges lead to is a suffix of each thread and of each location's order, so that the past is kept as one cut in each
 * of them. Dependencies are part of program order.
 */

import type { Section } from "../../../memory/locality.ts";
import { type ExecutionGraph, KEYS } from "../graph.ts";
import type { Instance } from "../instance.ts";
import { HALT, type Threads } from "../threads.ts";
import type { Offers } from "./offers.ts";
import { ACCESS, type Prospects } from "./prospects.ts";

/** Beyond all keys and places. */
export const NEVER = 0x7fffffff;

export class Past {
  /** Per thread, the key from which on its events are live. */
  readonly keys: Int32Array;
  /** Per location, the place from which on its writes are live. */
  readonly places: Int32Array;
  /** Per location, the first write that some access to come may read or be put behind; NEVER where nothing comes. */
  readonly reachable: Int32Array;
  /** Per location, 1 where someone may come to take a lock, which hangs on the values of writes. */
  readonly locked: Uint8Array;
  /** Per thread and location, the place of the last write that the thread's past accesses know of. */
  readonly #known: Int32Array;
  readonly #graph: ExecutionGraph;
  readonly #threads: Threads;
  readonly #prospects: readonly Prospects[];
  readonly #coherent: boolean;
  /** Sets whose events begin a section, and those that end one: section i is from `opens[i]` to `closes[i]`. */
  readonly #opens: readonly (Uint32Array | undefined)[];
  readonly #closes: readonly (Uint32Array | undefined)[];
  /** Those whose ends may be of different threads. */
  readonly #anywhere: readonly boolean[];
  readonly #locations: number;

  constructor(instance: Instance, prospects: readonly Prospects[], sections: readonly Section[]) {
    const { graph, threads, locations, coherent } = instance;
    this.#graph = graph;
    this.#threads = threads;
    this.#prospects = prospects;
    this.#coherent = coherent;
    this.#locations = locations.count;
    this.keys = new Int32Array(threads.codes.length);
    this.places = new Int32Array(locations.count);
    this.reachable = new Int32Array(locations.count);
    this.locked = new Uint8Array(locations.count);
    this.#known = new Int32Array(threads.codes.length * locations.count);
    this.#opens = sections.map(({ opens }) => graph.sets.get(opens));
    this.#closes = sections.map(({ closes }) => graph.sets.get(closes));
    this.#anywhere = sections.map(({ anywhere }) => anywhere === true);
  }

  /** Cuts the graph as it is now, with writes that waiting reads may still take. */
  cut({ writes: offered, count }: Offers): void {
    this.#learn();
    this.reachable.fill(NEVER);
    this.locked.fill(0);
    const { heap, halted, pc, codes } = this.#threads;
    for (let t = 0; t < codes.length; t++) {
      const running = heap[halted[t] ?? 0] === HALT.running;
      const frontier = heap[pc[t] ?? 0] ?? 0;
      this.keys[t] = running ? KEYS * frontier : NEVER;
      if (running) this.#expect(t, frontier);
    }
    for (let i = 0; i < count; i++) this.#expectTaken(offered[i] ?? 0);
    for (let x = 0; x < this.#locations; x++) {
      const first = this.reachable[x] ?? 0;
      this.places[x] = first === NEVER ? NEVER : first + 1;
    }
    if (this.#opens.length > 0) this.#openSections();
    while (this.#spread());
  }

  /** What each thread knows of each location: the writes before its latest access behind it are out of its reach. */
  #learn(): void {
    const { n, thread, key, location, place, source } = this.#graph;
    const { heap, pc } = this.#threads;
    const known = this.#known.fill(0);
    if (!this.#coherent) return;
    for (let e = 0; e < n; e++) {
      const t = thread[e] ?? -1;
      const x = location[e] ?? -1;
      if (t < 0 || x < 0 || (key[e] ?? 0) >= KEYS * (heap[pc[t] ?? 0] ?? 0)) continue;
      const own = place[e] ?? -1;
      const from = source[e] ?? -1;
      const at = own >= 0 ? own : from >= 0 ? (place[from] ?? 0) : 0;
      if (at > (known[t * this.#locations + x] ?? 0)) known[t * this.#locations + x] = at;
    }
  }

  /** Notes how far back a running thread may still reach. */
  #expect(t: number, frontier: number): void {
    const prospects = this.#prospects[t];
    if (prospects === undefined) return;
    const { heap, issued } = this.#threads;
    // A read that waits takes nothing that is there.
    const waits = heap[(issued[t] ?? 0) + frontier] === -1;
    const accesses = waits ? prospects.behind : prospects.from;
    const base = frontier * this.#locations;
    for (let x = 0; x < this.#locations; x++) {
      const how = accesses[base + x] ?? 0;
      if (how === 0) continue;
      if ((how & ACCESS.locks) !== 0) this.locked[x] = 1;
      const first = this.#reach(t, x, how);
      if (first < (this.reachable[x] ?? 0)) this.reachable[x] = first;
    }
  }

  #expectTaken(write: number): void {
    const x = this.#graph.location[write] ?? 0;
    const place = this.#graph.place[write] ?? 0;
    if (place < (this.reachable[x] ?? 0)) this.reachable[x] = place;
  }

  /** The first write of a location that a thread may read or be put behind. */
  #reach(t: number, x: number, how: number): number {
    const low = this.#known[t * this.#locations + x] ?? 0;
    if ((how & (ACCESS.reads | ACCESS.stores)) !== 0) return low;
    let first = NEVER;
    if ((how & ACCESS.updates) !== 0) first = this.#untaken(x, low, false);
    else if ((how & ACCESS.locks) !== 0) first = this.#untaken(x, low, true);
    if ((how & ACCESS.unlocks) !== 0) first = Math.min(first, this.held(t, x));
    return first;
  }

  /** The first write from a place on that no update has taken; `free`: of those that leave a lock free. */
  #untaken(x: number, low: number, free: boolean): number {
    const { order, writes, count, taken, value } = this.#graph;
    const end = count[x] ?? 0;
    for (let at = low; at < end; at++) {
      const write = order[x * writes + at] ?? 0;
      if ((taken[write] ?? -1) < 0 && !(free && value[write] !== 0)) return at;
    }
    return NEVER;
  }

  /** The place of the acquisition that a thread's release would follow now; NEVER if it does not hold the lock. */
  held(t: number, x: number): number {
    const { order, writes, count, thread, value } = this.#graph;
    for (let at = (count[x] ?? 0) - 1; at >= 0; at--) {
      const write = order[x * writes + at] ?? 0;
      if (thread[write] === t) return value[write] !== 0 ? at : NEVER;
    }
    return NEVER;
  }

  /** Of threads that may still end a section, everything from their first beginning on is live. */
  #openSections(): void {
    const { n, thread } = this.#graph;
    let anybody = 0;
    for (let t = 0; t < this.#threads.codes.length; t++) anybody |= this.#mayEnd(t);
    for (let e = 0; e < n; e++) {
      const t = thread[e] ?? -1;
      if (t < 0) continue;
      const own = this.#mayEnd(t);
      for (let i = 0; i < this.#opens.length; i++) {
        const may = this.#anywhere[i] === true ? anybody : own;
        if (((may >>> i) & 1) === 1 && isIn(this.#opens[i], e)) this.#include(t, e);
      }
    }
  }

  /** The sections, as bits, that a thread may still end. */
  #mayEnd(t: number): number {
    const { heap, halted, pc } = this.#threads;
    if (heap[halted[t] ?? 0] !== HALT.running) return 0;
    return this.#prospects[t]?.closes[heap[pc[t] ?? 0] ?? 0] ?? 0;
  }

  /** Makes everything of a thread from an event on live. True when some of it was not. */
  #include(t: number, event: number): boolean {
    const key = this.#graph.key[event] ?? 0;
    if (key >= (this.keys[t] ?? 0)) return false;
    this.keys[t] = key;
    return true;
  }

  #includePlace(x: number, place: number): boolean {
    if (place >= (this.places[x] ?? 0)) return false;
    this.places[x] = place;
    return true;
  }

  isLive(event: number): boolean {
    const { thread, key, place, location } = this.#graph;
    const t = thread[event] ?? -1;
    if (t < 0) return false;
    if ((key[event] ?? 0) >= (this.keys[t] ?? 0)) return true;
    const at = place[event] ?? -1;
    return at >= 0 && at >= (this.places[location[event] ?? 0] ?? 0);
  }

  /** One round of what edges lead to from live events; false when there was nothing new. */
  #spread(): boolean {
    const { n, thread, location, place, source, partner } = this.#graph;
    let found = false;
    for (let e = 0; e < n; e++) {
      const t = thread[e] ?? -1;
      if (t < 0) continue;
      const from = source[e] ?? -1;
      const x = location[e] ?? -1;
      const reads = from >= 0;
      // It reads from a live write; initial ones never are.
      const led = reads && (place[from] ?? 0) >= (this.places[x] ?? 0);
      if (!led && !this.isLive(e)) continue;
      if (this.#include(t, e)) found = true;
      // fr: the writes behind its source; co: those behind itself.
      if (reads && this.#includePlace(x, (place[from] ?? 0) + 1)) found = true;
      const own = place[e] ?? -1;
      if (own >= 0 && this.#includePlace(x, own)) found = true;
      const half = partner[e] ?? -1;
      if (half >= 0 && this.#include(t, half)) found = true;
      if (this.#opens.length > 0 && this.#includeSection(t, e)) found = true;
    }
    return found;
  }

  /** The end of a section is live only together with all that begins one before it, or anywhere. */
  #includeSection(t: number, end: number): boolean {
    const { n, thread, key } = this.#graph;
    let found = false;
    for (let i = 0; i < this.#closes.length; i++) {
      if (!isIn(this.#closes[i], end)) continue;
      for (let e = 0; e < n; e++) {
        if (!isIn(this.#opens[i], e)) continue;
        const before = thread[e] === t && (key[e] ?? 0) < (key[end] ?? 0);
        if ((before || this.#anywhere[i] === true) && this.#include(thread[e] ?? 0, e)) found = true;
      }
    }
    return found;
  }
}

function isIn(set: Uint32Array | undefined, event: number): boolean {
  return set !== undefined && (((set[event >>> 5] ?? 0) >>> (event & 31)) & 1) === 1;
}
