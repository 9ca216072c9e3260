/**
 * The part of an execution graph that can still matter, taken apart and put together.
 *
 * Events stand in an `ExecutionGraph` of fixed size; here are the columns that it lacks (class, cell, dependencies), and
 * the form in which graphs are kept: a record of small integers, events in a canonical order (initial writes by cell, then
 * thread by thread in program order). Equal graphs have equal records, and each record has a number.
 */
import { ExecutionGraph, KEYS, NOBODY } from "../graphs/graph.ts";
import type { EventClass, EventClasses } from "./classes.ts";
import { ENTRY, PastValues } from "./past_values.ts";

const CAPACITY = 64;
/** Room for the events that a question to the model brings with it. */
export const ROOM = 8;
/** Live events at most. */
export const MOST_LIVE = CAPACITY - ROOM;
/** Dependencies are sets of live reads, one bit each. */
export const MOST_READS = 31;
const ALL_READS = 0x7fffffff;
/** Room for the dependencies of registers in a record. */
const DEPENDENCIES = 4096;
/** Cells of an event in a record: seven numbers, and three sets of two cells each. */
const STRIDE = 13;
/** Cells before the events: how many there are, who may go on, what is suspected, what there is of past values. */
const HEAD = 4;
const PASTS = 3;
/** Above the bits of all CPUs. */
const LOST_TRACK = 1 << 8;

/** An empty graph of the size that live events need. */
export function emptyGraph(
  sets: readonly string[],
  relations: readonly string[],
  capacity = CAPACITY,
): ExecutionGraph {
  return new ExecutionGraph(capacity, capacity, sets, relations);
}

export class LiveGraph {
  readonly graph: ExecutionGraph;
  readonly classes: readonly EventClass[];
  /** Per event: its class, its cell (−1), and the reads that its address and data come from. */
  readonly cls: Int32Array;
  readonly cell: Int32Array;
  readonly addr: Int32Array;
  readonly data: Int32Array;
  /** The reads that the conditions before it come from. */
  readonly ctrl: Int32Array;
  /** Of a read, its bit as a dependency; 0 for other events, and for reads beyond the last bit. */
  readonly bit: Int32Array;
  /** Of the write of an update: its value is computed from the one read. */
  readonly computed: Uint8Array;
  /** What can be read that is older than the writes of a location. */
  readonly past = new PastValues();
  reads = 0;
  /** While reads wait, the CPUs that may go on, one bit each (`memory.ts`). */
  going = 0;
  /** While reads wait: whoever goes on may come after one of them, though nothing in the graph leads there any more. */
  lostTrack = false;
  /** The violation that is one if all of them get their writes, by number; 0 for none. */
  suspicion = 0;
  /** Dependencies that are not in use, one bit each, where reads beyond the last bit take over those of earlier ones. */
  #spareBits = 0;
  readonly #base: number;
  readonly #deadBase: number;
  readonly #locationOf: Int32Array;
  readonly #cellAt: Int32Array;
  #locations = 0;
  readonly #buffer: Uint16Array;
  readonly #relations: Readonly<Record<"addr" | "data" | "ctrl" | "rmw" | "lock", Uint32Array | undefined>>;

