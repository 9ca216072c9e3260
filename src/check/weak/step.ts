/**
 * Adds events to the graph at hand: accesses with their outcomes, fences, and what one CPU leaves for another.
 *
 * An event that nothing leads on from needs no model to allow it: reading the newest write, writing after all others and
 * fences cannot close a cycle. So the model is asked about stale reads and early places alone, and about the end of a
 * read-side section, which leads back to its begin. That argument needs a model that is local (`src/memory/locality.ts`);
 * any other is asked every time.
 */

import type { Op } from "../../ir/types.ts";
import { forwardLocal } from "../../memory/locality.ts";
import type { Model, ModelChecker } from "../../memory/model.ts";
import type { MemoryShape } from "../../world/graph_memory.ts";
import { LIFE } from "../../world/layout.ts";
import { NOBODY } from "../graphs/graph.ts";
import { COND, OP } from "../graphs/opcodes.ts";
import { Accesses } from "./accesses.ts";
import { EventClasses, type SiteAccess } from "./classes.ts";
import { Guesses } from "./guesses.ts";
import { HeldReads } from "./held.ts";
import { emptyGraph, LiveGraph, MOST_LIVE, ROOM } from "./live_graph.ts";
import { AS_STORE, effect, isStore, Offers } from "./offers.ts";
import { guessIn, isPast, MOST_TAKERS, pastIn, placeIn, takenIn } from "./outcome.ts";
import { Overtaking } from "./overtaking.ts";
import { NEWER } from "./past_values.ts";
import { Reachable } from "./reachable.ts";

/** What an access is given: the value to store or compute with, what it compares with, and what it depends on. */
interface Operands {
  value: number;
  extra: number;
  addr: number;
  data: number;
  ctrl: number;
}

const NOTHING: Operands = { value: 0, extra: 0, addr: 0, data: 0, ctrl: 0 };

export class GraphStep {
  /** What the last access read, what it wrote if it did, and its read as a dependency. */
  value = 0;
  now = 0;
  wrote = false;
  bit = 0;
  /** It read from, or overwrote, the death of its object. */
  poisoned = false;
  refused = false;
  full = false;
  /** Questions put to the model so far. */
  asked = 0;

  protected readonly shape: MemoryShape;
  protected readonly classes: EventClasses;
  protected readonly accesses: Accesses;
  protected readonly live: LiveGraph;
  protected readonly reachable: Reachable;
  protected readonly checker: ModelChecker;
  /** What nothing open leads to has no say about the future under this model. */
  protected readonly local: boolean;
  /** Events at most. */
  protected readonly most: number;
  /** Reads that wait for a write which is not there yet. */
  waiting = 0;
  /** Where the model lets a CPU run ahead of its reads. */
  protected readonly guesses: Guesses | undefined;
  protected readonly overtaking: Overtaking | undefined;
  protected readonly offers: Offers;
  /** The state whose graph is at hand. */
  protected s: Int32Array;
  readonly #sites: readonly (SiteAccess | undefined)[];
  /** Of the access at hand; one object for all. */
  readonly #given: Operands = { ...NOTHING };

