/**
 * will-it-scale's context_switch1: pairs of tasks that pass a byte to and fro through two pipes.
 *
 * Each pair is bound to one core, as will-it-scale binds it (hwloc cores in turn, the child inherits the set): with
 * two threads per core its two tasks have a thread each, and both go through idle for every byte. When there are more
 * pairs than cores, other tasks of the core are there to run instead.
 *
 * One operation is one byte passed, as the benchmark counts them.
 */

import { toPs } from "../figures.ts";
import type { Kernel } from "../kernel.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

export interface PairsOptions {
  readonly tasks: number;
  /** Threads of one process, or one process per task. */
  readonly processes: boolean;
  /** Bound to a core each, as will-it-scale does it, or free to go anywhere. */
  readonly bound: boolean;
  /** The socket where the process was started: its mm is in the memory there. */
  readonly begun: number;
}

/** What a task does next. */
const WRITE = 0;
const WRITTEN = 1;
const READ = 2;
const START = 3;

/** Pairs begin at random within this time: in the order of their cores they would queue for a line in that order. */
const SPREAD = toPs(100_000);

export class ContextSwitch1 implements Workload {
  readonly name = "context_switch1";
  private readonly options: PairsOptions;
  private readonly next: number[] = [];
  private readonly peer: number[] = [];
  /** Bytes in the pipe that a task reads from. */
  private readonly bytes: number[] = [];

  constructor(options: PairsOptions) {
    this.options = options;
  }

  capacity(): ReadonlyMap<string, number> {
    const { tasks } = this.options;
    return new Map([
      ["task_struct", 2 * tasks],
      ["mm_struct", this.options.processes ? 2 * tasks : 1],
    ]);
  }

  start(kernel: Kernel): void {
    const { topology } = kernel.machine;
    const { begun } = this.options;
    const from = Math.min(begun * topology.coresPerSocket * topology.threadsPerCore, topology.cpus - 1);
    const shared = this.options.processes ? 0 : kernel.newMm(from);
    for (let i = 0; i < this.options.tasks; i++) {
      const core = i % topology.cores;
      const [low, high] = topology.threadsOf(core);
      const [first, last] = this.options.bound ? [low, high] : [0, topology.cpus - 1];
      const width = high - low + 1;
      const turn = Math.floor(i / topology.cores);
      const on = low + ((2 * turn) % width);
      const other = low + ((2 * turn + 1) % width);
      this.pair(kernel, first, last, on, other, shared);
    }
  }

  private pair(kernel: Kernel, first: number, last: number, on: number, other: number, shared: number): void {
    const a = kernel.spawn(first, last, on, shared === 0 ? kernel.newMm() : shared);
    const b = kernel.spawn(first, last, other, shared === 0 ? kernel.newMm() : shared);
    this.peer[a] = b;
    this.peer[b] = a;
    this.next[a] = START;
    this.next[b] = READ;
    this.bytes[a] = 0;
    this.bytes[b] = 0;
    kernel.launch(a);
    kernel.launch(b);
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    switch (this.next[task]) {
      case START:
        this.next[task] = WRITE;
        kernel.compute(cpu, kernel.rng.next() * SPREAD);
        return;
      case WRITE:
        this.next[task] = WRITTEN;
        kernel.compute(cpu, kernel.costs.pipe + kernel.costs.wake);
        return;
      case WRITTEN: {
        const peer = this.peer[task] as number;
        this.bytes[peer] = (this.bytes[peer] as number) + 1;
        kernel.counts.operations++;
        kernel.wake(cpu, peer);
        this.next[task] = READ;
        kernel.compute(cpu, kernel.costs.pipe);
        return;
      }
      default:
        if (this.bytes[task] === 0) {
          kernel.block(cpu);
          return;
        }
        this.bytes[task] = 0;
        this.next[task] = WRITE;
        this.act(kernel, task, cpu);
        return;
    }
  }
}

export const contextSwitch1: WorkloadKind = {
  name: "context_switch1",
  title: "will-it-scale: pairs of tasks pass a byte through two pipes",
  unit: "messages",
  milliseconds: 10,
  options: {
    tasks: {
      kind: "number",
      meaning: "pairs",
      low: 1,
      high: 65_536,
      fallbackText: "half the CPUs",
    },
    mode: { kind: "word", meaning: "one process, or one per task", words: ["threads", "processes"] },
    placement: {
      kind: "word",
      meaning: "each pair on one core (will-it-scale's own choice), or anywhere",
      words: ["core", "any"],
    },
    begun: {
      kind: "number",
      meaning: "socket where the process was started: its mm is in that memory",
      low: 0,
      high: 1023,
      fallback: 0,
    },
  },
  make: (values, { cpus }) =>
    new ContextSwitch1({
      tasks: values.number("tasks", Math.max(1, cpus >> 1)),
      processes: values.word("mode") === "processes",
      bound: values.word("placement") === "core",
      begun: values.number("begun", 0),
    }),
};
