/**
 * Processes that have been everywhere, and then all exit: the worst case that was named for schemes that look for lazy
 * CPUs when an mm dies (Peter Zijlstra, 2020).
 *
 * Each process walks over every CPU, stays for two microseconds, and leaves its mm behind on a CPU that idles. When all
 * have come round, they exit together, and are replaced. One operation is one exit.
 */

import { toPs } from "../figures.ts";
import type { Kernel } from "../kernel.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

const STAY = toPs(2000);

export class WalkExit implements Workload {
  readonly name = "walk_exit";
  private readonly walkers: number;
  private readonly tasks: number[] = [];
  private parent = 0;
  private arrived = 0;
  private gone = 0;
  private born = 0;
  private readonly steps: number[] = [];

  constructor(walkers: number) {
    this.walkers = walkers;
  }

  capacity(cpus: number): ReadonlyMap<string, number> {
    return new Map([
      ["task_struct", this.walkers + 1],
      ["mm_struct", 8 * this.walkers + 4 * cpus + 4096],
    ]);
  }

  start(kernel: Kernel): void {
    const { cpus } = kernel.machine;
    this.parent = kernel.spawn(0, 0, 0, kernel.newMm());
    for (let i = 0; i < this.walkers; i++) {
      const task = kernel.embryo(0, cpus - 1, 0);
      this.tasks.push(task);
      kernel.unborn(task);
    }
    kernel.launch(this.parent);
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    if (task === this.parent) this.bearNext(kernel, cpu);
    else this.walk(kernel, task, cpu);
  }

  private bearNext(kernel: Kernel, cpu: number): void {
    if (this.born === this.walkers) {
      if (this.gone < this.walkers) {
        kernel.block(cpu);
        return;
      }
      this.born = 0;
      this.gone = 0;
      this.arrived = 0;
    }
    const child = this.tasks[this.born] as number;
    if (!kernel.isDead(child)) kernel.compute(cpu, kernel.costs.switch);
    else kernel.call(cpu, "replay_fork", kernel.objectOf(child), 0);
  }

  called(kernel: Kernel, _task: number, cpu: number): void {
    const child = this.tasks[this.born] as number;
    this.born++;
    kernel.revive(child);
    this.steps[child] = 0;
    kernel.wake(cpu, child);
    kernel.compute(cpu, kernel.costs.wake);
  }

  /** Odd steps stay, even ones go. */
  private walk(kernel: Kernel, task: number, cpu: number): void {
    const { cpus } = kernel.machine;
    const step = this.steps[task] as number;
    this.steps[task] = step + 1;
    if (step % 2 === 0 && step < 2 * cpus) kernel.compute(cpu, STAY);
    else if (step < 2 * cpus) kernel.migrate(cpu, (cpu + 1) % cpus);
    else if (step === 2 * cpus) this.meet(kernel, cpu);
    else kernel.exit(cpu);
  }

  /** The last one to come round wakes all others. */
  private meet(kernel: Kernel, cpu: number): void {
    this.arrived++;
    if (this.arrived < this.walkers) {
      kernel.block(cpu);
      return;
    }
    for (const other of this.tasks) kernel.wake(cpu, other);
    kernel.compute(cpu, kernel.costs.wake);
  }

  exited(kernel: Kernel, _task: number, cpu: number): void {
    kernel.counts.operations++;
    this.gone++;
    if (this.gone === this.walkers) kernel.wake(cpu, this.parent);
  }
}

export const walkExit: WorkloadKind = {
  name: "walk_exit",
  title: "processes that walk over every CPU, then exit together",
  unit: "exits",
  milliseconds: 100,
  options: {
    walkers: { kind: "number", meaning: "processes", low: 1, high: 4096, fallback: 16 },
  },
  make: (values) => new WalkExit(values.number("walkers", 16)),
};
