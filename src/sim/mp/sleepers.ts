/**
 * Which CPUs sleep, how deep, and what that means for the other threads of their cores.
 *
 * The governor is the simplest that has the effect of the real ones: a CPU sleeps as deep as its last sleep was long.
 */

import { toPs } from "./figures.ts";
import type { Profile } from "./profile.ts";

const AWAKE = 0;
const ASLEEP = 1;
/** Somebody has put a task into its queue: nobody else need. */
const CLAIMED = 2;
/** The idle task runs, and is about to look at the queue before it sleeps. */
const ENTERING = 3;

export class Sleepers {
  private readonly state: Uint8Array;
  /** Whether the CPU counts among the active threads of its core. */
  private readonly active: Uint8Array;
  private readonly activeThreads: Uint8Array;
  private readonly lastIdle: Float64Array;
  private readonly cores: Int32Array;
  private readonly speeds: readonly number[];
  private readonly deepResidency: number;

  /** All CPUs are awake. */
  constructor(cores: Int32Array, profile: Profile) {
    this.cores = cores;
    this.state = new Uint8Array(cores.length);
    this.active = new Uint8Array(cores.length).fill(1);
    this.activeThreads = new Uint8Array((cores.at(-1) ?? 0) + 1);
    for (const core of cores) this.activeThreads[core] = (this.activeThreads[core] as number) + 1;
    this.lastIdle = new Float64Array(cores.length);
    this.speeds = profile.smtSpeed.speeds;
    this.deepResidency = toPs(profile.figures.deepResidency.ns);
  }

  /** Speed of `cpu` with the threads that are active on its core now, 1 for a core of its own. */
  speed(cpu: number): number {
    const active = this.activeThreads[this.cores[cpu] as number] as number;
    return this.speeds[Math.max(0, active - 1)] ?? 1;
  }

  isFree(cpu: number): boolean {
    return this.state[cpu] === ASLEEP || this.state[cpu] === ENTERING;
  }

  /** The idle task has come to `cpu`. */
  enters(cpu: number): void {
    this.state[cpu] = ENTERING;
  }

  isDeep(cpu: number): boolean {
    return (this.lastIdle[cpu] as number) >= this.deepResidency;
  }

  /** A task waits in the queue of `cpu`; true when it sleeps and nobody has sent for it. */
  claim(cpu: number): boolean {
    const asleep = this.state[cpu] === ASLEEP;
    if (asleep || this.state[cpu] === ENTERING) this.state[cpu] = CLAIMED;
    return asleep;
  }

  sleeps(cpu: number): void {
    this.state[cpu] = ASLEEP;
    this.count(cpu, 0);
  }

  /** `cpu` has slept for so many picoseconds; true when nobody had a task for it, so that it was an interrupt. */
  wakes(cpu: number, slept: number): boolean {
    const interrupted = this.state[cpu] === ASLEEP;
    this.state[cpu] = interrupted ? CLAIMED : AWAKE;
    if (slept > 0) this.lastIdle[cpu] = slept;
    this.count(cpu, 1);
    return interrupted;
  }

  private count(cpu: number, active: 0 | 1): void {
    const core = this.cores[cpu] as number;
    const change = active - (this.active[cpu] as number);
    this.active[cpu] = active;
    this.activeThreads[core] = (this.activeThreads[core] as number) + change;
  }
}
