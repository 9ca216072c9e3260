/** What a workload is to the kernel, what the kernel counts for it, and what can be simulated at all. */

import type { DeadMms } from "./dead_mms.ts";
import type { Histogram } from "./histogram.ts";
import type { Kernel } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import type { Profile } from "./profile.ts";

/** What a kind of task does. Called when a task may act; it must do one thing that takes time or gives up the CPU. */
export interface Workload {
  readonly name: string;
  /** Live objects at a time, by struct, beyond the idle tasks. */
  capacity(cpus: number): ReadonlyMap<string, number>;
  /** So many mms may die within `ps` at most: each stays that long where a callback of RCU frees it. Absent: few. */
  mostDeaths?(cpus: number, profile: Profile, ps: number): number;
  /** Makes the tasks. */
  start(kernel: Kernel): void;
  /** `task` runs on `cpu`. */
  act(kernel: Kernel, task: number, cpu: number): void;
  /** The kernel entry that `task` asked for is over; its result. */
  called?(kernel: Kernel, task: number, cpu: number, result: number): void;
  /** `task` has given up its mm and is about to be gone. */
  exited?(kernel: Kernel, task: number, cpu: number): void;
}

/** A machine with something that keeps it busy: the kernel with a workload, or a recorded trace. */
export interface Simulation {
  readonly machine: Machine;
  readonly counts: KernelCounts;
  /** Time of exit_mm, by task end. */
  readonly exitLatency: Histogram;
  readonly dead: DeadMms;
  /** Idle CPUs woken by somebody's IPI, not for a task. */
  readonly ipiWakeups: number;
  /** How late a trace's actions are. */
  readonly lag?: Histogram;
  /** Percentiles are of what comes from now on. */
  startMeasuring(): void;
  /** Until this virtual time, picoseconds. */
  run(until: number): void;
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
