/**
 * Cache lines: who has them, and how long the next one waits.
 *
 * MESI per line, with the line's home as the place where requests queue. Who asks first is served first, and each
 * transfer begins when the one before has ended; so the whole queue is two facts per line, the core that the last
 * request gives it to (`owner`) and when that will have happened (`free`). A request is answered at once with the
 * time of its completion, which is final. A contended atomic hence saturates at one transfer per operation, and two
 * fields on one line disturb each other.
 *
 * Where the last-level cache knows what the cores below it have (`Profile.stay`), what queues at the home is not cores
 * but last-level caches: a line visits one, and the cores there hand it on among themselves until the home takes it
 * away again (`visits.ts`). `owner` and `free` are then of the last visit that anybody has asked for.
 *
 *     owner[l]    core + 1   modified or exclusive there (from free[l] on)      −slot − 1   shared (`sharers.ts`)
 *                 0          in memory only                                     AT_HOME     in the home's cache
 *
 * Reads of a shared line go on side by side; a write waits for them (`reads`). A store that misses does not stall the
 * core: it is posted, and the next full barrier or atomic of that CPU waits for it (`drain`).
 *
 * Caches are as large as they need be: a line is lost to another core only, never for want of room.
 */

import { ATOMIC, FENCE, HITS, TRANSFER } from "./breakdown.ts";
import { type FigureName, toPs } from "./figures.ts";
import type { AtomicStyle, Profile } from "./profile.ts";
import { Sharers } from "./sharers.ts";
import { SAME_L3, type Topology } from "./topology.ts";
import { Visits } from "./visits.ts";

const AT_HOME = 1 << 30;

/** What the lines have cost, by class of line (a line of a struct). */
export interface LineCosts {
  /** Picoseconds that CPUs stood still for transfers, and the number of transfers. */
  readonly stalled: Float64Array;
  readonly transfers: Float64Array;
}

export class Lines {
  readonly owner: Int32Array;
  readonly free: Float64Array;
  private readonly reads: Float64Array;
  /** Picoseconds that each line has been on its way. */
  readonly busy: Float64Array;
  /** Per CPU: when its posted stores will be done. */
  readonly drain: Float64Array;
  readonly costs: LineCosts;
  private readonly sharers: Sharers;
  private readonly topology: Topology;
  /** Absent where lines go from core to core through the home. */
  private readonly visits: Visits | undefined;
  /** Part of a transfer's latency for which the line can be handed on where it is. */
  private readonly stay: number;
  private readonly latency: Float64Array;
  private readonly memory: number;
  private readonly hit: number;
  private readonly atomics: AtomicStyle;
  private readonly coreOf: Int32Array;
  /** Clocks of the CPUs, time by category, time by source position: of the machine. */
  private readonly clocks: Float64Array;
  private readonly time: Float64Array;
  private readonly at: Float64Array;

  constructor(
    profile: Profile,
    topology: Topology,
    lines: number,
    classes: number,
    books: { readonly clocks: Float64Array; readonly time: Float64Array; readonly at: Float64Array },
  ) {
    const ps = (name: FigureName): number => toPs(profile.figures[name].ns);
    this.topology = topology;
    this.owner = new Int32Array(lines);
    this.free = new Float64Array(lines);
    this.reads = new Float64Array(lines);
    this.busy = new Float64Array(lines);
    this.drain = new Float64Array(topology.cpus);
    this.costs = { stalled: new Float64Array(classes), transfers: new Float64Array(classes) };
    this.sharers = new Sharers(topology);
    this.stay = profile.stay?.part ?? 0;
    const caches = Math.ceil(topology.cores / topology.coresPerL3);
    this.visits = this.stay > 0 && caches > 1 ? new Visits(lines, caches) : undefined;
    this.latency = Float64Array.of(0, ps("xferL3"), ps("xferSocket"), ps("xferRemote"), ps("xferFar"));
    this.memory = ps("memory");
    this.hit = ps("hit");
    this.atomics = profile.atomics;
    this.coreOf = Int32Array.from({ length: topology.cpus }, (_, cpu) => topology.coreOf(cpu));
    this.clocks = books.clocks;
    this.time = books.time;
    this.at = books.at;
  }

  /** Lines stay where setting up has left them; nobody waits. */
  timeBegins(): void {
    for (const book of [this.free, this.reads, this.busy, this.drain]) book.fill(0);
    this.costs.stalled.fill(0);
    this.costs.transfers.fill(0);
    this.visits?.timeBegins();
  }

