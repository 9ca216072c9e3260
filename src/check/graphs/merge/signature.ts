/**
 * What the future of a node of the search hangs on, as a sequence of integers: equal sequences, equal futures
 * (`docs/merging.md`, theorem 2).
 *
 * Per thread: why it stands, its frontier, the registers that still matter with the live reads that they depend on, its
 * waiting reads, its live events. Writes are named by location and place behind the cut of their location, so that no
 * thread is mentioned by its number and the parts of interchangeable threads can be sorted. Per location: what the last
 * past write left there, if someone may still read it.
 *
 * Each thread's part is kept once and stands in the whole as a number.
 */

import { DEPENDENCIES } from "../dependencies.ts";
import type { ExecutionGraph } from "../graph.ts";
import { KEYS } from "../graph.ts";
import type { Instance } from "../instance.ts";
import { RESULT } from "../opcodes.ts";
import { HALT, type Threads } from "../threads.ts";
import type { Waiting } from "../waiting.ts";
import type { Offers } from "./offers.ts";
import { NEVER, type Past } from "./past.ts";
import type { Prospects } from "./prospects.ts";
import { NO_ROOM, type Sequences } from "./sequences.ts";

/** What is read off executions when they are complete. Whatever else there is does not tell executions apart. */
export interface Observation {
  /** Per thread, the registers. */
  readonly registers: readonly (readonly number[])[];
  readonly locations: readonly number[];
}

export class Signature {
  readonly #graph: ExecutionGraph;
  readonly #threads: Threads;
  readonly #sites: Instance["sites"];
  readonly #past: Past;
  readonly #prospects: readonly Prospects[];
  readonly #twins: Int32Array;
  readonly #parts: Sequences;
  readonly #observed: readonly ReadonlySet<number>[];
  /** Locations whose last write is observed; with those that someone waits at, who may be stuck with it. */
  readonly #kept: Uint8Array;
  readonly #told: Uint8Array;
  readonly #relations: readonly Uint32Array[];
  /** One thread's part, and the whole. */
  #part = new Int32Array(256);
  #length = 0;
  readonly whole: Int32Array;
  /** Integers of `whole` in use. */
  length = 0;
  /** Live events of the thread in hand, in program order; and per event its index there. */
  readonly #events: Int32Array;
  readonly #index: Int32Array;
  #live = 0;

  constructor(
    instance: Instance,
    past: Past,
    prospects: readonly Prospects[],
    twins: Int32Array,
    parts: Sequences,
    observation: Observation,
  ) {
    const { graph, threads, locations } = instance;
    this.#graph = graph;
    this.#threads = threads;
    this.#sites = instance.sites;
    this.#past = past;
    this.#prospects = prospects;
    this.#twins = twins;
    this.#parts = parts;
    this.#observed = threads.codes.map((_, t) => new Set(observation.registers[t] ?? []));
    this.#kept = new Uint8Array(locations.count);
    this.#told = new Uint8Array(locations.count);
    for (const x of observation.locations) this.#kept[x] = 1;
    this.#relations =
      threads.words === 0 ? [] : DEPENDENCIES.flatMap((name) => graph.relations.get(name) ?? []);
    this.whole = new Int32Array(threads.codes.length + locations.count + 1 + 2 * graph.capacity);
    this.#events = new Int32Array(graph.capacity);
    this.#index = new Int32Array(graph.capacity);
  }

  /** Writes the node as it is now into `whole`, whose past has been cut. False when there is no room for its parts. */
  write(waiting: Waiting, offers: Offers): boolean {
    const { codes, heap, warned } = this.#threads;
    this.#told.set(this.#kept);
    for (let i = 0; i < waiting.end; i++)
      if (waiting.alive[i] === 1) this.#told[waiting.operations.location[i] ?? 0] = 1;
    for (let t = 0; t < codes.length; t++) {
      const part = this.#thread(t, waiting, offers);
      if (part === NO_ROOM) return false;
      this.#place(t, part);
    }
    this.#memory(codes.length);
    this.length = codes.length + this.#told.length;
    this.whole[this.length++] = heap[warned] ?? 0;
    this.#offered(offers);
    return true;
  }

