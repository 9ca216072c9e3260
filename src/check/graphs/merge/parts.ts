/**
 * What the future of a node hangs on in one of its threads, as integers: why it stands, its frontier, its live events,
 * the registers that still matter with the live reads that they depend on, its waiting reads.
 *
 * Writes are named by location and place behind the cut of their location, so that no thread is mentioned by its number.
 */

import type { ThreadCode } from "../code.ts";
import { DEPENDENCIES } from "../dependencies.ts";
import { type ExecutionGraph, KEYS } from "../graph.ts";
import type { Instance } from "../instance.ts";
import { OP, RESULT } from "../opcodes.ts";
import { HALT, type Threads } from "../threads.ts";
import type { Waiting } from "../waiting.ts";
import type { Contents } from "./contents.ts";
import type { Names } from "./names.ts";
import type { Offers } from "./offers.ts";
import { NEVER, type Past } from "./past.ts";
import { ACCESS, type Prospects } from "./prospects.ts";
import { Writer } from "./writer.ts";

/** Ends a list of locations. */
const END = -1;

/** What parts are made from. */
export interface Sources {
  readonly instance: Instance;
  readonly past: Past;
  readonly prospects: readonly Prospects[];
  readonly contents: Contents;
  /** Per thread, the first that it may be exchanged with; how their things are called, if they have any. */
  readonly twins: Int32Array;
  readonly names: Names | undefined;
  /** Per thread, the registers that are observed. */
  readonly registers: readonly (readonly number[])[];
}

export class Parts {
  /** The part that was written last. */
  readonly out: Writer;
  readonly #graph: ExecutionGraph;
  readonly #threads: Threads;
  readonly #sources: Sources;
  /** Per thread, the registers that some op defines, and those that are observed. */
  readonly #varying: readonly Int32Array[];
  readonly #observed: readonly ReadonlySet<number>[];
  readonly #relations: readonly Uint32Array[];
  /** Live events of the thread in hand, in program order. */
  readonly #events: Int32Array;
  #live = 0;

  constructor(sources: Sources) {
    const { graph, threads } = sources.instance;
    this.#graph = graph;
    this.#threads = threads;
    this.#sources = sources;
    this.out = new Writer(sources.names);
    this.#varying = threads.codes.map(varyingRegisters);
    this.#observed = threads.codes.map((_, t) => new Set(sources.registers[t] ?? []));
    this.#relations =
      threads.words === 0 ? [] : DEPENDENCIES.flatMap((name) => graph.relations.get(name) ?? []);
    this.#events = new Int32Array(graph.capacity);
  }

