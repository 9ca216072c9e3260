/** Tasks that wait for a CPU: a list per CPU, first in, first out. A task is in one list at most. */

export const NONE = -1;

export class RunQueues {
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly size: Int32Array;
  private readonly next: number[] = [];

  constructor(cpus: number) {
    this.head = new Int32Array(cpus).fill(NONE);
    this.tail = new Int32Array(cpus).fill(NONE);
    this.size = new Int32Array(cpus);
  }

  length(cpu: number): number {
    return this.size[cpu] as number;
  }

  append(cpu: number, task: number): void {
    this.next[task] = NONE;
    if (this.size[cpu] === 0) this.head[cpu] = task;
    else this.next[this.tail[cpu] as number] = task;
    this.tail[cpu] = task;
    this.size[cpu] = (this.size[cpu] as number) + 1;
  }

  /** The first one; NONE when there is none. */
  take(cpu: number): number {
    if (this.size[cpu] === 0) return NONE;
    const task = this.head[cpu] as number;
    this.head[cpu] = this.next[task] as number;
    this.size[cpu] = (this.size[cpu] as number) - 1;
    return task;
  }
}
