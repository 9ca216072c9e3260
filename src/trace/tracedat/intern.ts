/**
 * Small numbers for addresses and shared strings for comms, so that a million events do not make a million objects.
 * Both are open hash tables over typed arrays with the key words stored flat, probed in place.
 */

import { utf8 } from "../../base/text.ts";

const COMM_BYTES = 16;
const COMM_WORDS = COMM_BYTES / 4;
const COMM_SLOTS = 4096;
const COMM_LIMIT = COMM_SLOTS / 2;

/**
 * Comms by their 16 bytes. It is a cache: when it fills up it starts over, so a file with ever new names costs
 * strings, not memory. Two keys may stand for one name, because the bytes behind the NUL are whatever was there.
 */
export class CommTable {
  readonly #keys = new Int32Array(COMM_SLOTS * COMM_WORDS);
  readonly #names: (string | undefined)[] = new Array(COMM_SLOTS).fill(undefined);
  readonly #scratch = new DataView(new ArrayBuffer(COMM_BYTES));
  #used = 0;

  /** The name in the 16 bytes at `at`. */
  at(view: DataView, at: number): string {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    const keys = this.#keys;
    let slot = hash(hash(a, b), hash(c, d)) & (COMM_SLOTS - 1);
    for (;;) {
      const name = this.#names[slot];
      if (name === undefined) return this.#add(slot, view, at);
      const key = slot * COMM_WORDS;
      if (keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) return name;
      slot = (slot + 1) & (COMM_SLOTS - 1);
    }
  }

  /** The name in `length` bytes at `at`; what is beyond 16 bytes, no comm has. */
  ofLength(view: DataView, at: number, length: number): string {
    for (let i = 0; i < COMM_BYTES; i++) this.#scratch.setUint8(i, i < length ? view.getUint8(at + i) : 0);
    return this.at(this.#scratch, 0);
  }

  #add(slot: number, view: DataView, at: number): string {
    const name = utf8(new Uint8Array(view.buffer, view.byteOffset + at, COMM_BYTES));
    if (this.#used === COMM_LIMIT) {
      this.#names.fill(undefined);
      this.#used = 0;
    }
    this.#used++;
    this.#names[slot] = name;
    for (let i = 0; i < COMM_WORDS; i++) this.#keys[slot * COMM_WORDS + i] = view.getInt32(at + 4 * i, true);
    return name;
  }
}

/** Addresses as consecutive numbers from 1; 0 is NULL. It grows with the distinct addresses, which slab reuse keeps few. */
export class AddressTable {
  /** High and low word of each id. */
  #words = new Uint32Array(2 * 1024);
  /** Ids by hash; 0 is an empty slot. */
  #slots = new Int32Array(4 * 1024);
  #count = 0;

  /** The id of an address. */
  intern(high: number, low: number): number {
    if (high === 0 && low === 0) return 0;
    const words = this.#words;
    const mask = this.#slots.length - 1;
    let slot = hash(low, high) & mask;
    for (;;) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) return this.#add(slot, high, low);
      if (words[2 * id] === high && words[2 * id + 1] === low) return id;
      slot = (slot + 1) & mask;
    }
  }

  /** The address of an id that `intern` gave; 0 for 0 and for numbers that it did not give. */
  address(id: number): bigint {
    if (!(id > 0 && id <= this.#count)) return 0n;
    return (BigInt(this.#words[2 * id] ?? 0) << 32n) | BigInt(this.#words[2 * id + 1] ?? 0);
  }

  #add(slot: number, high: number, low: number): number {
    const id = ++this.#count;
    this.#slots[slot] = id;
    this.#words[2 * id] = high;
    this.#words[2 * id + 1] = low;
    if (2 * (id + 2) > this.#words.length) this.#grow();
    return id;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 1; id <= this.#count; id++) {
      let slot = hash(words[2 * id + 1] ?? 0, words[2 * id] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
    }
  }
}

/** Mixes two words; addresses differ in their middle bits, which the final shift brings down to where masks look. */
function hash(a: number, b: number): number {
  const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
