/**
 * Threads of one process that sleep, work, and now and then unmap something: a storm of unmapping beside sleepers
 * (will-it-scale's tlb_flush2, threads), and a server that takes requests (memcached, as measured on two sockets: some
 * 300 000 switches and 19 000 flushes a second).
 *
 * One operation is one flush of the storm, or one request.
 */

import { toPs } from "../figures.ts";
import type { Kernel } from "../kernel.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

export interface ServersOptions {
  /** Threads that do nothing but unmap. */
  readonly flushers: number;
  /** Threads that sleep between requests; mean of the sleep and of the work, picoseconds. */
  readonly workers: number;
  readonly sleep: number;
  readonly work: number;
  /** Every so many requests one unmaps; 0 for never. */
  readonly flushEvery: number;
  /** Whether flushes, or requests, are counted. */
  readonly countsFlushes: boolean;
}

const SLEEP = 0;
const WORK = 1;
const FLUSH = 2;

export class Servers implements Workload {
  readonly name = "servers";
  private readonly options: ServersOptions;
  private readonly next: number[] = [];
  private readonly isFlusher: boolean[] = [];
  private mm = 0;
  private requests = 0;

  constructor(options: ServersOptions) {
    this.options = options;
  }

  capacity(): ReadonlyMap<string, number> {
    return new Map([
      ["task_struct", this.options.flushers + this.options.workers],
      ["mm_struct", 1],
    ]);
  }

  start(kernel: Kernel): void {
    const { cpus } = kernel.machine;
    this.mm = kernel.newMm();
    const { flushers, workers } = this.options;
    for (let i = 0; i < flushers + workers; i++) {
      const task = kernel.spawn(0, cpus - 1, i % cpus, this.mm);
      this.isFlusher[task] = i < flushers;
      this.next[task] = i < flushers ? FLUSH : SLEEP;
      kernel.launch(task);
    }
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    if (kernel.sliceOver(cpu)) {
      kernel.yield(cpu);
      return;
    }
    const { sleep, work } = this.options;
    if (this.isFlusher[task] === true || this.next[task] === FLUSH) this.flush(kernel, task, cpu);
    else if (this.next[task] === SLEEP) {
      this.next[task] = WORK;
      kernel.sleep(cpu, kernel.rng.exponential(sleep));
    } else {
      this.requests++;
      const { flushEvery, countsFlushes } = this.options;
      if (!countsFlushes) kernel.counts.operations++;
      this.next[task] = flushEvery > 0 && this.requests % flushEvery === 0 ? FLUSH : SLEEP;
      kernel.compute(cpu, work);
    }
  }

  /** The fault and the clearing of the entry, then the flush. */
  private flush(kernel: Kernel, task: number, cpu: number): void {
    if (this.next[task] === FLUSH) {
      this.next[task] = WORK;
      kernel.compute(cpu, kernel.costs.unmap + kernel.broadcast());
    } else kernel.call(cpu, "sim_unmap", this.mm);
    if (this.isFlusher[task] !== true && this.next[task] === WORK) this.next[task] = FLUSHING;
  }

  called(kernel: Kernel, task: number, cpu: number): void {
    if (this.options.countsFlushes) kernel.counts.operations++;
    this.next[task] = this.isFlusher[task] === true ? FLUSH : SLEEP;
    kernel.compute(cpu, 0);
  }
}

const FLUSHING = 3;

export const tlbFlush2: WorkloadKind = {
  name: "tlb_flush2",
  title: "threads that unmap a page each time, beside threads of the same process that sleep and run",
  unit: "flushes",
  milliseconds: 20,
  options: {
    flushers: {
      kind: "number",
      meaning: "threads that unmap",
      low: 1,
      high: 65_536,
      fallbackText: "half the CPUs",
    },
    workers: {
      kind: "number",
      meaning: "threads that sleep 50 µs and run 5 µs",
      low: 0,
      high: 65_536,
      fallbackText: "half the CPUs",
    },
  },
  make: (values, { cpus }) =>
    new Servers({
      flushers: values.number("flushers", Math.max(1, cpus >> 1)),
      workers: values.number("workers", cpus >> 1),
      sleep: toPs(50_000),
      work: toPs(5_000),
      flushEvery: 0,
      countsFlushes: true,
    }),
};

export const memcached: WorkloadKind = {
  name: "memcached",
  title: "a server of requests: 300 000 switches and 19 000 flushes a second by default",
  unit: "requests",
  milliseconds: 50,
  options: {
    threads: { kind: "number", meaning: "threads", low: 1, high: 65_536, fallbackText: "one per CPU" },
    requests: { kind: "number", meaning: "requests a second", low: 1, high: 1e9, fallback: 150_000 },
    flushes: { kind: "number", meaning: "flushes a second", low: 0, high: 1e9, fallback: 19_000 },
  },
  make: (values, { cpus }) => {
    const threads = values.number("threads", cpus);
    const requests = values.number("requests", 150_000);
    const flushes = values.number("flushes", 19_000);
    return new Servers({
      flushers: 0,
      workers: threads,
      sleep: (threads * 1e12) / requests,
      work: toPs(20_000),
      flushEvery: flushes === 0 ? 0 : Math.max(1, Math.round(requests / flushes)),
      countsFlushes: false,
    });
  },
};
