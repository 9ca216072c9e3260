/**
 * Where a task goes that wakes: to the CPU where it ran last, if that idles; to another CPU of its set that idles, near to
 * far; else to the waker's, if nobody waits there; else to its last CPU's queue. Models select_task_rq_fair() as far as it
 * decides who goes through idle.
 */

import { NONE, type RunQueues } from "./run_queues.ts";
import type { Sleepers } from "./sleepers.ts";
import type { Tasks } from "./tasks.ts";
import type { Topology } from "./topology.ts";

export class Placement {
  private readonly tasks: Tasks;
  private readonly sleepers: Sleepers;
  private readonly queues: RunQueues;
  private readonly topology: Topology;

  constructor(tasks: Tasks, sleepers: Sleepers, queues: RunQueues, topology: Topology) {
    this.tasks = tasks;
    this.sleepers = sleepers;
    this.queues = queues;
    this.topology = topology;
  }

  placeFor(waker: number, task: number): number {
    const last = this.tasks.lastCpu[task] as number;
    if (this.sleepers.isFree(last)) return last;
    const first = this.tasks.first[task] as number;
    const end = this.tasks.last[task] as number;
    const { coresPerL3, coresPerSocket, threadsPerCore } = this.topology;
    for (const size of [threadsPerCore, coresPerL3 * threadsPerCore, coresPerSocket * threadsPerCore]) {
      const from = last - (last % size);
      const found = this.freeAmong(Math.max(first, from), Math.min(end, from + size - 1));
      if (found !== NONE) return found;
    }
    const any = this.freeAmong(first, end);
    if (any !== NONE) return any;
    // A waker that is about to sleep, alone on its CPU, takes the task along: wake_affine_idle() with WF_SYNC.
    const alone = waker >= first && waker <= end && this.queues.length(waker) === 0;
    return alone ? waker : last;
  }

  private freeAmong(first: number, last: number): number {
    for (let cpu = first; cpu <= last; cpu++) if (this.sleepers.isFree(cpu)) return cpu;
    return NONE;
  }
}