  /**
   * @param cells Cells of a state, those of messages behind them, and two that nothing uses.
   * @param capacity Events that the graph has room for, where it is to hold more than live ones.
   */
  constructor(shape: MemoryShape, model: Model, cells: number, capacity?: number) {
    this.shape = shape;
    const graph = emptyGraph(model.sets, model.relations, capacity);
    this.most = capacity === undefined ? MOST_LIVE : capacity - ROOM;
    this.classes = new EventClasses(graph, model.sets.includes("LKR"));
    this.#sites = shape.sites.map((site) => this.classes.access(site));
    this.accesses = new Accesses(shape, this.#sites, this.classes);
    this.live = new LiveGraph(graph, cells, this.classes);
    this.reachable = new Reachable(shape, this.live);
    const absent = absentSets(model, this.classes, shape);
    this.checker = model.bind(graph, absent);
    this.local = forwardLocal(model, absent).local;
    this.s = new Int32Array(shape.layout.size);
    this.guesses =
      model.order === "dependencies" ? new Guesses(shape, (cell) => this.accesses.placeOf(cell)) : undefined;
    this.overtaking =
      this.guesses &&
      new Overtaking(this.live, this.checker, this.classes, cells - SPARE_CELLS, shape.layout.cpus);
    const held = this.guesses && new HeldReads(model, absent, this.classes);
    const ahead = this.guesses && held && { guesses: this.guesses, held };
    this.offers = new Offers(this.live, this.accesses, this.reachable, this.classes, ahead);
  }

  get leftOut(): string | undefined {
    if (this.offers.cut) return `more than ${MOST_TAKERS} reads waited for one write`;
    return this.guesses?.beyond === true ? "a value was written that no read is let guess" : undefined;
  }

  get offered(): Int32Array {
    return this.offers.list;
  }

  outcomes(site: number, c: number, cell: number, extra: number): number {
    const access = this.#sites[site];
    if (access === undefined) return 1;
    const n = this.offers.of(access, c, cell, extra, this.s[cell] ?? 0, this.waiting > 0);
    this.full ||= this.offers.full;
    return ~n;
  }

  access(
    site: number,
    c: number,
    cell: number,
    a: number,
    value: number,
    extra: number,
    addr: number,
    data: number,
    ctrl: number,
  ): boolean {
    const access = this.#sites[site];
    this.poisoned = false;
    this.wrote = false;
    this.bit = 0;
    if (access === undefined || this.isFull()) return this.refuse();
    const given = this.#given;
    given.value = value;
    given.extra = extra;
    given.addr = addr;
    given.data = data;
    given.ctrl = ctrl;
    if (isPast(a)) return this.#readPast(access, c, cell, pastIn(a));
    const guess = guessIn(a);
    if (guess >= 0) return this.#guess(access, c, cell, placeIn(a), guess);
    const place = this.offers.placeOf(access, c, this.touch(cell), placeIn(a), extra);
    if (place < 0) return this.refuse();
    return isStore(access)
      ? this.#store(access.write, c, cell, place, given, takenIn(a))
      : this.#read(access, c, cell, place, takenIn(a));
  }

  /** Puts a write behind the one at `place`; those of the reads that wait for it take it whose bit is set in `taken`. */
  #store(cls: number, c: number, cell: number, place: number, given: Operands, taken = 0): boolean {
    const live = this.live;
    const { graph } = live;
    const { value } = given;
    const location = this.touch(cell);
    const last = place === (graph.count[location] ?? 0) - 1;
    const event = live.add(c, cls, cell, value);
    live.depend(event, given.addr, given.data, given.ctrl);
    graph.insert(event, place + 1);
    if (!this.#allowed(event, last, taken)) return this.#undo(1);
    this.poisoned = this.#poisonBefore(location, place + 1);
    this.value = this.#valueAt(location, place);
    this.now = value;
    this.wrote = true;
    if (last) this.s[cell] = value;
    return true;
  }

  /** Reads take the write that has just been added, and the model allows that. `sink`: nothing else leads on from it. */
  #allowed(write: number, sink: boolean, taken: number): boolean {
    if (taken === 0) return (sink && this.local) || this.consistent();
    if (this.#satisfy(write, taken) && this.consistent()) {
      this.waiting = this.live.countWaiting();
      if (this.waiting === 0) this.live.stopWaiting();
      return true;
    }
    this.live.desert(write);
    return false;
  }