  /** Picoseconds between two CPUs' cores. */
  between(a: number, b: number): number {
    return this.latency[this.topology.distance(this.coreOf[a] as number, this.coreOf[b] as number)] as number;
  }

  /** `cpu` loads from line `l`, not the exclusive property of its core: its clock goes to when it has the value. */
  read(l: number, cls: number, cpu: number, at: number): void {
    const core = this.coreOf[cpu] as number;
    const owner = this.owner[l] as number;
    const now = this.clocks[cpu] as number;
    if (owner < 0 && this.sharers.has(-owner - 1, core)) {
      this.book(cpu, HITS, this.hit);
      return;
    }
    if (owner === core + 1) {
      this.wait(cls, cpu, at, this.free[l] as number, 0);
      return;
    }
    const visited = this.join(l, core, now, 0);
    if (visited >= 0) {
      this.wait(cls, cpu, at, visited, 1);
      return;
    }
    let latency: number;
    const start = Math.max(now, this.free[l] as number);
    if (owner < 0) {
      latency = this.latency[this.sharers.nearest(-owner - 1, core)] as number;
      this.sharers.add(-owner - 1, core);
    } else if (owner === 0 || owner === AT_HOME) {
      latency = this.fromHome(owner);
      this.owner[l] = core + 1;
      this.occupy(l, start, latency);
      this.arrives(l);
    } else {
      latency = this.latency[this.topology.distance(owner - 1, core)] as number;
      this.owner[l] = -this.sharers.pair(owner - 1, core) - 1;
      this.occupy(l, start, latency);
    }
    if (start + latency > (this.reads[l] as number)) this.reads[l] = start + latency;
    this.wait(cls, cpu, at, start + latency, 1);
  }

  /** `cpu` stores to line `l`: posted. */
  store(l: number, cls: number, cpu: number): void {
    const core = this.coreOf[cpu] as number;
    if (this.owner[l] !== core + 1) {
      const done = this.takeOver(l, core, this.clocks[cpu] as number, false, 0);
      this.costs.transfers[cls] = (this.costs.transfers[cls] as number) + 1;
      if (done > (this.drain[cpu] as number)) this.drain[cpu] = done;
    }
    this.book(cpu, HITS, this.hit);
  }

  /**
   * `cpu` does an atomic of `cost` on line `l`. `posted`: nobody waits for its result, so where atomics may be far, it
   * does not stall the core.
   */
  atomic(l: number, cls: number, cpu: number, at: number, cost: number, posted: boolean): void {
    const core = this.coreOf[cpu] as number;
    const now = this.clocks[cpu] as number;
    if (this.owner[l] === core + 1) {
      this.wait(cls, cpu, at, this.free[l] as number, 0);
      this.free[l] = (this.clocks[cpu] as number) + cost;
    } else if (this.atomics === "far" && (this.free[l] as number) > 0) {
      this.far(l, cls, cpu, at, cost, posted);
      return;
    } else {
      // Nobody gets the line while the operation is under way.
      this.wait(cls, cpu, at, this.takeOver(l, core, now, this.atomics === "llsc", cost), 1);
    }
    this.book(cpu, ATOMIC, cost);
  }

  /** A full barrier of `cost`: waits for posted stores. */
  fence(cpu: number, at: number, cost: number): void {
    this.settle(cpu, at);
    this.book(cpu, FENCE, cost);
    this.at[at] = (this.at[at] as number) + cost;
  }

  /** Waits for posted stores. */
  settle(cpu: number, at: number): void {
    const left = (this.drain[cpu] as number) - (this.clocks[cpu] as number);
    if (left <= 0) return;
    this.at[at] = (this.at[at] as number) + left;
    this.book(cpu, FENCE, left);
  }

  /** The object on these lines is new: what the caches hold of its predecessor is as good as its own. */
  private fromHome(owner: number): number {
    return owner === AT_HOME ? (this.latency[2] as number) : this.memory;
  }

  /** The line becomes `core`'s alone, which keeps it for `cost`; when it will have come. */
  private takeOver(l: number, core: number, now: number, twice: boolean, cost: number): number {
    const visited = this.join(l, core, now, cost);
    if (visited >= 0) return visited;
    const owner = this.owner[l] as number;
    const start = Math.max(now, this.free[l] as number, owner < 0 ? (this.reads[l] as number) : 0);
    const latency = this.reach(owner, core) * (twice && owner > 0 && owner !== AT_HOME ? 2 : 1);
    const done = this.fetched(l, owner, core, now, start, latency);
    this.owner[l] = core + 1;
    this.busy[l] = (this.busy[l] as number) + done + cost - start;
    this.free[l] = done + cost;
    return done;
  }