  constructor(graph: ExecutionGraph, cells: number, classes: EventClasses) {
    this.graph = graph;
    this.cls = new Int32Array(graph.capacity);
    this.cell = new Int32Array(graph.capacity);
    this.addr = new Int32Array(graph.capacity);
    this.data = new Int32Array(graph.capacity);
    this.ctrl = new Int32Array(graph.capacity);
    this.bit = new Int32Array(graph.capacity);
    this.computed = new Uint8Array(graph.capacity);
    this.#cellAt = new Int32Array(graph.count.length);
    this.classes = classes.all;
    this.#base = classes.base;
    this.#deadBase = classes.deadBase;
    this.#buffer = new Uint16Array(HEAD + graph.capacity * STRIDE + DEPENDENCIES);
    this.#locationOf = new Int32Array(cells).fill(-1);
    this.#relations = {
      addr: graph.relations.get("addr"),
      data: graph.relations.get("data"),
      ctrl: graph.relations.get("ctrl"),
      rmw: graph.relations.get("rmw"),
      lock: graph.relations.get("lk-rmw"),
    };
  }

  get n(): number {
    return this.graph.n;
  }

  /** The row of a cell in the coherence order; −1 when no live event is there. */
  locationOf(cell: number): number {
    return this.#locationOf[cell] ?? -1;
  }

  /** The row of a cell, made if need be; −1 when there is no room. */
  addLocation(cell: number): number {
    const known = this.#locationOf[cell] ?? -1;
    if (known >= 0) return known;
    if (this.#locations === this.#cellAt.length) return -1;
    this.#cellAt[this.#locations] = cell;
    this.#locationOf[cell] = this.#locations;
    return this.#locations++;
  }

  /** Adds an event at the end of its thread, or in front of event `before`. */
  add(thread: number, cls: number, cell: number, value: number, before = -1): number {
    const { graph } = this;
    const key = before < 0 ? KEYS * graph.n : KEYS * before - 1;
    const known = this.classes[cls];
    const location = cell < 0 ? -1 : this.addLocation(cell);
    const numbers = known?.numbers ?? EMPTY;
    const e = graph.add(thread, thread === NOBODY ? 0 : key, location, value, numbers);
    this.cls[e] = cls;
    this.cell[e] = cell;
    this.addr[e] = 0;
    this.data[e] = 0;
    this.ctrl[e] = 0;
    this.bit[e] = 0;
    this.computed[e] = 0;
    if (known?.read === true) {
      this.bit[e] = this.reads < MOST_READS ? 1 << this.reads : this.#takeSpare();
      this.reads++;
    }
    return e;
  }

  #takeSpare(): number {
    const bit = this.#spareBits & -this.#spareBits;
    this.#spareBits &= ~bit;
    return bit;
  }

  /** Takes their bits from all reads that no register depends on (`needed`): what they lead to is related by now. */
  recycleBits(needed: number): void {
    if (this.reads < MOST_READS) return;
    for (let e = 0; e < this.graph.n; e++) {
      if (((this.bit[e] ?? 0) & needed) === 0) this.bit[e] = 0;
      this.ctrl[e] = (this.ctrl[e] ?? 0) & needed;
    }
    this.#spareBits = ALL_READS & ~needed;
  }

  /** Takes the last event away again. */
  remove(): void {
    const e = this.graph.n - 1;
    const { graph } = this;
    if (this.classes[this.cls[e] ?? 0]?.read === true) this.reads--;
    if ((graph.place[e] ?? -1) >= 0) {
      const partner = graph.partner[e] ?? -1;
      if (partner >= 0) graph.taken[graph.source[partner] ?? 0] = -1;
      graph.withdraw(e);
    }
    if ((graph.source[e] ?? -1) >= 0) graph.unread(e);
    graph.remove();
  }

  /** Relates the halves of an update. */
  pair(read: number, write: number, computes: boolean): void {
    const { graph } = this;
    const { rmw, lock, data } = this.#relations;
    const isLock = this.classes[this.cls[read] ?? 0]?.lock === true;
    const pairs = isLock ? (lock ?? rmw) : rmw;
    if (pairs !== undefined) graph.relate(pairs, read, write);
    if (computes && data !== undefined) graph.relate(data, read, write);
    this.computed[write] = computes ? 1 : 0;
    graph.partner[write] = read;
    const source = graph.source[read] ?? -1;
    if (source >= 0) graph.taken[source] = write;
  }

  /** A read that will take a write which is not there yet. */
  isWaiting(e: number): boolean {
    return (this.graph.source[e] ?? -1) < 0 && this.classes[this.cls[e] ?? 0]?.read === true;
  }

  countWaiting(): number {
    let n = 0;
    for (let e = 0; e < this.graph.n; e++) if (this.isWaiting(e)) n++;
    return n;
  }

  /**
   * The first of the fences that the thread of event `a` ends with, where it has written something since `a`; −1.
   *
   * @param elsewhere What it has written to the location of `a` does not count.
   */
  lastFences(a: number, elsewhere: boolean): number {
    const { graph } = this;
    let first = -1;
    let last = graph.n - 1;
    for (; last > a; last--) {
      if (graph.thread[last] !== graph.thread[a]) continue;
      const isFence = (graph.location[last] ?? -1) < 0 && this.classes[this.cls[last] ?? 0]?.section === 0;
      if (!isFence) break;
      first = last;
    }
    for (let e = a + 1; first >= 0 && e <= last; e++) {
      const counts = graph.thread[e] === graph.thread[a] && (graph.place[e] ?? -1) >= 0;
      if (counts && !(elsewhere && graph.location[e] === graph.location[a])) return first;
    }
    return -1;
  }

  /** The write of the update whose read is `e`; −1. */
  updateOf(e: number): number {
    return this.graph.partner[e + 1] === e && e + 1 < this.graph.n ? e + 1 : -1;
  }

  /** Read `e`, which has waited, takes `write`; false where `e` is half of an update that is not right behind it. */
  satisfy(e: number, write: number): boolean {
    const { graph } = this;
    const update = this.updateOf(e);
    if (update >= 0) {
      if (graph.place[update] !== (graph.place[write] ?? 0) + 1) return false;
      graph.taken[write] = update;
    }
    graph.readFrom(write, e);
    return true;
  }

  /** Program order and reads-from lead from one event to another. */
  leadsTo(from: number, to: number): boolean {
    const { graph } = this;
    const seen = new Uint8Array(graph.n);
    const todo = [from];
    for (let e = todo.pop(); e !== undefined; e = todo.pop()) {
      if (e === to) return true;
      if (seen[e] !== 0) continue;
      seen[e] = 1;
      for (let o = 0; o < graph.n; o++)
        if (graph.source[o] === e || (o > e && graph.thread[o] === graph.thread[e])) todo.push(o);
    }
    return false;
  }

  /** Program order and reads-from lead from a read that waits to event `e`. */
  comesAfterWaiting(e: number): boolean {
    if (this.lostTrack) return true;
    for (let r = 0; r < this.graph.n; r++) if (this.isWaiting(r) && this.leadsTo(r, e)) return true;
    return false;
  }

  /** No read waits any more. */
  stopWaiting(): void {
    this.going = 0;
    this.lostTrack = false;
  }

  /** Those who took `write` wait again. */
  desert(write: number): void {
    const { graph } = this;
    for (let e = 0; e < graph.n; e++) if (graph.source[e] === write) graph.unread(e);
    graph.taken[write] = -1;
  }

  /** Relates an event to the reads (bits) of its own thread that its address, data and conditions come from. */
  depend(e: number, addr: number, data: number, ctrl: number): void {
    this.addr[e] = this.#relate(this.#relations.addr, e, addr);
    this.data[e] = this.#relate(this.#relations.data, e, data);
    this.ctrl[e] = this.#relate(this.#relations.ctrl, e, ctrl);
  }

  #relate(bits: Uint32Array | undefined, e: number, mask: number): number {
    if (bits === undefined || mask === 0) return 0;
    const { graph } = this;
    let kept = 0;
    for (let r = 0; r < e; r++) {
      if (((this.bit[r] ?? 0) & mask) === 0 || graph.thread[r] !== graph.thread[e]) continue;
      graph.relate(bits, r, e);
      kept |= this.bit[r] ?? 0;
    }
    return kept;
  }

  /** Empties the graph. */
  clear(): void {
    this.graph.clear();
    for (let l = 0; l < this.#locations; l++) this.#locationOf[this.#cellAt[l] ?? 0] = -1;
    this.#locations = 0;
    this.reads = 0;
    this.stopWaiting();
    this.suspicion = 0;
    this.past.clear();
  }

  /**
   * Writes the record of the events kept, and of the dependencies of registers, into a buffer of its own and returns it.
   * Dependencies on reads that are not kept vanish. `live`: 0 no, 1 yes, 2 a write that only stands for an older one.
   * `sources`: per read, the write that it counts as having taken.
   */
  record(live: Uint8Array, sources: Int32Array, depCells: readonly number[], deps: Int32Array): Uint16Array {
    const order = this.#canonical(live);
    const rank = new Int32Array(this.graph.capacity).fill(-1);
    for (const [i, e] of order.entries()) rank[e] = i;
    const renumber = this.#renumberReads(order);
    const out = this.#buffer;
    let at = 0;
    out[at++] = order.length;
    out[at++] = this.going | (this.lostTrack ? LOST_TRACK : 0);
    out[at++] = this.suspicion;
    out[at++] = 0;
    const { graph } = this;
    for (const e of order) {
      const source = sources[e] ?? -1;
      const base = live[e] === 2;
      const partner = base ? -1 : (graph.partner[e] ?? -1);
      out[at++] = base ? 0 : (graph.thread[e] ?? 0) + 1;
      out[at++] = base ? this.#baseClass(e) : (this.cls[e] ?? 0);
      out[at++] = (this.cell[e] ?? -1) + 1;
      out[at++] = graph.value[e] ?? 0;
      out[at++] = source < 0 ? 0 : (rank[source] ?? -1) + 1;
      out[at++] = this.#placeAmong(e, live) + 1;
      out[at++] = partner < 0 ? 0 : 2 * ((rank[partner] ?? -1) + 1) + (this.computed[e] ?? 0);
      at = putMask(out, at, base ? 0 : renumber(this.addr[e] ?? 0));
      at = putMask(out, at, base ? 0 : renumber(this.data[e] ?? 0));
      at = putMask(out, at, base ? 0 : renumber(this.ctrl[e] ?? 0));
    }
    const events = at;
    if (this.past.some) at = this.past.record(out, at);
    out[PASTS] = at - events;
    for (const cell of depCells) {
      const mask = renumber(deps[cell] ?? 0);
      if (mask === 0) continue;
      out[at++] = cell;
      at = putMask(out, at, mask);
    }
    return out.subarray(0, at);
  }

  #baseClass(e: number): number {
    return this.classes[this.cls[e] ?? 0]?.poison === true ? this.#deadBase : this.#base;
  }

  #canonical(live: Uint8Array): number[] {
    const { graph } = this;
    const order: number[] = [];
    for (let e = 0; e < graph.n; e++) if (live[e] !== 0) order.push(e);
    const thread = (e: number): number => (live[e] === 2 ? NOBODY : (graph.thread[e] ?? 0));
    return order.sort((a, b) => {
      const t = thread(a) - thread(b);
      if (t !== 0) return t;
      return thread(a) === NOBODY ? (this.cell[a] ?? 0) - (this.cell[b] ?? 0) : a - b;
    });
  }

  /** How many live writes are before a write in its coherence order; −1 for what is no write. */
  #placeAmong(e: number, live: Uint8Array): number {
    const { graph } = this;
    const place = graph.place[e] ?? -1;
    if (place < 0) return -1;
    const base = (graph.location[e] ?? 0) * graph.writes;
    let n = 0;
    for (let i = 0; i < place; i++) if (live[graph.order[base + i] ?? 0] !== 0) n++;
    return n;
  }

  #renumberReads(order: readonly number[]): (mask: number) => number {
    const from: number[] = [];
    for (const e of order) if (this.classes[this.cls[e] ?? 0]?.read === true) from.push(this.bit[e] ?? 0);
    return (mask) => {
      if (mask === 0) return 0;
      let out = 0;
      for (let i = 0; i < from.length && i < MOST_READS; i++)
        if (((from[i] ?? 0) & mask) !== 0) out |= 1 << i;
      return out;
    };
  }

  /** Puts a record together again. `deps` gets the dependencies that it holds, and zero elsewhere. */
  restore(record: Uint16Array, depCells: readonly number[], deps: Int32Array): void {
    this.clear();
    for (const cell of depCells) deps[cell] = 0;
    const n = record[0] ?? 0;
    const going = record[1] ?? 0;
    this.going = going & ~LOST_TRACK;
    this.lostTrack = (going & LOST_TRACK) !== 0;
    this.suspicion = record[2] ?? 0;
    for (let i = 0; i < n; i++) {
      const at = HEAD + i * STRIDE;
      const cls = record[at + 1] ?? 0;
      const e = this.add((record[at] ?? 0) - 1, cls, (record[at + 2] ?? 0) - 1, signed(record[at + 3] ?? 0));
      this.depend(e, mask(record, at + 7), mask(record, at + 9), mask(record, at + 11));
    }
    this.#restoreOrders(record, n);
    this.#restorePairs(record, n);
    const first = HEAD + n * STRIDE;
    const second = first + (record[PASTS] ?? 0);
    for (let at = first; at < second; at += ENTRY)
      this.past.restore(record[at] ?? 0, signed(record[at + 1] ?? 0), signed(record[at + 2] ?? 0));
    for (let at = second; at < record.length; at += 3) deps[record[at] ?? 0] = mask(record, at + 1);
  }

  #restoreOrders(record: Uint16Array, n: number): void {
    const { graph } = this;
    let left = 0;
    for (let i = 0; i < n; i++) if ((record[HEAD + i * STRIDE + 5] ?? 0) > 0) left++;
    for (let place = 0; left > 0; place++) {
      for (let i = 0; i < n; i++) {
        if (record[HEAD + i * STRIDE + 5] !== place + 1) continue;
        graph.insert(i, place);
        left--;
      }
    }
    for (let i = 0; i < n; i++) {
      const source = record[HEAD + i * STRIDE + 4] ?? 0;
      if (source > 0) graph.readFrom(source - 1, i);
    }
  }

  #restorePairs(record: Uint16Array, n: number): void {
    for (let i = 0; i < n; i++) {
      const partner = record[HEAD + i * STRIDE + 6] ?? 0;
      if (partner > 1) this.pair((partner >> 1) - 1, i, (partner & 1) !== 0);
    }
  }
}

const EMPTY = new Int32Array(0);

function putMask(out: Uint16Array, at: number, value: number): number {
  out[at] = value & 0xffff;
  out[at + 1] = value >>> 16;
  return at + 2;
}

function mask(record: Uint16Array, at: number): number {
  return (record[at] ?? 0) | ((record[at + 1] ?? 0) << 16);
}

function signed(value: number): number {
  return (value << 16) >> 16;
}
