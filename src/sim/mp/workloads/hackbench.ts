/**
 * hackbench: groups of 20 senders and 20 receivers, every sender writing to every receiver of its group in turn.
 * Processes, as it runs by default, or threads. One operation is one message of 100 bytes.
 *
 * By default through a pair of stream sockets per receiver, which all senders of the group share: a sender that finds no room
 * sleeps until three quarters of it are free again (`unix_write_space`). With `through=pipes` each read makes room.
 */

import type { Kernel } from "../kernel.ts";
import type { Workload } from "../workload.ts";
import type { WorkloadKind } from "./registry.ts";

const SIDE = 20;
/** Messages of 100 bytes in a pipe of 64 KiB. */
const PIPE_ROOM = 655;
/** Messages of 100 bytes, 768 bytes each as buffers, in the default send buffer of 212992 bytes; and a quarter of that. */
const SOCKET_ROOM = 278;
const SOCKET_QUARTER = 69;

interface Pipe {
  messages: number;
  readonly reader: number;
  /** Senders that wait for room. */
  readonly waiting: number[];
}

export class Hackbench implements Workload {
  readonly name = "hackbench";
  private readonly groups: number;
  private readonly processes: boolean;
  private readonly room: number;
  /** Senders are woken when so many messages are left. */
  private readonly wakesAt: number;
  /** Of a sender: the pipes of its group, and whose turn it is; of a receiver: its own pipe. */
  private readonly pipes: (readonly Pipe[])[] = [];
  private readonly turn: number[] = [];
  private readonly sends: boolean[] = [];
  private readonly ready: boolean[] = [];

  constructor(groups: number, processes: boolean, sockets: boolean) {
    this.groups = groups;
    this.processes = processes;
    this.room = sockets ? SOCKET_ROOM : PIPE_ROOM;
    this.wakesAt = sockets ? SOCKET_QUARTER : PIPE_ROOM - 1;
  }

  capacity(): ReadonlyMap<string, number> {
    const tasks = 2 * SIDE * this.groups;
    return new Map([
      ["task_struct", tasks],
      ["mm_struct", this.processes ? tasks : 1],
    ]);
  }

  start(kernel: Kernel): void {
    const shared = this.processes ? 0 : kernel.newMm();
    let at = 0;
    const spawn = (): number => {
      const { cpus } = kernel.machine;
      const task = kernel.spawn(0, cpus - 1, at++ % cpus, shared === 0 ? kernel.newMm() : shared);
      kernel.launch(task);
      return task;
    };
    for (let group = 0; group < this.groups; group++) {
      const readers = Array.from({ length: SIDE }, spawn);
      const pipes = readers.map((reader): Pipe => ({ messages: 0, reader, waiting: [] }));
      readers.forEach((reader, i) => {
        this.pipes[reader] = pipes.slice(i, i + 1);
        this.sends[reader] = false;
      });
      for (const sender of Array.from({ length: SIDE }, spawn)) {
        this.pipes[sender] = pipes;
        this.sends[sender] = true;
        this.turn[sender] = kernel.rng.below(SIDE);
      }
    }
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    if (kernel.sliceOver(cpu)) {
      kernel.yield(cpu);
    } else if (this.ready[task] !== true) {
      this.ready[task] = true;
      kernel.compute(cpu, kernel.costs.pipe);
    } else if (this.sends[task] === true) this.send(kernel, task, cpu);
    else this.receive(kernel, task, cpu);
  }

  private send(kernel: Kernel, task: number, cpu: number): void {
    const turn = this.turn[task] as number;
    const pipe = this.pipes[task]?.[turn] as Pipe;
    if (pipe.messages >= this.room) {
      pipe.waiting.push(task);
      kernel.block(cpu);
      return;
    }
    pipe.messages++;
    this.turn[task] = (turn + 1) % SIDE;
    this.ready[task] = false;
    kernel.wake(cpu, pipe.reader);
    kernel.compute(cpu, pipe.messages === 1 ? kernel.costs.wake : 0);
  }

  private receive(kernel: Kernel, task: number, cpu: number): void {
    const pipe = this.pipes[task]?.[0] as Pipe;
    if (pipe.messages === 0) {
      kernel.block(cpu);
      return;
    }
    pipe.messages--;
    kernel.counts.operations++;
    this.ready[task] = false;
    const woken = pipe.messages <= this.wakesAt ? pipe.waiting.splice(0) : [];
    for (const sender of woken) kernel.wake(cpu, sender);
    kernel.compute(cpu, woken.length * kernel.costs.wake);
  }
}

export const hackbench: WorkloadKind = {
  name: "hackbench",
  title: "groups of 20 senders and 20 receivers over sockets or pipes",
  unit: "messages",
  milliseconds: 20,
  options: {
    groups: { kind: "number", meaning: "groups of 40 tasks", low: 1, high: 1024, fallback: 20 },
    mode: { kind: "word", meaning: "a process per task, or threads", words: ["processes", "threads"] },
    through: { kind: "word", meaning: "what messages go through", words: ["sockets", "pipes"] },
  },
  make: (values) =>
    new Hackbench(
      values.number("groups", 20),
      values.word("mode") === "processes",
      values.word("through") === "sockets",
    ),
};
