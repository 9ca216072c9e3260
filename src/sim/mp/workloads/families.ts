/**
 * Parents that fork, wait, and fork again: the storm of short processes, and, with exec and real work, a build.
 *
 * A parent has two children in turn, so that it need not wait for the last one to be off its CPU. One operation is one
 * child that has exited.
 */

import { toPs } from "../figures.ts";
import type { Kernel } from "../kernel.ts";
import type { Profile } from "../profile.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

export interface FamiliesOptions {
  readonly parents: number;
  /** The child runs another program. */
  readonly exec: boolean;
  /** Mean of the child's own work, picoseconds, exponentially distributed; 0 for none. */
  readonly work: number;
  /** The child sleeps so many times, as for its input, 100 µs each. */
  readonly sleeps: number;
}

/** What comes next: of a parent, of a child. */
const FORK = 0;
const FORKED = 1;
const WAIT = 2;
const EXEC = 3;
const WORK = 4;
const EXIT = 5;

const SLEEP = toPs(100_000);

export class Families implements Workload {
  readonly name = "families";
  private readonly options: FamiliesOptions;
  private readonly next: number[] = [];
  private readonly parentOf: number[] = [];
  private readonly children: number[][] = [];
  private readonly turn: number[] = [];
  private readonly ended: number[] = [];
  private readonly left: number[] = [];

  constructor(options: FamiliesOptions) {
    this.options = options;
  }

  /** Each family has at most three live mms; dead ones may stay with every CPU. */
  capacity(cpus: number): ReadonlyMap<string, number> {
    const { parents } = this.options;
    return new Map([
      ["task_struct", 3 * parents],
      ["mm_struct", 8 * parents + 4 * cpus + 4096],
    ]);
  }

  /** A family, like a CPU, does one thing at a time; a job takes as long as its parts outside the specimen, if it does no work. */
  mostDeaths(cpus: number, { figures }: Profile, ps: number): number {
    const { fork, exit, exec, pipe, wake } = figures;
    const ns = fork.ns + wake.ns + pipe.ns + exit.ns + (this.options.exec ? exec.ns : 0);
    const deaths = this.options.exec ? 2 : 1;
    return Math.ceil((deaths * Math.min(cpus, this.options.parents) * ps) / (toPs(ns) * LEAST_TIME));
  }

  start(kernel: Kernel): void {
    const { cpus } = kernel.machine;
    for (let i = 0; i < this.options.parents; i++) {
      const parent = kernel.spawn(0, cpus - 1, i % cpus, kernel.newMm());
      const pair = [0, 1].map(() => kernel.embryo(0, cpus - 1, i % cpus));
      this.children[parent] = pair;
      for (const child of pair) {
        this.parentOf[child] = parent;
        kernel.unborn(child);
      }
      this.turn[parent] = 0;
      this.ended[parent] = 0;
      this.next[parent] = FORK;
      kernel.launch(parent);
    }
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    if (this.parentOf[task] === undefined) this.parent(kernel, task, cpu);
    else this.child(kernel, task, cpu);
  }

  private parent(kernel: Kernel, task: number, cpu: number): void {
    const child = this.children[task]?.[this.turn[task] as number] as number;
    if (this.next[task] === WAIT) {
      if (this.ended[task] === 0) {
        kernel.block(cpu);
        return;
      }
      this.ended[task] = 0;
      this.turn[task] = 1 - (this.turn[task] as number);
      this.next[task] = FORK;
    }
    if (this.next[task] === FORK) {
      this.next[task] = FORKED;
      kernel.compute(cpu, kernel.costs.fork);
      return;
    }
    if (!kernel.isDead(child)) kernel.compute(cpu, kernel.costs.switch);
    else kernel.call(cpu, "replay_fork", kernel.objectOf(child), 0);
  }

  called(kernel: Kernel, task: number, cpu: number): void {
    if (this.parentOf[task] !== undefined) {
      this.next[task] = WORK;
      kernel.compute(cpu, kernel.costs.exec);
      return;
    }
    const child = this.children[task]?.[this.turn[task] as number] as number;
    kernel.revive(child);
    this.next[child] = this.options.exec ? EXEC : WORK;
    this.left[child] = this.options.sleeps;
    this.next[task] = WAIT;
    kernel.wake(cpu, child);
    kernel.compute(cpu, kernel.costs.wake);
  }

  private child(kernel: Kernel, task: number, cpu: number): void {
    const { work, sleeps } = this.options;
    if (this.next[task] === EXEC) {
      kernel.call(cpu, "replay_exec");
    } else if (this.next[task] === WORK) {
      const left = this.left[task] as number;
      this.next[task] = left > 0 ? SLEEPING : EXIT;
      kernel.compute(cpu, work === 0 ? kernel.costs.pipe : kernel.rng.exponential(work / (sleeps + 1)));
    } else if (this.next[task] === SLEEPING) {
      this.left[task] = (this.left[task] as number) - 1;
      this.next[task] = WORK;
      kernel.sleep(cpu, SLEEP);
    } else if (this.next[task] === EXIT) {
      this.next[task] = GONE;
      kernel.compute(cpu, kernel.costs.exit);
    } else kernel.exit(cpu);
  }

  exited(kernel: Kernel, task: number, cpu: number): void {
    const parent = this.parentOf[task] as number;
    kernel.counts.operations++;
    this.ended[parent] = 1;
    kernel.wake(cpu, parent);
  }
}

/** `Kernel.compute` takes so much of its time at least. */
const LEAST_TIME = 0.9;
const SLEEPING = 6;
const GONE = 7;

const PARENTS = {
  kind: "number",
  meaning: "parents, each with one child at a time",
  low: 1,
  high: 65_536,
  fallbackText: "one per CPU",
} as const;

export const forkExit: WorkloadKind = {
  name: "fork_exit",
  title: "a storm of processes that do nothing but be born and exit",
  unit: "processes",
  milliseconds: 20,
  options: { parents: PARENTS },
  make: (values, { cpus }) =>
    new Families({ parents: values.number("parents", cpus), exec: false, work: 0, sleeps: 0 }),
};

export const kernelBuild: WorkloadKind = {
  name: "kernel_build",
  title: "a build: fork, exec, work with some waiting, exit, one job per CPU",
  unit: "jobs",
  milliseconds: 60,
  options: {
    parents: PARENTS,
    work: { kind: "number", meaning: "mean work of a job, µs", low: 1, high: 1_000_000, fallback: 4000 },
  },
  make: (values, { cpus }) =>
    new Families({
      parents: values.number("parents", cpus),
      exec: true,
      work: toPs(values.number("work", 4000) * 1000),
      sleeps: 3,
    }),
};
