/**
 * What the probes tell of each CPU. Parallel tables indexed by CPU; −1 (`UNKNOWN_MM`, `UNKNOWN_TASK`, `MAYBE`)
 * until the CPU's first event, and again after a loss.
 */

import { type MmId, UNKNOWN_MM, UNKNOWN_TASK } from "./actions.ts";
import { IntTable } from "./int_table.ts";

/** Values of `lazy`. */
export const MAYBE = -1;
export const NO = 0;
export const YES = 1;

export class ProbeCpus {
  /** One more than the highest CPU seen. */
  count = 0;
  /** Events of some CPU are missing. */
  lost = false;
  /** The task that runs. */
  readonly current = new IntTable(UNKNOWN_TASK);
  /** active_mm of the task that runs. */
  readonly active = new IntTable(UNKNOWN_MM);
  /** The task that runs has no mm: then `active` is held lazily. */
  readonly lazy = new IntTable(MAYBE);
  /** Down since `finish_cpu`. */
  readonly offline = new IntTable(NO);
  /** active_mm before the latest switch, … */
  readonly droppedMm = new IntTable(UNKNOWN_MM);
  /** … and whether its outgoing task was lazy on it, so that the switch drops a reference. */
  readonly droppedLazily = new IntTable(NO);

  seen(cpu: number): void {
    if (cpu >= this.count) this.count = cpu + 1;
  }

  run(cpu: number, active: MmId, lazy: number): void {
    this.active.set(cpu, active);
    this.lazy.set(cpu, lazy);
  }

  /** CPUs but `self` that are lazy on `mm`. */
  lazyOn(mm: MmId, self: number): number {
    let cpus = 0;
    for (let cpu = 0; cpu < this.count; cpu++) {
      if (cpu !== self && this.active.get(cpu) === mm && this.lazy.get(cpu) === YES) cpus++;
    }
    return cpus;
  }

  /**
   * Events of `cpu` are missing. What was known last stays in the tables for counts of lazy CPUs, which are no
   * more than assumed from now on; the CPU's next switch starts it afresh.
   */
  forget(cpu: number): void {
    this.lost = true;
    this.current.set(cpu, UNKNOWN_TASK);
    this.droppedMm.set(cpu, UNKNOWN_MM);
  }
}
