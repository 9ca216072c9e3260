/** The tasks of a simulation, by number: one array per fact. A task that has ended may come back as another one. */

/** States of a task. */
export const RUNNING = 1;
export const QUEUED = 2;
export const BLOCKED = 3;
export const DEAD = 4;
/** Blocked or dead, but not yet off its CPU. */
export const LEAVING = 5;

export class Tasks {
  readonly state: number[] = [];
  /** The CPU that it runs on, or ran on last. */
  readonly lastCpu: number[] = [];
  /** The kernel's number of it. */
  readonly object: number[] = [];
  /** The CPUs that it may run on. */
  readonly first: number[] = [];
  readonly last: number[] = [];
  /** It was woken while it was being switched out. */
  readonly wakeLater: number[] = [];

  add(first: number, last: number, object: number): number {
    const task = this.state.length;
    this.state.push(BLOCKED);
    this.lastCpu.push(first);
    this.object.push(object);
    this.first.push(first);
    this.last.push(last);
    this.wakeLater.push(0);
    return task;
  }
}
