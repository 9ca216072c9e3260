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
 * but last-level caches (`visits.ts`), and a transfer between two of them goes by way of the home: it crosses from socket
 * to socket when any of the three is on the other one. Who has to wait for such a line is told the time later: its
 * CPU is parked (`waits`), and the line leaves where it is when `depart` is called at `nextMove`.
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
import { ATOMIC_OP, READ, STORE } from "./requests.ts";
import { Sharers } from "./sharers.ts";
import { SAME_L3, SAME_SOCKET, type Topology } from "./topology.ts";
import { Visits } from "./visits.ts";

const AT_HOME = 1 << 30;

/** What a CPU is parked for (`waits`). */
const FOR_LINE = 1;
const FOR_STORES = 2;

/** What the lines of a machine write into: its clocks, time by category, time by source position, limits (`body_host.ts`). */
export interface LineBooks {
  readonly clocks: Float64Array;
  readonly time: Float64Array;
  readonly at: Float64Array;
  readonly limits: Float64Array;
}

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
  /** Per CPU: parked until a line comes or its posted stores are done, or 0. */
  readonly waits: Uint8Array;
  /** CPUs whose waiting `depart` has ended; whoever calls it empties this. */
  readonly served: number[] = [];
  /** Per CPU: the request that it is parked on; posted stores that wait for their lines. */
  private readonly parkedOn: Int32Array;
  private readonly pending: Int32Array;
  /** Per CPU: when the last of those whose time is known will be done. */
  private readonly stored: Float64Array;
  /** By line: the socket whose memory it is in. */
  private readonly home: Uint8Array;
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
  private readonly clocks: Float64Array;
  private readonly time: Float64Array;
  private readonly at: Float64Array;
  private readonly limits: Float64Array;

  constructor(profile: Profile, topology: Topology, lines: number, classes: number, books: LineBooks) {
    const ps = (name: FigureName): number => toPs(profile.figures[name].ns);
    this.topology = topology;
    this.owner = new Int32Array(lines);
    this.free = new Float64Array(lines);
    this.reads = new Float64Array(lines);
    this.busy = new Float64Array(lines);
    this.drain = new Float64Array(topology.cpus);
    this.waits = new Uint8Array(topology.cpus);
    this.parkedOn = new Int32Array(topology.cpus);
    this.pending = new Int32Array(topology.cpus);
    this.stored = new Float64Array(topology.cpus);
    this.home = new Uint8Array(lines);
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
    this.limits = books.limits;
  }

  /** The memory of `count` lines from `l` on is of `cpu`'s socket. */
  settleAt(l: number, count: number, cpu: number): void {
    this.home.fill(this.topology.socketOf(this.coreOf[cpu] as number), l, l + count);
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
    if (this.queues(l, cls, cpu, at, 0, READ)) return;
    let latency: number;
    const start = Math.max(now, this.free[l] as number);
    if (owner < 0) {
      latency = this.latency[this.viaHome(l, this.sharers.nearest(-owner - 1, core), core, core)] as number;
      this.sharers.add(-owner - 1, core);
    } else if (owner === 0 || owner === AT_HOME) {
      latency = this.fromHome(owner);
      this.owner[l] = core + 1;
      this.occupy(l, start, latency);
      this.arrives(l);
    } else {
      latency = this.path(l, owner - 1, core);
      this.owner[l] = -this.sharers.pair(owner - 1, core) - 1;
      this.occupy(l, start, latency);
    }
    if (start + latency > (this.reads[l] as number)) this.reads[l] = start + latency;
    this.wait(cls, cpu, at, start + latency, 1);
  }

  /** `cpu` stores to line `l`: posted. */
  store(l: number, cls: number, cpu: number): void {
    const core = this.coreOf[cpu] as number;
    if (this.owner[l] !== core + 1 && !this.queues(l, cls, cpu, 0, 0, STORE)) {
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
    } else if (this.queues(l, cls, cpu, at, cost, ATOMIC_OP)) return;
    else {
      // Nobody gets the line while the operation is under way.
      this.wait(cls, cpu, at, this.takeOver(l, core, now, this.atomics === "llsc", cost), 1);
    }
    this.book(cpu, ATOMIC, cost);
  }

  /** A full barrier of `cost`: waits for posted stores. False when their time is not known yet, and the CPU parked. */
  fence(cpu: number, at: number, cost: number): boolean {
    if (!this.settle(cpu, at)) return false;
    this.book(cpu, FENCE, cost);
    this.at[at] = (this.at[at] as number) + cost;
    return true;
  }

  /** Waits for posted stores; false as `fence`. */
  settle(cpu: number, at: number): boolean {
    if (this.pending[cpu] !== 0) {
      this.waits[cpu] = FOR_STORES;
      return false;
    }
    const left = (this.drain[cpu] as number) - (this.clocks[cpu] as number);
    if (left <= 0) return true;
    this.at[at] = (this.at[at] as number) + left;
    this.book(cpu, FENCE, left);
    return true;
  }

  /** The object on these lines is new: what the caches hold of its predecessor is as good as its own. */
  private fromHome(owner: number): number {
    return owner === AT_HOME ? (this.latency[2] as number) : this.memory;
  }

  /** The line becomes `core`'s alone, which keeps it for `cost`; when it will have come. */
  private takeOver(l: number, core: number, now: number, twice: boolean, cost: number): number {
    const owner = this.owner[l] as number;
    const start = Math.max(now, this.free[l] as number, owner < 0 ? (this.reads[l] as number) : 0);
    const latency = this.reach(l, owner, core) * (twice && owner > 0 && owner !== AT_HOME ? 2 : 1);
    const done = this.fetched(l, owner, core, now, start, latency);
    this.owner[l] = core + 1;
    this.busy[l] = (this.busy[l] as number) + done + cost - start;
    this.free[l] = done + cost;
    return done;
  }

  // ---- lines that visit last-level caches ----

  private cacheOf(core: number): number {
    return (core / this.topology.coresPerL3) | 0;
  }

  /** Picoseconds from core `from` to core `to`. */
  private path(l: number, from: number, to: number): number {
    return this.latency[this.viaHome(l, this.topology.distance(from, to), from, to)] as number;
  }

  /** The distance between two cores `distance` apart where the line's home takes part in what passes between caches. */
  private viaHome(l: number, distance: number, from: number, to: number): number {
    if (this.visits === undefined || distance < SAME_SOCKET) return distance;
    const home = this.home[l] as number;
    return Math.max(distance, this.topology.toSocket(from, home), this.topology.toSocket(to, home));
  }

  /** When the line, free at `start`, gets from `owner` to `core`, who has asked at `now`, nobody waiting. */
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
    const somewhere = owner > 0 && owner !== AT_HOME;
    if (somewhere && this.cacheOf(owner - 1) === this.cacheOf(core)) return start + latency;
    let done = start + latency;
    if (somewhere) {
      const stay = Math.round(latency * this.stay);
      const leaves = Math.max(Math.max(now, visits.since[l] as number) + stay, this.free[l] as number);
      done = leaves + latency - stay;
    }
    visits.since[l] = done;
    return done;
  }

  private arrives(l: number): void {
    if (this.visits !== undefined) this.visits.since[l] = this.free[l] as number;
  }

  /**
   * A request for a line below a last-level cache that has to wait for its turn at the home, and becomes known there:
   * a line that somebody has had to wait for once is watched from then on. An atomic or a read parks its CPU.
   */
  private queues(l: number, cls: number, cpu: number, at: number, cost: number, kind: number): boolean {
    const { visits } = this;
    const owner = this.owner[l] as number;
    if (visits === undefined || owner <= 0 || owner === AT_HOME) return false;
    const core = this.coreOf[cpu] as number;
    const now = this.clocks[cpu] as number;
    const here = this.cacheOf(owner - 1) === this.cacheOf(core);
    if (here ? !visits.probed(l, now) : this.goesAtOnce(l, now, kind, visits)) return false;
    const request = visits.requests.make(cpu, core, kind, now, cost, cls, at);
    if (visits.ask(l, this.cacheOf(core), request, now)) this.probes(l, visits);
    if (kind === STORE) {
      this.pending[cpu] = (this.pending[cpu] as number) + 1;
      this.drain[cpu] = Infinity;
    } else {
      this.waits[cpu] = FOR_LINE;
      this.parkedOn[cpu] = request;
    }
    return true;
  }

  /** A stranger's request that is answered as it is made: nobody waits, and nobody ever had to, or it is for a copy. */
  private goesAtOnce(l: number, now: number, kind: number, visits: Visits): boolean {
    if (visits.wanted(l)) return false;
    return (kind === READ || !visits.known(l)) && (this.free[l] as number) <= now;
  }

  /** The home sends for the line on behalf of the cache that is next. */
  private probes(l: number, visits: Visits): void {
    const asker = visits.requests.core[visits.firstRequest(l)] as number;
    const latency = this.path(l, (this.owner[l] as number) - 1, asker);
    const from = Math.max(visits.since[l] as number, visits.askedBy(l));
    const probe = from + Math.round(latency * this.stay);
    const leaves = Math.max(probe, this.free[l] as number);
    visits.expect(l, probe, leaves);
    if (leaves >= (this.limits[0] as number)) return;
    this.limits[0] = leaves;
    this.limits[1] = leaves + (this.latency[SAME_L3] as number);
  }

  /** When `depart` is due; Infinity when nobody waits. */
  nextMove(): number {
    return this.visits === undefined ? Infinity : this.visits.moves.first();
  }

  /** At `nextMove`, all requests until then having been made: a line leaves for the cache that is next, if it can. */
  depart(): void {
    const { visits } = this;
    if (visits === undefined) return;
    const l = visits.moves.firstLine();
    const now = visits.moves.first();
    const leaves = Math.max(visits.probeOf(l), this.free[l] as number);
    if (leaves > now) {
      visits.moves.postpone(leaves);
      return;
    }
    const { requests } = visits;
    const first = visits.take(l);
    const latency = this.path(l, (this.owner[l] as number) - 1, requests.core[first] as number);
    const arrival = leaves + latency - Math.round(latency * this.stay);
    visits.since[l] = arrival;
    this.serveAll(l, first, arrival, now, visits);
    this.busy[l] = (this.busy[l] as number) + (this.free[l] as number) - leaves;
    if (visits.wanted(l)) this.probes(l, visits);
  }

  /** The cores of a list of requests get the line in turn, the first of them at `arrival`. */
  private serveAll(l: number, first: number, arrival: number, now: number, visits: Visits): void {
    const { requests } = visits;
    const near = this.latency[SAME_L3] as number;
    let core = requests.core[first] as number;
    let time = arrival;
    for (let each = first; each !== 0; ) {
      if (requests.core[each] !== core) time += near;
      core = requests.core[each] as number;
      this.serve(each, time, now, visits);
      time += requests.cost[each] as number;
      const then = requests.next[each] as number;
      requests.release(each);
      each = then;
    }
    this.owner[l] = core + 1;
    this.free[l] = time;
  }

  /** A request gets its line at `time`. */
  private serve(request: number, time: number, now: number, { requests }: Visits): void {
    const cpu = requests.cpu[request] as number;
    const cls = requests.cls[request] as number;
    if (requests.kind[request] === STORE) {
      this.storeDone(cpu, cls, time, now);
      return;
    }
    this.wait(cls, cpu, requests.at[request] as number, time, 1);
    if (requests.kind[request] === ATOMIC_OP) this.book(cpu, ATOMIC, requests.cost[request] as number);
    this.waits[cpu] = 0;
    this.served.push(cpu);
  }

  /** A posted store of `cpu` will be done at `time`; when it was the last one, a barrier that waits for it goes on. */
  private storeDone(cpu: number, cls: number, time: number, now: number): void {
    this.costs.transfers[cls] = (this.costs.transfers[cls] as number) + 1;
    if (time > (this.stored[cpu] as number)) this.stored[cpu] = time;
    const left = (this.pending[cpu] as number) - 1;
    this.pending[cpu] = left;
    if (left > 0) return;
    this.drain[cpu] = this.stored[cpu] as number;
    if (this.waits[cpu] !== FOR_STORES) return;
    this.standStill(cpu, FENCE, now);
    this.waits[cpu] = 0;
    this.served.push(cpu);
  }

  /** Books the time of a parked CPU until `time`, at which it is still parked. */
  bookParked(cpu: number, time: number): void {
    const request = this.parkedOn[cpu] as number;
    const { visits } = this;
    if (this.waits[cpu] === FOR_STORES) this.standStill(cpu, FENCE, time);
    else if (this.waits[cpu] === FOR_LINE && visits !== undefined) {
      const { cls, at } = visits.requests;
      this.wait(cls[request] as number, cpu, at[request] as number, time, 0);
    }
  }

  private standStill(cpu: number, category: number, until: number): void {
    const by = until - (this.clocks[cpu] as number);
    if (by > 0) this.book(cpu, category, by);
  }

  /** How long it takes to get the line from where it is, and to invalidate all copies. */
  private reach(l: number, owner: number, core: number): number {
    if (owner === 0 || owner === AT_HOME) return this.fromHome(owner);
    if (owner > 0) return this.path(l, owner - 1, core);
    const slot = -owner - 1;
    const farthest = this.sharers.farthest(slot, core);
    this.sharers.release(slot);
    return this.latency[this.viaHome(l, farthest, core, core)] as number;
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
    const recall = owner === 0 || owner === AT_HOME ? 0 : this.reach(l, owner, core);
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
