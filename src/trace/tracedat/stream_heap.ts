/**
 * CPUs by the time of their next record: a binary heap whose order is (time, CPU). The merge works on the top in place
 * and knows how far it may go, the runner-up, so that a run of records of one CPU costs one comparison each.
 */

import type { CpuStream } from "./cpu_stream.ts";

export class StreamHeap {
  readonly #streams: CpuStream[] = [];

  get top(): CpuStream | undefined {
    return this.#streams[0];
  }

  /** The stream that is next after the top: one of the two below it. */
  get runnerUp(): CpuStream | undefined {
    const left = this.#streams[1];
    const right = this.#streams[2];
    if (left === undefined || right === undefined) return left;
    return before(left, right) ? left : right;
  }

  push(stream: CpuStream): void {
    this.#streams.push(stream);
    this.#up(this.#streams.length - 1);
  }

  /** Removes the top, which has no more records. */
  pop(): void {
    const last = this.#streams.pop();
    if (last === undefined || this.#streams.length === 0) return;
    this.#streams[0] = last;
    this.settle();
  }

  /** Moves the top down to its place after it advanced. */
  settle(): void {
    const streams = this.#streams;
    const moving = streams[0];
    if (moving === undefined) return;
    let hole = 0;
    for (;;) {
      const child = this.#smallerChild(hole);
      const stream = streams[child];
      if (stream === undefined || before(moving, stream)) break;
      streams[hole] = stream;
      hole = child;
    }
    streams[hole] = moving;
  }

  #up(start: number): void {
    const streams = this.#streams;
    const moving = streams[start];
    if (moving === undefined) return;
    let hole = start;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const stream = streams[parent];
      if (stream === undefined || before(stream, moving)) break;
      streams[hole] = stream;
      hole = parent;
    }
    streams[hole] = moving;
  }

  #smallerChild(parent: number): number {
    const left = 2 * parent + 1;
    const a = this.#streams[left];
    const b = this.#streams[left + 1];
    return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
  }
}

/** The order of the merged stream: earlier first, and at the same time the lower CPU. */
export function before(a: CpuStream, b: CpuStream): boolean {
  return a.ts < b.ts || (a.ts === b.ts && a.cpu < b.cpu);
}
