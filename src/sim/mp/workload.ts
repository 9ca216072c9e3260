/** What a workload is to the kernel, and what the kernel counts for it. */

import type { Kernel } from "./kernel.ts";

/** What a kind of task does. Called when a task may act; it must do one thing that takes time or gives up the CPU. */
export interface Workload {
  readonly name: string;
  /** Live objects at a time, by struct, beyond the idle tasks. */
  capacity(cpus: number): ReadonlyMap<string, number>;
  /** Makes the tasks. */
  start(kernel: Kernel): void;
  /** `task` runs on `cpu`. */
  act(kernel: Kernel, task: number, cpu: number): void;
  /** The kernel entry that `task` asked for is over; its result. */
  called?(kernel: Kernel, task: number, cpu: number, result: number): void;
  /** `task` has given up its mm and is about to be gone. */
  exited?(kernel: Kernel, task: number, cpu: number): void;
}

/** Counts since the beginning. */
export interface KernelCounts {
  /** What the workload counts as its work. */
  operations: number;
  switches: number;
  /** Switches to or from the idle task. */
  idleSwitches: number;
  exits: number;
  deepWakeups: number;
  shallowWakeups: number;
}
