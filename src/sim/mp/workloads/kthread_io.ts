/**
 * I/O through kernel threads: per CPU a user process that hands each request to a kernel thread of the same CPU and
 * sleeps until that has done it. Every request is a switch into the kernel thread and back to the same mm, which is what
 * being lazy is for. With `borrow` the kernel thread puts on the user's mm to do the work (kthread_use_mm).
 */

import type { Kernel } from "../kernel.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

const ASK = 0;
const SLEEP = 1;
const SERVE = 2;
const BORROW = 3;
const RETURN = 4;
const ANSWER = 5;

export class KthreadIo implements Workload {
  readonly name = "kthread_io";
  private readonly pairs: number;
  private readonly borrow: boolean;
  private readonly next: number[] = [];
  private readonly peer: number[] = [];
  private readonly mmOf: number[] = [];
  private readonly asked: boolean[] = [];
  private readonly isThread: boolean[] = [];

  constructor(pairs: number, borrow: boolean) {
    this.pairs = pairs;
    this.borrow = borrow;
  }

  capacity(): ReadonlyMap<string, number> {
    return new Map([
      ["task_struct", 2 * this.pairs],
      ["mm_struct", this.pairs],
    ]);
  }

  start(kernel: Kernel): void {
    for (let i = 0; i < this.pairs; i++) {
      const cpu = i % kernel.machine.cpus;
      const mm = kernel.newMm();
      const user = kernel.spawn(cpu, cpu, cpu, mm);
      const thread = kernel.spawn(cpu, cpu, cpu, 0);
      for (const [task, peer] of [
        [user, thread],
        [thread, user],
      ] as const) {
        this.peer[task] = peer;
        this.mmOf[task] = mm;
        this.asked[task] = false;
        this.isThread[task] = task === thread;
        this.next[task] = task === thread ? SERVE : ASK;
        kernel.launch(task);
      }
    }
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    if (this.isThread[task] === true) this.serve(kernel, task, cpu);
    else this.ask(kernel, task, cpu);
  }

  private ask(kernel: Kernel, task: number, cpu: number): void {
    const peer = this.peer[task] as number;
    if (this.next[task] === ASK) {
      this.next[task] = SLEEP;
      kernel.compute(cpu, 2 * kernel.costs.pipe + kernel.costs.wake);
      return;
    }
    if (this.asked[peer] !== true && this.asked[task] === true) {
      this.asked[task] = false;
      this.next[task] = ASK;
      this.act(kernel, task, cpu);
      return;
    }
    if (this.asked[peer] !== true) {
      this.asked[peer] = true;
      kernel.wake(cpu, peer);
    }
    kernel.block(cpu);
  }

  private serve(kernel: Kernel, task: number, cpu: number): void {
    const mm = this.mmOf[task] as number;
    switch (this.next[task]) {
      case SERVE:
        if (this.asked[task] !== true) {
          kernel.block(cpu);
          return;
        }
        this.next[task] = this.borrow ? BORROW : ANSWER;
        kernel.compute(cpu, 2 * kernel.costs.pipe);
        return;
      case BORROW:
        this.next[task] = RETURN;
        kernel.call(cpu, "replay_use_mm", mm);
        return;
      case RETURN:
        this.next[task] = ANSWER;
        kernel.call(cpu, "replay_unuse_mm", mm);
        return;
      default: {
        const user = this.peer[task] as number;
        this.asked[task] = false;
        this.asked[user] = true;
        this.next[task] = SERVE;
        kernel.counts.operations++;
        kernel.wake(cpu, user);
        kernel.compute(cpu, kernel.costs.wake);
      }
    }
  }
}

export const kthreadIo: WorkloadKind = {
  name: "kthread_io",
  title: "user processes whose I/O is done by a kernel thread of the same CPU",
  unit: "requests",
  milliseconds: 10,
  options: {
    pairs: { kind: "number", meaning: "processes", low: 1, high: 65_536, fallbackText: "one per CPU" },
    mm: { kind: "word", meaning: "the kernel thread stays lazy, or uses the mm", words: ["lazy", "use"] },
  },
  make: (values, { cpus }) => new KthreadIo(values.number("pairs", cpus), values.word("mm") === "use"),
};
