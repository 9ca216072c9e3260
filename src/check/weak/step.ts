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
import { apply, COND, OP } from "../graphs/opcodes.ts";
import { writes } from "../graphs/threads.ts";
import { Accesses } from "./accesses.ts";
import { EventClasses, type SiteAccess } from "./classes.ts";
import { emptyGraph, LiveGraph, MOST_LIVE } from "./live_graph.ts";

/** What an access is given: the value to store or compute with, what it compares with, and what these come from. */
interface Operands {
  value: number;
  extra: number;
  addr: number;
  data: number;
}

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
  protected readonly checker: ModelChecker;
  /** What nothing open leads to has no say about the future under this model. */
  protected readonly local: boolean;
  /** Events at most. */
  protected readonly most: number;
  /** Somebody asks which conditions came before an event. */
  protected conditions = false;
  /** The state whose graph is at hand. */
  protected s: Int32Array;
  readonly #sites: readonly (SiteAccess | undefined)[];
  /** Of the access at hand; one object for all. */
  readonly #given: Operands = { value: 0, extra: 0, addr: 0, data: 0 };

  /**
   * @param cells Cells of a state, and those of messages behind them.
   * @param capacity Events that the graph has room for, where it is to hold more than live ones.
   */
  constructor(shape: MemoryShape, model: Model, cells: number, capacity?: number) {
    this.shape = shape;
    const graph = emptyGraph(model.sets, model.relations, capacity);
    this.most = capacity ?? MOST_LIVE;
    this.classes = new EventClasses(graph, model.sets.includes("LKR"));
    this.#sites = shape.sites.map((site) => this.classes.access(site));
    this.accesses = new Accesses(shape, this.#sites, this.classes);
    this.live = new LiveGraph(graph, cells, this.classes);
    const absent = absentSets(model, this.classes, shape);
    this.checker = model.bind(graph, absent);
    this.local = forwardLocal(model, absent).local;
    this.s = new Int32Array(shape.layout.size);
  }

  outcomes(site: number, c: number, cell: number, extra: number): number {
    const access = this.#sites[site];
    if (access === undefined) return 1;
    const location = this.live.locationOf(cell);
    // Only what can be read now is there to be read; whether it satisfies a wait is known.
    if (location < 0) return waits(access) && !writes(access.cond, this.s[cell] ?? 0, extra) ? 0 : 1;
    if (access.kind === OP.unlock) return 1;
    let n = 0;
    while (this.#placeOf(access, c, location, n, extra) >= 0) n++;
    return n;
  }

  #placeOf(access: SiteAccess, c: number, location: number, a: number, extra: number): number {
    const { graph } = this.live;
    const count = graph.count[location] ?? 0;
    const low = this.#lowest(c, location);
    const stores = access.kind === OP.store || access.kind === OP.unlock;
    let left = a;
    for (let place = count - 1; place >= low; place--) {
      const write = graph.order[location * graph.writes + place] ?? 0;
      const taken = (graph.taken[write] ?? -1) >= 0;
      const holds = !stores && writes(access.cond, graph.value[write] ?? 0, extra);
      if (waits(access) && !holds) continue;
      if (taken && (stores || (holds && access.kind !== OP.await))) continue;
      if (left-- === 0) return place;
    }
    return -1;
  }

  /** Index of the oldest write that coherence lets CPU `c` read. */
  #lowest(c: number, location: number): number {
    const { graph } = this.live;
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
    const first = this.live.n;
    this.poisoned = false;
    this.wrote = false;
    this.bit = 0;
    if (access === undefined || this.isFull()) return this.refuse();
    const place = this.#placeOf(access, c, this.touch(cell), a, extra);
    if (place < 0) return this.refuse();
    const given = this.#given;
    given.value = value;
    given.extra = extra;
    given.addr = addr;
    given.data = data;
    const made =
      access.kind === OP.store || access.kind === OP.unlock
        ? this.#store(access.write, c, cell, place, given)
        : this.#read(access, c, cell, place);
    if (made && this.conditions) for (let e = first; e < this.live.n; e++) this.live.ctrl[e] = ctrl;
    return made;
  }

  /** Puts a write behind the one at `place`. */
  #store(cls: number, c: number, cell: number, place: number, { value, addr, data }: Operands): boolean {
    const live = this.live;
    const { graph } = live;
    const location = this.touch(cell);
    const last = place === (graph.count[location] ?? 0) - 1;
    const event = live.add(c, cls, cell, value);
    live.depend(event, addr, data);
    graph.insert(event, place + 1);
    if (!(last && this.local) && !this.consistent()) return this.#undo(1);
    this.poisoned = this.#poisonBefore(location, place + 1);
    this.value = this.#valueAt(location, place);
    this.now = value;
    this.wrote = true;
    if (last) this.s[cell] = value;
    return true;
  }

  /** Puts a write behind all others. */
  protected append(cls: number, c: number, cell: number, value: number): boolean {
    const location = this.touch(cell);
    const given = { value, extra: 0, addr: 0, data: 0 };
    return this.#store(cls, c, cell, (this.live.graph.count[location] ?? 0) - 1, given);
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
  #read(access: SiteAccess, c: number, cell: number, place: number): boolean {
    const { value, extra, addr } = this.#given;
    const live = this.live;
    const { graph } = live;
    const location = this.touch(cell);
    const last = place === (graph.count[location] ?? 0) - 1;
    const source = graph.order[location * graph.writes + place] ?? 0;
    const old = graph.value[source] ?? 0;
    const updates = access.kind !== OP.await && writes(access.cond, old, extra);
    const succeeded = updates || access.kind === OP.await || access.cond === COND.never;
    const read = live.add(c, succeeded ? access.read : access.failed, cell, old);
    live.depend(read, addr, 0);
    graph.readFrom(source, read);
    this.value = old;
    this.now = updates ? apply(access.fn, old, value) : old;
    this.bit = live.bit[read] ?? 0;
    if (updates) this.#update(access, read, place);
    if (!(last && this.local) && !this.consistent()) return this.#undo(updates ? 2 : 1);
    this.poisoned = this.classes.all[live.cls[source] ?? 0]?.poison === true;
    this.wrote = updates;
    if (updates && last) this.s[cell] = this.now;
    return true;
  }

  /** The writing half of an update, right behind what it has read. */
  #update(access: SiteAccess, read: number, place: number): void {
    const live = this.live;
    const write = live.add(live.graph.thread[read] ?? 0, access.write, live.cell[read] ?? 0, this.now);
    live.depend(write, this.#given.addr, this.#given.data);
    live.pair(read, write, access.computes);
    live.graph.insert(write, place + 1);
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

const waits = ({ kind }: SiteAccess): boolean => kind === OP.await || kind === OP.lock;

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
