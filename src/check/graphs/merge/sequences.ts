/**
 * Sequences of integers, each kept once and numbered in the order in which they came: exact, whatever their hashes.
 *
 * They lie one after the other in one array, with a hash table of their numbers beside it, so that a sequence costs its
 * integers and some twelve bytes. What all tables of a search may take together is a `Budget`; a table that has to grow
 * beyond it takes no more sequences.
 */

/** Bytes that may still be taken. */
export interface Budget {
  left: number;
}

/** No number: the sequence is not there, and there is no room for it. */
export const NO_ROOM = -1;

const HASH = 0x01000193;

export class Sequences {
  /** Sequences kept. */
  count = 0;
  /** Whether the last `add` brought a new one. */
  fresh = false;
  readonly #budget: Budget;
  /** All sequences; number i begins at `starts[i]` and ends where i + 1 begins. */
  #values: Int32Array;
  #starts: Int32Array;
  /** Numbers + 1 by hash; 0 where there is none. */
  #table: Int32Array;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#values = this.#take(1 << 10) ?? new Int32Array(1);
    this.#starts = this.#take(1 << 8) ?? new Int32Array(2);
    this.#table = this.#take(1 << 9) ?? new Int32Array(1);
  }

  /** Bytes in use. */
  get bytes(): number {
    return 4 * (this.#values.length + this.#starts.length + this.#table.length);
  }

  /** The number of the first `length` integers of `from`, which are kept if they are new and there is room. */
  add(from: Int32Array, length: number): number {
    if (4 * (this.count + 1) >= 3 * this.#table.length) this.#spread();
    const mask = this.#table.length - 1;
    let slot = hash(from, length) & mask;
    for (let entry = this.#table[slot] ?? 0; entry !== 0; entry = this.#table[slot] ?? 0) {
      if (this.#equals(entry - 1, from, length)) {
        this.fresh = false;
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    this.fresh = true;
    return this.#makeRoom(length) ? this.#keep(from, length, slot) : NO_ROOM;
  }

  #keep(from: Int32Array, length: number, slot: number): number {
    const start = this.#starts[this.count] ?? 0;
    for (let i = 0; i < length; i++) this.#values[start + i] = from[i] ?? 0;
    this.#table[slot] = this.count + 1;
    this.#starts[++this.count] = start + length;
    return this.count - 1;
  }

  #equals(number: number, from: Int32Array, length: number): boolean {
    const start = this.#starts[number] ?? 0;
    if ((this.#starts[number + 1] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#values[start + i] !== from[i]) return false;
    return true;
  }

  /** Whether one more sequence fits, if need be after growing. */
  #makeRoom(length: number): boolean {
    const end = (this.#starts[this.count] ?? 0) + length;
    if (end > this.#values.length) {
      const bigger = this.#take(Math.max(end, 2 * this.#values.length), this.#values.length);
      if (bigger === undefined) return false;
      bigger.set(this.#values);
      this.#values = bigger;
    }
    if (this.count + 2 > this.#starts.length) {
      const bigger = this.#take(2 * this.#starts.length, this.#starts.length);
      if (bigger === undefined) return false;
      bigger.set(this.#starts);
      this.#starts = bigger;
    }
    return 4 * (this.count + 1) < 3 * this.#table.length;
  }

  /** Doubles the table if there is room. */
  #spread(): void {
    const table = this.#take(2 * this.#table.length, this.#table.length);
    if (table === undefined) return;
    const mask = table.length - 1;
    for (let number = 0; number < this.count; number++) {
      const start = this.#starts[number] ?? 0;
      const values = this.#values.subarray(start, this.#starts[number + 1]);
      let slot = hash(values, values.length) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = number + 1;
    }
    this.#table = table;
  }

  /** An array in place of one of `instead` elements; undefined beyond the budget. */
  #take(length: number, instead = 0): Int32Array | undefined {
    const bytes = 4 * (length - instead);
    if (bytes > this.#budget.left) return undefined;
    this.#budget.left -= bytes;
    return new Int32Array(length);
  }
}

function hash(values: Int32Array, length: number): number {
  let h = 0x811c9dc5 ^ length;
  for (let i = 0; i < length; i++) {
    h = Math.imul(h ^ (values[i] ?? 0), HASH);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 13), 0x5bd1e995);
  return h ^ (h >>> 16);
}