  // ---- lines that stay for a while below a last-level cache ----

  private cacheOf(core: number): number {
    return (core / this.topology.coresPerL3) | 0;
  }

  /** When `core` gets the line from its neighbours, though it is promised to another cache; −1 when it does not. */
  private join(l: number, core: number, now: number, cost: number): number {
    const owner = this.owner[l] as number;
    if (this.visits === undefined || owner <= 0 || owner === AT_HOME) return -1;
    const cache = this.cacheOf(core);
    if (this.cacheOf(owner - 1) === cache) return -1;
    return this.visits.join(l, cache, core, now, cost, this.latency[SAME_L3] as number);
  }

  /** When the line, free at `start`, gets from `owner` to `core`, who has asked at `now`. */
  private fetched(
    l: number,
    owner: number,
    core: number,
    now: number,
    start: number,
    latency: number,
  ): number {
    const { visits } = this;
    if (visits === undefined) return start + latency;
    const moves = owner <= 0 || owner === AT_HOME || this.cacheOf(owner - 1) !== this.cacheOf(core);
    if (!moves) return start + latency;
    let done = start + latency;
    if (owner > 0 && owner !== AT_HOME) {
      const stay = Math.round(latency * this.stay);
      const tail = this.free[l] as number;
      const leaves = Math.max(Math.max(now, visits.since[l] as number) + stay, tail);
      visits.close(l, this.cacheOf(owner - 1), owner - 1, tail, leaves, tail > now);
      done = leaves + latency - stay;
    }
    visits.since[l] = done;
    return done;
  }

  private arrives(l: number): void {
    if (this.visits !== undefined) this.visits.since[l] = this.free[l] as number;
  }

  /** How long it takes to get the line from where it is, and to invalidate all copies. */
  private reach(owner: number, core: number): number {
    if (owner === 0 || owner === AT_HOME) return this.fromHome(owner);
    if (owner > 0) return this.latency[this.topology.distance(owner - 1, core)] as number;
    const slot = -owner - 1;
    const farthest = this.sharers.farthest(slot, core);
    this.sharers.release(slot);
    return this.latency[farthest] as number;
  }

  private occupy(l: number, start: number, time: number): void {
    this.free[l] = start + time;
    this.busy[l] = (this.busy[l] as number) + time;
  }

  /** The operation goes to the line's home and is done there; the line stays there. */
  private far(l: number, cls: number, cpu: number, at: number, cost: number, posted: boolean): void {
    const owner = this.owner[l] as number;
    const core = this.coreOf[cpu] as number;
    const there = (this.latency[2] as number) / 2;
    const recall = owner === 0 || owner === AT_HOME ? 0 : this.reach(owner, core);
    const start = Math.max((this.clocks[cpu] as number) + there, this.free[l] as number);
    this.owner[l] = AT_HOME;
    this.occupy(l, start, recall + cost);
    const done = this.free[l] as number;
    this.costs.transfers[cls] = (this.costs.transfers[cls] as number) + 1;
    if (posted) {
      if (done > (this.drain[cpu] as number)) this.drain[cpu] = done;
      this.book(cpu, ATOMIC, this.hit);
    } else {
      this.wait(cls, cpu, at, done + there, 0);
    }
  }

  private wait(cls: number, cpu: number, at: number, until: number, transfers: number): void {
    const stall = until - (this.clocks[cpu] as number);
    this.costs.transfers[cls] = (this.costs.transfers[cls] as number) + transfers;
    if (stall <= 0) return;
    this.costs.stalled[cls] = (this.costs.stalled[cls] as number) + stall;
    this.at[at] = (this.at[at] as number) + stall;
    this.book(cpu, TRANSFER, stall);
  }

  private book(cpu: number, category: number, time: number): void {
    this.clocks[cpu] = (this.clocks[cpu] as number) + time;
    this.time[category] = (this.time[category] as number) + time;
  }

  /** Every line has one owner or a set of sharers, and waits for nobody in the past: for tests. */
  check(): string | undefined {
    for (let l = 0; l < this.owner.length; l++) {
      const owner = this.owner[l] as number;
      if (owner !== AT_HOME && owner > this.topology.cores) return `line ${l} belongs to core ${owner - 1}`;
      if (Number.isNaN(this.free[l] as number)) return `line ${l} is free at no time`;
    }
    return this.visits?.check();
  }
}