  /** Those of the waiting reads take `write` whose bit is set, thread by thread in program order. */
  #satisfy(write: number, taken: number): boolean {
    const live = this.live;
    const { graph } = live;
    let bit = 1;
    for (let c = 0; c < this.shape.layout.cpus; c++) {
      for (let e = 0; e < graph.n; e++) {
        if (graph.thread[e] !== c || c === graph.thread[write] || live.cell[e] !== live.cell[write]) continue;
        if (!live.isWaiting(e)) continue;
        const takes = (taken & bit) !== 0;
        if (takes && graph.value[e] !== graph.value[write]) return false;
        if (takes && !(this.comesRound(write) && live.satisfy(e, write))) return false;
        bit <<= 1;
      }
    }
    return true;
  }

  /**
   * `write` was made because of what has happened since some read began to wait: a write that might as well have been there
   * before needs no guess. Where other reads wait, what they will take may be the link that is missing.
   */
  protected comesRound(write: number): boolean {
    return this.live.comesAfterWaiting(write);
  }

  /** Puts a write behind all others. */
  protected append(cls: number, c: number, cell: number, value: number): boolean {
    const location = this.touch(cell);
    return this.#store(cls, c, cell, (this.live.graph.count[location] ?? 0) - 1, { ...NOTHING, value });
  }

  #poisonBefore(location: number, slot: number): boolean {
    const { graph, cls } = this.live;
    const row = location * graph.writes;
    for (let i = 0; i < slot; i++) {
      if (this.classes.all[cls[graph.order[row + i] ?? 0] ?? 0]?.poison === true) return true;
    }
    return false;
  }

  #valueAt(location: number, place: number): number {
    const { graph } = this.live;
    return graph.value[graph.order[location * graph.writes + place] ?? 0] ?? 0;
  }

  /** Reads the write at `place`, and writes behind it where the access does. */
  #read(access: SiteAccess, c: number, cell: number, place: number, taken: number): boolean {
    const live = this.live;
    const { graph } = live;
    const location = this.touch(cell);
    const last = place === (graph.count[location] ?? 0) - 1;
    const source = graph.order[location * graph.writes + place] ?? 0;
    const read = this.#addRead(access, c, cell, graph.value[source] ?? 0);
    graph.readFrom(source, read);
    if (place === 0 && live.past.has(cell)) live.past.note(cell, c, NEWER);
    const write = this.wrote ? this.#update(access, read, place) : -1;
    if (taken !== 0 && write < 0) return this.#undo(1);
    if (!this.#allowed(write, last, taken)) return this.#undo(write < 0 ? 1 : 2);
    this.poisoned = this.classes.all[live.cls[source] ?? 0]?.poison === true;
    if (write >= 0 && last) this.s[cell] = this.now;
    return true;
  }

  /**
   * Reads a value that is older than all that is kept: the write that stands for the past is read, with that value. In a graph
   * that forgets nothing, the oldest write of that value that can be read.
   */
  #readPast(access: SiteAccess, c: number, cell: number, value: number): boolean {
    const { live } = this;
    const { graph } = live;
    const location = this.touch(cell);
    const row = location * graph.writes;
    if (live.past.has(cell)) {
      live.past.note(cell, c, value);
      // What it really reads is gone, and with it what leads there from a read that waits.
      live.lostTrack ||= this.waiting > 0;
      return this.#readFrom(access, c, cell, graph.order[row] ?? 0, value);
    }
    for (let place = 0; place < (graph.count[location] ?? 0); place++) {
      const source = graph.order[row + place] ?? 0;
      if (graph.value[source] !== value) continue;
      this.refused = false;
      if (this.#readFrom(access, c, cell, source, value)) return true;
    }
    return this.refuse();
  }

  /** Reads an old write, perhaps with the value of one before it. */
  #readFrom(access: SiteAccess, c: number, cell: number, source: number, value: number): boolean {
    const read = this.#addRead(access, c, cell, value);
    this.live.graph.readFrom(source, read);
    return this.consistent() || this.#undo(1);
  }

  /** The read of an access, with its value; sets what the access comes to. */
  #addRead(access: SiteAccess, c: number, cell: number, old: number): number {
    const { value, extra, addr, ctrl } = this.#given;
    const { updates, now, read: cls } = effect(access, old, value, extra);
    if (access.kind !== OP.await && access.cond !== COND.never)
      this.guesses?.noteUpdate(cell, c, access.fn, value);
    const read = this.live.add(c, cls, cell, old);
    this.live.depend(read, addr, 0, ctrl);
    this.value = old;
    this.now = now;
    this.wrote = updates;
    this.bit = this.live.bit[read] ?? 0;
    return read;
  }

  /** The writing half of an update, right behind the write at `place`. */
  #update(access: SiteAccess, read: number, place: number): number {
    const live = this.live;
    const { addr, data, ctrl } = this.#given;
    const write = live.add(live.graph.thread[read] ?? 0, access.write, live.cell[read] ?? 0, this.now);
    live.depend(write, addr, data, ctrl);
    live.pair(read, write, access.computes);
    live.graph.insert(write, place + 1);
    return write;
  }

  /**
   * Reads a write that is not there yet, with value number `guess` of the field's list; an update puts its write into slot
   * `slot`. Refused where no such write could come any more.
   */
  #guess(access: SiteAccess, c: number, cell: number, slot: number, guess: number): boolean {
    const { live, guesses, overtaking } = this;
    const place = this.accesses.placeOf(cell);
    const value = place && guesses?.listOf(place)[guess];
    if (value === undefined || overtaking === undefined) return this.refuse();
    const location = this.touch(cell);
    const behind = this.offers.placeOf(AS_STORE, c, location, slot, 0);
    const last = behind === (live.graph.count[location] ?? 0) - 1;
    const read = this.#addRead(access, c, cell, value);
    if (this.wrote && behind < 0) return this.#undo(1);
    const events = this.wrote ? 2 : 1;
    if (this.wrote) this.#update(access, read, behind);
    const early = this.wrote && !(last && this.local);
    if ((early && !this.consistent()) || !overtaking.mayBeLate(read)) return this.#undo(events);
    this.waiting++;
    live.going |= 1 << c;
    this.poisoned = this.wrote && this.#poisonBefore(location, behind + 1);
    if (this.wrote && last) this.s[cell] = this.now;
    return true;
  }

  /** The row of a cell, with a write that stands for the past when there is none. */
  protected touch(cell: number): number {
    const live = this.live;
    const known = live.locationOf(cell);
    if (known >= 0 && (live.graph.count[known] ?? 0) > 0) return known;
    const place = this.accesses.placeOf(cell);
    const freed = place !== undefined && place.life >= 0 && this.s[place.life] === LIFE.freed;
    const cls = freed ? this.classes.deadBase : this.classes.base;
    const base = live.add(NOBODY, cls, cell, cell < this.shape.layout.size ? (this.s[cell] ?? 0) : 0);
    const location = live.graph.location[base] ?? 0;
    live.graph.insert(base, 0);
    return location;
  }

  /** The end of a read-side section leads back to its begin, so it may close a cycle as no other fence can. */
  protected addFence(cls: number, c: number): boolean {
    if (this.isFull()) return this.refuse();
    const ends = (this.classes.all[cls]?.section ?? 0) < 0;
    if (ends && this.depth(c) === 0) return true;
    this.live.add(c, cls, -1, 0);
    return (!ends && this.local) || this.consistent() || this.#undo(1);
  }

  /** Reads the newest write; without one that matters there is nothing to order. */
  protected acquire(c: number, cell: number): boolean {
    const live = this.live;
    const { graph } = live;
    const location = live.locationOf(cell);
    const count = location < 0 ? 0 : (graph.count[location] ?? 0);
    if (count === 0) return true;
    if (this.isFull()) return this.refuse();
    const source = graph.order[location * graph.writes + count - 1] ?? 0;
    // What a CPU left for itself orders nothing.
    if (graph.thread[source] === c) return true;
    const read = live.add(c, this.classes.tagged("R", "Acquire"), cell, graph.value[source] ?? 0);
    graph.readFrom(source, read);
    return true;
  }

  /** Read-side sections that CPU `c` is in. */
  protected depth(c: number): number {
    const { graph, cls } = this.live;
    let depth = 0;
    for (let e = 0; e < graph.n; e++)
      if (graph.thread[e] === c) depth += this.classes.all[cls[e] ?? 0]?.section ?? 0;
    return depth;
  }

  protected consistent(): boolean {
    this.asked++;
    return this.checker.consistent();
  }

  protected refuse(): boolean {
    this.refused = true;
    return false;
  }

  #undo(events: number): boolean {
    for (let i = 0; i < events; i++) this.live.remove();
    return this.refuse();
  }

  protected isFull(): boolean {
    if (this.live.n < this.most - 4) return false;
    this.full = true;
    return true;
  }
}

/** Cells of a memory that nothing but a question to the model uses (`overtaking.ts`). */
export const SPARE_CELLS = 2;

/** Tags of what passes between contexts, beside the tags of sites. */
const MESSAGE_SETS = ["F", "Mb", "Once", "Release", "Acquire"];
const RCU_SETS = ["Rcu-lock", "Rcu-unlock", "Sync-rcu"];

/** Sets of the model that no event of the program will be in. */
function absentSets(model: Model, classes: EventClasses, { sites }: MemoryShape): ReadonlySet<string> {
  const used = new Set([...classes.all.flatMap(({ names }) => names), ...MESSAGE_SETS]);
  for (const site of sites)
    if (isFence(site.op)) for (const name of classes.all[classes.fence(site)]?.names ?? []) used.add(name);
  if (sites.some(({ op }) => op.op === "rcu.sync" || op.op === "rcu.call"))
    for (const name of RCU_SETS) used.add(name);
  return new Set(model.sets.filter((name) => !used.has(name)));
}

const isFence = ({ op }: Op): boolean => op === "fence" || op === "rcu.lock" || op === "rcu.unlock";