  /** Writes a thread's part. */
  write(t: number, waiting: Waiting, offers: Offers): void {
    const { heap, halted, pc } = this.#threads;
    const why = heap[halted[t] ?? 0] ?? 0;
    const frontier = why === HALT.done ? 0 : (heap[pc[t] ?? 0] ?? 0);
    const { out } = this;
    out.length = 0;
    out.push(this.#sources.twins[t] ?? 0);
    out.push(why);
    out.push(frontier);
    this.#collect(t);
    out.push(this.#live);
    for (let i = 0; i < this.#live; i++) this.#event(t, this.#events[i] ?? 0, frontier);
    const varying = this.#varying[t];
    for (let i = 0; i < (varying?.length ?? 0); i++) this.#register(t, frontier, varying?.[i] ?? 0, why);
    this.#own(this.#sources.names?.owned[t]);
    if (why !== HALT.running) return;
    this.#holds(t, frontier);
    this.#guesses(t, frontier);
    this.#waits(t, waiting, offers);
  }

  /** Branches that have been taken without their condition being known. */
  #guesses(t: number, frontier: number): void {
    const { heap, guesses, codes } = this.#threads;
    if (!this.#sources.instance.guesses) return;
    const base = guesses[t] ?? 0;
    const length = codes[t]?.length ?? 0;
    for (let pc = frontier; pc < length; pc++) {
      const way = heap[base + pc] ?? 0;
      if (way !== 0) this.out.push(2 * pc + way);
    }
    this.out.push(END);
  }

  /** The thread's live events, by key. */
  #collect(t: number): void {
    const { n, thread, key } = this.#graph;
    const events = this.#events;
    const from = this.#sources.past.keys[t] ?? NEVER;
    let length = 0;
    for (let e = 0; e < n; e++) {
      if (thread[e] !== t || (key[e] ?? 0) < from) continue;
      let at = length++;
      for (; at > 0 && (key[events[at - 1] ?? 0] ?? 0) > (key[e] ?? 0); at--)
        events[at] = events[at - 1] ?? 0;
      events[at] = e;
    }
    this.#live = length;
  }

  #event(t: number, e: number, frontier: number): void {
    const { key, location, place, source, value } = this.#graph;
    const { past, contents, instance } = this.#sources;
    const { out } = this;
    const own = key[e] ?? 0;
    const pc = (own / KEYS) | 0;
    const site = instance.sites[t]?.[pc];
    const x = location[e] ?? -1;
    out.push(own);
    if (x >= 0) {
      const at = place[e] ?? -1;
      const from = source[e] ?? -1;
      if (site !== undefined && site.location < 0) out.pushLocation(x);
      if (at >= 0) {
        out.push(at - (past.places[x] ?? 0));
        out.pushContent(x, contents.matters(x, at) ? (value[e] ?? 0) : 0);
      } else if (from >= 0) {
        // −1: a past write, of which only the last can have been read by a live event.
        out.push(Math.max(-1, (place[from] ?? 0) - (past.places[x] ?? 0)));
        out.push(this.#wrote(e, from) + (site?.result === RESULT.nonzero && value[e] !== 0 ? 2 : 0));
        if (pc >= frontier) out.pushContent(x, value[e] ?? 0);
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
        this.out.push(set);
        set = 0;
      }
    }
    this.out.push(set);
  }

  /** A register that matters: its value and what it depends on. */
  #register(t: number, frontier: number, reg: number, why: number): void {
    const { heap, values, dependencies, words } = this.#threads;
    const live = why === HALT.running && this.#sources.prospects[t]?.isLive(frontier, reg) === true;
    if (live || this.#observed[t]?.has(reg) === true)
      this.out.pushRegister(t, reg, heap[(values[t] ?? 0) + reg] ?? 0);
    if (live && words > 0 && this.#live > 0) this.#dependsOn(heap, (dependencies[t] ?? 0) + reg * words);
  }

  /** What a thread's own locations hold. */
  #own(locations: Int32Array | undefined): void {
    for (let i = 0; i < (locations?.length ?? 0); i++) {
      const x = locations?.[i] ?? 0;
      this.out.pushContent(x, this.#sources.contents.left(x));
    }
  }

  /** The locks that a thread holds and may release. */
  #holds(t: number, frontier: number): void {
    const { past, prospects } = this.#sources;
    const { from, locations } = prospects[t] ?? { from: [], locations: 0 };
    for (let x = 0; x < locations; x++) {
      if (((from[frontier * locations + x] ?? 0) & ACCESS.unlocks) === 0) continue;
      if (past.held(t, x) !== NEVER) this.out.pushLocation(x);
    }
    this.out.push(END);
  }

  /** The live reads in a set of events. */
  #dependsOn(from: Int32Array, base: number): void {
    const events = this.#events;
    let set = 0;
    for (let i = 0; i < this.#live; i++) {
      const e = events[i] ?? 0;
      if ((((from[base + (e >>> 5)] ?? 0) >>> (e & 31)) & 1) === 1) set |= 1 << (i & 31);
      if ((i & 31) === 31) {
        this.out.push(set);
        set = 0;
      }
    }
    this.out.push(set);
  }

  /** The thread's waiting reads with their operands, by program order. */
  #waits(t: number, { operations, alive, end }: Waiting, { pending }: Offers): void {
    const { words } = this.#threads;
    const { out } = this;
    for (let before = -1; ; ) {
      let next = -1;
      for (let i = 0; i < end; i++) {
        const pc = operations.pc[i] ?? 0;
        if (alive[i] === 0 || operations.thread[i] !== t || pc <= before) continue;
        if (next < 0 || pc < (operations.pc[next] ?? 0)) next = i;
      }
      if (next < 0) return;
      before = operations.pc[next] ?? 0;
      out.push(before);
      const x = operations.location[next] ?? 0;
      out.pushLocation(x);
      out.pushContent(x, operations.value[next] ?? 0);
      out.pushContent(x, operations.extra[next] ?? 0);
      out.push(pending[next] ?? 0);
      if (words > 0 && this.#live > 0)
        for (let k = 0; k < 4; k++) this.#dependsOn(operations.dependencies, (next * 4 + k) * words);
    }
  }
}

/** Registers that some op defines; the others are constants and parameters. */
function varyingRegisters(code: ThreadCode): Int32Array {
  const found = new Set<number>([code.conditions]);
  for (let pc = 0; pc < code.length; pc++) {
    const site = code.sites[pc];
    if (site !== undefined && site.result !== RESULT.none) found.add(site.dst);
    if (code.op[pc] === OP.mov || code.op[pc] === OP.bin) found.add(code.dst[pc] ?? -1);
    found.add(code.control[pc] ?? -1);
  }
  found.delete(-1);
  return Int32Array.from(found).sort();
}
