/**
 * Lines that are waited for, where last-level caches know what is below them (`visits.ts`).
 *
 * Who has to wait is told the time later: an atomic or a read parks its CPU (`waits`), a store goes on the list of those
 * that the next barrier waits for. A line leaves where it is when `depart` is called, at the time `nextMove`, at which all
 * requests that could still take part in its visit have been made.
 */

import { ATOMIC, FENCE } from "./breakdown.ts";
import { type LineBooks, LineTimes } from "./line_times.ts";
import type { Profile } from "./profile.ts";
import { ATOMIC_OP, READ, STORE } from "./requests.ts";
import { SAME_L3, type Topology } from "./topology.ts";
import type { Visits } from "./visits.ts";

/** What `owner` says of a line that is in the home's cache. */
export const AT_HOME = 1 << 30;

/** What a CPU is parked for (`waits`). */
const FOR_LINE = 1;
const FOR_STORES = 2;

export class AwaitedLines extends LineTimes {
  /** Per CPU: when its posted stores will be done. */
  readonly drain: Float64Array;
  /** Per CPU: parked until a line comes or its posted stores are done, or 0. */
  readonly waits: Uint8Array;
  /** CPUs whose waiting `depart` has ended; whoever calls it empties this. */
  readonly served: number[] = [];
  /** [0]: when `depart` is due; Infinity when nobody waits. */
  readonly nextMove: Float64Array;
  /** Per CPU: the request that it is parked on; posted stores that wait for their lines. */
  private readonly parkedOn: Int32Array;
  private readonly pending: Int32Array;
  /** Per CPU: when the last of those whose time is known will be done. */
  private readonly stored: Float64Array;

  constructor(profile: Profile, topology: Topology, lines: number, classes: number, books: LineBooks) {
    super(profile, topology, lines, classes, books);
    this.nextMove = this.visits?.moves.due ?? Float64Array.of(Infinity);
    this.drain = new Float64Array(topology.cpus);
    this.waits = new Uint8Array(topology.cpus);
    this.parkedOn = new Int32Array(topology.cpus);
    this.pending = new Int32Array(topology.cpus);
    this.stored = new Float64Array(topology.cpus);
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

  /**
   * A request for a line below a last-level cache that has to wait for its turn at the home, and becomes known there:
   * a line that somebody has had to wait for once is watched from then on. An atomic or a read parks its CPU.
   */
  protected queues(l: number, cls: number, cpu: number, at: number, cost: number, kind: number): boolean {
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

  /** At the time `nextMove`, all requests until then having been made: a line leaves for the cache that is next, if it can. */
  depart(): void {
    const { visits } = this;
    if (visits === undefined) return;
    const l = visits.moves.firstLine();
    const now = visits.moves.due[0] as number;
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
}