  /** Puts a thread's part among those of its twins before it, in order. */
  #place(t: number, part: number): void {
    const { whole } = this;
    const twins = this.#twins;
    let at = t;
    for (let i = t - 1; i >= 0; i--) {
      if (twins[i] !== twins[t]) continue;
      const other = whole[i] ?? 0;
      if (other <= part) break;
      whole[at] = other;
      at = i;
    }
    whole[at] = part;
  }

  #memory(base: number): void {
    const { order, writes, count, value } = this.#graph;
    const { places, reachable } = this.#past;
    for (let x = 0; x < this.#told.length; x++) {
      const end = count[x] ?? 0;
      const last = Math.min(end, places[x] ?? 0) - 1;
      const matters = last >= (reachable[x] ?? 0) || (this.#told[x] === 1 && last === end - 1);
      this.whole[base + x] = matters && last >= 0 ? (value[order[x * writes + last] ?? 0] ?? 0) : 0;
    }
  }

  /** What is offered to those who wait: the last past write or a live one. */
  #offered({ writes, count }: Offers): void {
    const { location, place } = this.#graph;
    for (let i = 0; i < count; i++) {
      const write = writes[i] ?? 0;
      const x = location[write] ?? 0;
      this.whole[this.length++] = x;
      this.whole[this.length++] = (place[write] ?? 0) - (this.#past.places[x] ?? 0);
    }
  }

  // ---- one thread ----------------------------------------------------------------------------------------------

  #push(value: number): void {
    if (this.#length === this.#part.length) {
      const bigger = new Int32Array(2 * this.#length);
      bigger.set(this.#part);
      this.#part = bigger;
    }
    this.#part[this.#length++] = value;
  }

  /** The number of a thread's part. */
  #thread(t: number, waiting: Waiting, offers: Offers): number {
    const { heap, halted, pc, codes } = this.#threads;
    const why = heap[halted[t] ?? 0] ?? 0;
    const frontier = why === HALT.done ? 0 : (heap[pc[t] ?? 0] ?? 0);
    this.#length = 0;
    this.#push(this.#twins[t] ?? 0);
    this.#push(why);
    this.#push(frontier);
    this.#collect(t);
    this.#push(this.#live);
    for (let i = 0; i < this.#live; i++) this.#event(t, this.#events[i] ?? 0, frontier);
    for (let reg = 0; reg < (codes[t]?.registers ?? 0); reg++) this.#register(t, frontier, reg, why);
    if (why === HALT.running) this.#waits(t, waiting, offers);
    return this.#parts.add(this.#part, this.#length);
  }

  /** The thread's live events, by key. */
  #collect(t: number): void {
    const { n, thread, key } = this.#graph;
    const events = this.#events;
    const from = this.#past.keys[t] ?? NEVER;
    let length = 0;
    for (let e = 0; e < n; e++) {
      if (thread[e] !== t || (key[e] ?? 0) < from) continue;
      let at = length++;
      for (; at > 0 && (key[events[at - 1] ?? 0] ?? 0) > (key[e] ?? 0); at--)
        events[at] = events[at - 1] ?? 0;
      events[at] = e;
    }
    for (let i = 0; i < length; i++) this.#index[events[i] ?? 0] = i;
    this.#live = length;
  }

  #event(t: number, e: number, frontier: number): void {
    const { key, location, place, source, value, count } = this.#graph;
    const { places, reachable } = this.#past;
    const own = key[e] ?? 0;
    const pc = (own / KEYS) | 0;
    const site = this.#sites[t]?.[pc];
    const x = location[e] ?? -1;
    this.#push(own);
    if (x >= 0) {
      const at = place[e] ?? -1;
      const from = source[e] ?? -1;
      if (site !== undefined && site.location < 0) this.#push(x);
      if (at >= 0) {
        const matters = at >= (reachable[x] ?? 0) || (this.#told[x] === 1 && at === (count[x] ?? 0) - 1);
        this.#push(at - (places[x] ?? 0));
        this.#push(matters ? (value[e] ?? 0) : 0);
      } else if (from >= 0) {
        // −1: a past write, of which only the last can have been read by a live event.
        this.#push(Math.max(-1, (place[from] ?? 0) - (places[x] ?? 0)));
        this.#push(this.#wrote(e, from) + (site?.result === RESULT.nonzero && value[e] !== 0 ? 2 : 0));
        if (pc >= frontier) this.#push(value[e] ?? 0);
      }
    }
    for (const bits of this.#relations) this.#related(bits, e);
  }

  /** 1 when a read is half of an update that has written. */
  #wrote(read: number, source: number): number {
    const { taken, partner } = this.#graph;
    const write = taken[source] ?? -1;
    return write >= 0 && partner[write] === read ? 1 : 0;
  }

  /** The live reads that an event depends on. */
  #related(bits: Uint32Array, e: number): void {
    const { words } = this.#graph;
    const events = this.#events;
    let set = 0;
    for (let i = 0; i < this.#live; i++) {
      const from = events[i] ?? 0;
      if ((((bits[from * words + (e >>> 5)] ?? 0) >>> (e & 31)) & 1) === 1) set |= 1 << (i & 31);
      if ((i & 31) === 31) {
        this.#push(set);
        set = 0;
      }
    }
    this.#push(set);
  }

  /** A register that matters: its value and what it depends on. */
  #register(t: number, frontier: number, reg: number, why: number): void {
    const { heap, values, dependencies, words } = this.#threads;
    const live = why === HALT.running && this.#prospects[t]?.isLive(frontier, reg) === true;
    if (live || this.#observed[t]?.has(reg) === true) this.#push(heap[(values[t] ?? 0) + reg] ?? 0);
    if (live && words > 0 && this.#live > 0) this.#dependsOn(heap, (dependencies[t] ?? 0) + reg * words);
  }

  /** The live reads in a set of events. */
  #dependsOn(from: Int32Array, base: number): void {
    const events = this.#events;
    let set = 0;
    for (let i = 0; i < this.#live; i++) {
      const e = events[i] ?? 0;
      if ((((from[base + (e >>> 5)] ?? 0) >>> (e & 31)) & 1) === 1) set |= 1 << (i & 31);
      if ((i & 31) === 31) {
        this.#push(set);
        set = 0;
      }
    }
    this.#push(set);
  }

  /** The thread's waiting reads with their operands, by program order. */
  #waits(t: number, { operations, alive, end }: Waiting, { pending }: Offers): void {
    const { words } = this.#threads;
    for (let before = -1; ; ) {
      let next = -1;
      for (let i = 0; i < end; i++) {
        const pc = operations.pc[i] ?? 0;
        if (alive[i] === 0 || operations.thread[i] !== t || pc <= before) continue;
        if (next < 0 || pc < (operations.pc[next] ?? 0)) next = i;
      }
      if (next < 0) return;
      before = operations.pc[next] ?? 0;
      this.#push(before);
      this.#push(operations.location[next] ?? 0);
      this.#push(operations.value[next] ?? 0);
      this.#push(operations.extra[next] ?? 0);
      this.#push(pending[next] ?? 0);
      if (words > 0 && this.#live > 0)
        for (let k = 0; k < 4; k++) this.#dependsOn(operations.dependencies, (next * 4 + k) * words);
    }
  }
}
