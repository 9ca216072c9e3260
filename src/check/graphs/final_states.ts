/**
 * The distinct final states of a search, with how often each occurred: a hash table of tuples of integers.
 *
 * Tuples lie one after the other in one array, so that a known state costs a hash and a comparison, and no object.
 */

export class FinalStates {
  /** Distinct states. */
  count = 0;
  readonly width: number;
  #values: Int32Array;
  #occurrences = new Float64Array(64);
  #table = new Int32Array(128);

  /** @param width Integers per state. */
  constructor(width: number) {
    this.width = width;
    this.#values = new Int32Array(64 * width);
  }

  /** Counts a state once more (or `times` more). Returns its number, in the order in which states were first seen. */
  add(state: ArrayLike<number>, times = 1): number {
    const mask = this.#table.length - 1;
    let slot = this.#hash(state) & mask;
    for (let entry = this.#table[slot] ?? 0; entry !== 0; entry = this.#table[slot] ?? 0) {
      if (this.#equals(entry - 1, state)) {
        this.#occurrences[entry - 1] = (this.#occurrences[entry - 1] ?? 0) + times;
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    const index = this.count++;
    if (index >= this.#occurrences.length) this.#grow();
    for (let i = 0; i < this.width; i++) this.#values[index * this.width + i] = state[i] ?? 0;
    this.#occurrences[index] = times;
    this.#table[slot] = index + 1;
    if (this.count * 2 > this.#table.length) this.#rehash();
    return index;
  }

  /** The integers of state number `index`. */
  state(index: number): Int32Array {
    return this.#values.slice(index * this.width, (index + 1) * this.width);
  }

  occurrences(index: number): number {
    return this.#occurrences[index] ?? 0;
  }

  #hash(state: ArrayLike<number>): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i++) {
      hash = Math.imul(hash ^ (state[i] ?? 0), 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #equals(index: number, state: ArrayLike<number>): boolean {
    const base = index * this.width;
    for (let i = 0; i < this.width; i++) if (this.#values[base + i] !== (state[i] ?? 0)) return false;
    return true;
  }

  #grow(): void {
    const values = new Int32Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
    const occurrences = new Float64Array(this.#occurrences.length * 2);
    occurrences.set(this.#occurrences);
    this.#occurrences = occurrences;
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = this.#hash(this.#values.subarray(index * this.width, (index + 1) * this.width)) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = index + 1;
    }
  }
}
