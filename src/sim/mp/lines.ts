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

import { AT_HOME, AwaitedLines } from "./awaited_lines.ts";
import { ATOMIC, FENCE, HITS } from "./breakdown.ts";
import type { LineBooks } from "./line_times.ts";
import type { Profile } from "./profile.ts";
import { ATOMIC_OP, READ, STORE } from "./requests.ts";
import { Sharers } from "./sharers.ts";
import type { Topology } from "./topology.ts";

export class Lines extends AwaitedLines {
  /** By line: until when reads of it go on. */
  private readonly reads: Float64Array;
  /** Which cores have a copy of a line that is shared. */
  readonly copies: Sharers;

  constructor(profile: Profile, topology: Topology, lines: number, classes: number, books: LineBooks) {
    super(profile, topology, lines, classes, books);
    this.reads = new Float64Array(lines);
    this.copies = new Sharers(topology);
  }

  /** Lines stay where setting up has left them; nobody waits. */
  timeBegins(): void {
    for (const book of [this.free, this.reads, this.busy, this.drain]) book.fill(0);
    this.costs.stalled.fill(0);
    this.costs.transfers.fill(0);
    this.visits?.timeBegins();
  }

  /** `cpu` loads from line `l`, not the exclusive property of its core: its clock goes to when it has the value. */
  read(l: number, cls: number, cpu: number, at: number): void {
    const core = this.coreOf[cpu] as number;
    const owner = this.owner[l] as number;
    const now = this.clocks[cpu] as number;
    if (owner < 0 && this.copies.has(-owner - 1, core)) {
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
      latency = this.latency[this.viaHome(l, this.copies.nearest(-owner - 1, core), core, core)] as number;
      this.copies.add(-owner - 1, core);
    } else if (owner === 0 || owner === AT_HOME) {
      latency = this.fromHome(owner);
      this.owner[l] = core + 1;
      this.occupy(l, start, latency);
      this.arrives(l);
    } else {
      latency = this.path(l, owner - 1, core);
      // A line that others wait for is handed on whole: its next owner would have to send for every copy.
      const whole = this.visits?.wanted(l) === true;
      this.owner[l] = whole ? core + 1 : -this.copies.pair(owner - 1, core) - 1;
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

  /** How long it takes to get the line from where it is, and to invalidate all copies. */
  private reach(l: number, owner: number, core: number): number {
    if (owner === 0 || owner === AT_HOME) return this.fromHome(owner);
    if (owner > 0) return this.path(l, owner - 1, core);
    const slot = -owner - 1;
    const farthest = this.copies.farthest(slot, core);
    this.copies.release(slot);
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

  /** Every line has one owner or a set of sharers, and waits for nobody in the past: for tests. */
  check(): string | undefined {
    for (let l = 0; l < this.owner.length; l++) {
      const owner = this.owner[l] as number;
      if (owner !== AT_HOME && owner > this.topology.cores) return `line ${l} belongs to core ${owner - 1}`;
      if (Number.isNaN(this.free[l] as number)) return `line ${l} is free at no time`;
      if (owner < 0 && this.visits?.wanted(l) === true) return `line ${l} is waited for while it is shared`;
    }
    return this.visits?.check();
  }
}
