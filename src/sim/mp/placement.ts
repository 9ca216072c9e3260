/**
 * Where a task goes that wakes: select_task_rq_fair() as of Linux 6.13, for tasks that may run anywhere.
 *
 * First a target, the task's last CPU or the waker's (`wake_affine`), unless the two wake so many others that they are better kept
 * apart (`wake_wide`). Then, if that is busy, a CPU below the target's last-level cache that idles
 * (`select_idle_sibling`); else the task waits at the target. Loads are numbers of tasks, where Linux has averages; the scan
 * for an idle CPU is never cut short (`SIS_UTIL`), and costs nothing. A new task goes where the slow path would look: to a CPU
 * that idles, near to far.
 *
 * A task that is bound goes to its last CPU if that idles, to another one of its set, else to the waker's if nobody waits
 * there.
 */

import { toPs } from "./figures.ts";
import { NONE } from "./run_queues.ts";
import type { Tasks } from "./tasks.ts";
import type { Topology } from "./topology.ts";

/** What is asked of the kernel. */
export interface Cpus {
  /** Its idle task runs, and nobody waits. */
  isIdle(cpu: number): boolean;
  /** Tasks that run or wait there. */
  load(cpu: number): number;
  /** Who runs there. */
  current(cpu: number): number;
}

/** In percent: how much more the last CPU's load counts than the waker's (half of what is beyond 100 in imbalance_pct, 117). */
const PREVIOUS = 108;
/** `wakee_flips` is halved once a second. */
const DECAY = toPs(1e9);

export class Placement {
  private readonly tasks: Tasks;
  private readonly cpus: Cpus;
  private readonly topology: Topology;
  /** CPUs below a last-level cache. */
  private readonly below: number;
  /** By task: whom it has woken last, how often that has changed, when that was halved last; `recent_used_cpu`. */
  private readonly wakee: number[] = [];
  private readonly flips: number[] = [];
  private readonly halved: number[] = [];
  private readonly recent: number[] = [];

  constructor(tasks: Tasks, cpus: Cpus, topology: Topology) {
    this.tasks = tasks;
    this.cpus = cpus;
    this.topology = topology;
    this.below = topology.cpusPerLlc;
  }

  /** Where `task` goes that `waker`, a CPU, wakes at `now`; `sync`: the waker is about to sleep. */
  placeFor(waker: number, task: number, sync: boolean, now: number): number {
    if (!this.isFree(task)) return this.bound(waker, task);
    const prev = this.tasks.lastCpu[task] as number;
    const by = this.cpus.current(waker);
    this.note(by, task, now);
    const target = this.isWide(by, task) ? prev : this.affine(waker, prev, sync);
    return this.sibling(task, prev, target);
  }

  /** Where a task goes that has just been made. */
  placeNew(waker: number, task: number): number {
    return this.bound(waker, task);
  }

  /** The task may run on all CPUs. */
  isFree(task: number): boolean {
    return this.tasks.first[task] === 0 && this.tasks.last[task] === this.topology.cpus - 1;
  }

  private bound(waker: number, task: number): number {
    const last = this.tasks.lastCpu[task] as number;
    if (this.cpus.isIdle(last)) return last;
    const first = this.tasks.first[task] as number;
    const end = this.tasks.last[task] as number;
    const { coresPerSocket, threadsPerCore } = this.topology;
    for (const size of [threadsPerCore, this.below, coresPerSocket * threadsPerCore]) {
      const from = last - (last % size);
      const found = this.idleAmong(Math.max(first, from), Math.min(end, from + size - 1));
      if (found !== NONE) return found;
    }
    const any = this.idleAmong(first, end);
    if (any !== NONE) return any;
    // A waker that is about to sleep, alone on its CPU, takes the task along: wake_affine_idle() with WF_SYNC.
    const alone = waker >= first && waker <= end && this.cpus.load(waker) === 1;
    return alone ? waker : last;
  }

  private idleAmong(first: number, last: number): number {
    for (let cpu = first; cpu <= last; cpu++) if (this.cpus.isIdle(cpu)) return cpu;
    return NONE;
  }

  // ---- the target ----

  /** record_wakee() */
  private note(by: number, task: number, now: number): void {
    if (now > (this.halved[by] ?? 0) + DECAY) {
      this.flips[by] = (this.flips[by] ?? 0) >> 1;
      this.halved[by] = now;
    }
    if (this.wakee[by] === task) return;
    this.wakee[by] = task;
    this.flips[by] = (this.flips[by] ?? 0) + 1;
  }

  /** wake_wide() */
  private isWide(by: number, task: number): boolean {
    const a = this.flips[by] ?? 0;
    const b = this.flips[task] ?? 0;
    return Math.min(a, b) >= this.below && Math.max(a, b) >= Math.min(a, b) * this.below;
  }

  /** wake_affine() */
  private affine(waker: number, prev: number, sync: boolean): number {
    const { cpus } = this;
    if (cpus.isIdle(waker) && this.shares(waker, prev)) return cpus.isIdle(prev) ? prev : waker;
    if (sync && cpus.load(waker) === 1) return waker;
    if (cpus.isIdle(prev)) return prev;
    const here = cpus.load(waker) + (sync ? 0 : 1);
    return here * 100 < cpus.load(prev) * PREVIOUS + (sync ? 1 : 0) ? waker : prev;
  }

  // ---- near the target ----

  private shares(a: number, b: number): boolean {
    return ((a / this.below) | 0) === ((b / this.below) | 0);
  }

  /** select_idle_sibling() */
  private sibling(task: number, prev: number, target: number): number {
    const { cpus } = this;
    const recent = this.recent[task] ?? prev;
    if (cpus.isIdle(target)) return target;
    if (prev !== target && this.shares(prev, target) && cpus.isIdle(prev)) return prev;
    this.recent[task] = prev;
    if (recent !== prev && recent !== target && this.shares(recent, target) && cpus.isIdle(recent))
      return recent;
    return this.scan(target);
  }

  /** A core that idles as a whole, else a CPU that does, from the target on. */
  private scan(target: number): number {
    const from = target - (target % this.below);
    const size = Math.min(this.below, this.topology.cpus - from);
    let found = NONE;
    for (let i = 1; i < size; i++) {
      const cpu = from + ((target - from + i) % size);
      if (!this.cpus.isIdle(cpu)) continue;
      if (this.isCoreIdle(cpu)) return cpu;
      if (found === NONE) found = cpu;
    }
    return found === NONE ? target : found;
  }

  private isCoreIdle(cpu: number): boolean {
    const [first, last] = this.topology.threadsOf(this.topology.coreOf(cpu));
    for (let thread = first; thread <= last; thread++) if (!this.cpus.isIdle(thread)) return false;
    return true;
  }
}
