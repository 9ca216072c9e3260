/** What lines know of their machine: distances between cores by way of homes, and the books that waiting is entered into. */

import { TRANSFER } from "./breakdown.ts";
import { type FigureName, toPs } from "./figures.ts";
import type { AtomicStyle, Profile } from "./profile.ts";
import { SAME_SOCKET, type Topology } from "./topology.ts";
import { Visits } from "./visits.ts";

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

export class LineTimes {
  readonly owner: Int32Array;
  readonly free: Float64Array;
  /** Picoseconds that each line has been on its way. */
  readonly busy: Float64Array;
  readonly costs: LineCosts;
  protected readonly topology: Topology;
  /** Absent where lines go from core to core through the home. */
  protected readonly visits: Visits | undefined;
  /** Part of a transfer's latency after which the home's next probe comes. */
  protected readonly stay: number;
  /** By distance. */
  protected readonly latency: Float64Array;
  protected readonly memory: number;
  protected readonly hit: number;
  protected readonly atomics: AtomicStyle;
  protected readonly coreOf: Int32Array;
  protected readonly clocks: Float64Array;
  protected readonly limits: Float64Array;
  protected readonly at: Float64Array;
  private readonly time: Float64Array;
  /** By line: the socket whose memory it is in. */
  private readonly home: Uint8Array;

  constructor(profile: Profile, topology: Topology, lines: number, classes: number, books: LineBooks) {
    const ps = (name: FigureName): number => toPs(profile.figures[name].ns);
    this.topology = topology;
    this.owner = new Int32Array(lines);
    this.free = new Float64Array(lines);
    this.busy = new Float64Array(lines);
    this.home = new Uint8Array(lines);
    this.costs = { stalled: new Float64Array(classes), transfers: new Float64Array(classes) };
    this.stay = profile.stay?.part ?? 0;
    const caches = Math.ceil(topology.cores / topology.coresPerL3);
    const visited = this.stay > 0 && caches > 1 && profile.atomics === "near";
    this.visits = visited ? new Visits(lines, caches) : undefined;
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

  /** Picoseconds between two CPUs' cores. */
  between(a: number, b: number): number {
    return this.latency[this.topology.distance(this.coreOf[a] as number, this.coreOf[b] as number)] as number;
  }

  protected cacheOf(core: number): number {
    return (core / this.topology.coresPerL3) | 0;
  }

  /** Picoseconds from core `from` to core `to`. */
  protected path(l: number, from: number, to: number): number {
    return this.latency[this.viaHome(l, this.topology.distance(from, to), from, to)] as number;
  }

  /** The distance between two cores `distance` apart where the line's home takes part in what passes between caches. */
  protected viaHome(l: number, distance: number, from: number, to: number): number {
    if (this.visits === undefined || distance < SAME_SOCKET) return distance;
    const home = this.home[l] as number;
    return Math.max(distance, this.topology.toSocket(from, home), this.topology.toSocket(to, home));
  }

  protected wait(cls: number, cpu: number, at: number, until: number, transfers: number): void {
    const stall = until - (this.clocks[cpu] as number);
    this.costs.transfers[cls] = (this.costs.transfers[cls] as number) + transfers;
    if (stall <= 0) return;
    this.costs.stalled[cls] = (this.costs.stalled[cls] as number) + stall;
    this.at[at] = (this.at[at] as number) + stall;
    this.book(cpu, TRANSFER, stall);
  }

  protected book(cpu: number, category: number, time: number): void {
    this.clocks[cpu] = (this.clocks[cpu] as number) + time;
    this.time[category] = (this.time[category] as number) + time;
  }
}
