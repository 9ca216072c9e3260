/**
 * Reads that have been deferred: each waits for a write that is not in the graph yet (guide C.1).
 *
 * A waiting read is not an event: no model sees it. It has a number, the lowest that is free, so that sets of waiting
 * reads are bits of a word; those with a number beyond the word's bits are in no set, which makes the search prune less
 * and nothing else.
 */

import { NAMED } from "./threads.ts";

/** An event about to be made, with its operands: of each thread, the next one; of each waiting read, itself. */
export class Operations {
  readonly thread: Int32Array;
  readonly pc: Int32Array;
  readonly location: Int32Array;
  readonly value: Int32Array;
  readonly extra: Int32Array;
  /** Per operation four sets of `words` words: address, data, control (to the join), control (all conditions so far). */
  readonly dependencies: Int32Array;
  readonly #words: number;

  constructor(count: number, words: number) {
    this.thread = new Int32Array(count);
    this.pc = new Int32Array(count);
    this.location = new Int32Array(count);
    this.value = new Int32Array(count);
    this.extra = new Int32Array(count);
    this.dependencies = new Int32Array(count * words * 4);
    this.#words = words;
  }

  /** Copies operation `j` of another table to `i` of this one. */
  copy(i: number, from: Operations, j: number): void {
    this.thread[i] = from.thread[j] ?? 0;
    this.pc[i] = from.pc[j] ?? 0;
    this.location[i] = from.location[j] ?? 0;
    this.value[i] = from.value[j] ?? 0;
    this.extra[i] = from.extra[j] ?? 0;
    const size = this.#words * 4;
    for (let w = 0; w < size; w++) this.dependencies[i * size + w] = from.dependencies[j * size + w] ?? 0;
  }
}

/** The waiting reads, by number. */
export class Waiting {
  /** Reads that wait now. */
  count = 0;
  /** Numbers in use are below this. */
  end = 0;
  /** By number: 1 when it is in use. */
  readonly alive: Uint8Array;
  /** By number: 1 when its thread goes on as if it had read `value` (`thin_air.ts`). */
  readonly supposed: Uint8Array;
  readonly value: Int32Array;
  readonly operations: Operations;

  constructor(capacity: number, words: number) {
    this.alive = new Uint8Array(capacity);
    this.supposed = new Uint8Array(capacity);
    this.value = new Int32Array(capacity);
    this.operations = new Operations(capacity, words);
  }

  /** Numbers a new one. */
  add(): number {
    let number = 0;
    while (this.alive[number] === 1) number++;
    this.supposed[number] = 0;
    this.revive(number);
    return number;
  }

  /** The number of the read that an op waits with, −1 if it does not. */
  find(thread: number, pc: number): number {
    const { operations, end, alive } = this;
    for (let i = 0; i < end; i++) {
      if (alive[i] === 1 && operations.thread[i] === thread && operations.pc[i] === pc) return i;
    }
    return -1;
  }

  /** Takes the number of a read that has found its write. */
  remove(number: number): void {
    this.alive[number] = 0;
    this.count--;
    while (this.end > 0 && this.alive[this.end - 1] === 0) this.end--;
  }

  /** Undoes `remove`. */
  revive(number: number): void {
    this.alive[number] = 1;
    this.count++;
    if (number >= this.end) this.end = number + 1;
  }
}

/** The set that holds one waiting read. */
export function bitOf(number: number): number {
  return number < NAMED ? 1 << number : 0;
}
