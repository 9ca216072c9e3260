/**
 * The set of visited states: packed states in discovery order, and a hash table of their indices.
 *
 * States live in chunks of one `Uint32Array` each, so nothing is copied when the set grows and a state costs its
 * words, 4 bytes for its parent, 2 for the move that led to it, and 4 to 8 of table. The discovery order is the
 * breadth-first queue: a state's index is its place in it.
 */
import { assert, present } from "../../base/assert.ts";

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

export class StateStore {
  /** States stored. */
  count = 0;
  private readonly words: number;
  private readonly chunks: Uint32Array[] = [];
  private readonly parents: Int32Array[] = [];
  private readonly moves: Uint16Array[] = [];
  private table = new Uint32Array(1 << 16);

  constructor(words: number) {
    this.words = words;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.chunks.length * CHUNK * (this.words * 4 + 4 + 2) + this.table.byteLength;
  }

  /**
   * Adds the packed state `packed` unless it is there. Returns its index if it is new, else −1 − its index.
   */
  add(packed: Uint32Array, parent: number, move: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let slot = hash(packed, this.words) & mask;
    for (let entry = table[slot] ?? 0; entry !== 0; entry = table[slot] ?? 0) {
      if (this.equals(entry - 1, packed)) return -entry;
      slot = (slot + 1) & mask;
    }
    const index = this.append(packed, parent, move);
    table[slot] = index + 1;
    if (this.count * 10 > table.length * 7) this.grow();
    return index;
  }

  /** Whether the packed state is in the set. */
  has(packed: Uint32Array): boolean {
    const mask = this.table.length - 1;
    let slot = hash(packed, this.words) & mask;
    for (let entry = this.table[slot] ?? 0; entry !== 0; entry = this.table[slot] ?? 0) {
      if (this.equals(entry - 1, packed)) return true;
      slot = (slot + 1) & mask;
    }
    return false;
  }

  /** Copies state `index` to `out`. */
  read(index: number, out: Uint32Array): void {
    const chunk = present(this.chunks[index >> CHUNK_BITS], "chunk");
    const base = (index & (CHUNK - 1)) * this.words;
    for (let i = 0; i < this.words; i++) out[i] = chunk[base + i] ?? 0;
  }

  /** Index of the state from which `index` was discovered; −1 for the initial state. */
  parentOf(index: number): number {
    return this.parents[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? -1;
  }

  /** The move that led to it. */
  moveTo(index: number): number {
    return this.moves[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0;
  }

  private append(packed: Uint32Array, parent: number, move: number): number {
    const index = this.count++;
    const inChunk = index & (CHUNK - 1);
    if (inChunk === 0) {
      this.chunks.push(new Uint32Array(CHUNK * this.words));
      this.parents.push(new Int32Array(CHUNK));
      this.moves.push(new Uint16Array(CHUNK));
    }
    assert(move < 1 << 16, "a move code beyond 16 bits");
    const at = index >> CHUNK_BITS;
    const chunk = present(this.chunks[at], "chunk");
    for (let i = 0; i < this.words; i++) chunk[inChunk * this.words + i] = packed[i] ?? 0;
    present(this.parents[at], "chunk")[inChunk] = parent;
    present(this.moves[at], "chunk")[inChunk] = move;
    return index;
  }

  private equals(index: number, packed: Uint32Array): boolean {
    const chunk = this.chunks[index >> CHUNK_BITS];
    const base = (index & (CHUNK - 1)) * this.words;
    if (chunk === undefined) return false;
    for (let i = 0; i < this.words; i++) if (chunk[base + i] !== packed[i]) return false;
    return true;
  }

  private grow(): void {
    const bigger = new Uint32Array(this.table.length * 2);
    const mask = bigger.length - 1;
    const packed = new Uint32Array(this.words);
    for (let index = 0; index < this.count; index++) {
      this.read(index, packed);
      let slot = hash(packed, this.words) & mask;
      while (bigger[slot] !== 0) slot = (slot + 1) & mask;
      bigger[slot] = index + 1;
    }
    this.table = bigger;
  }
}

/** A 32-bit mix of the words (multiply–xorshift per word, as in Murmur3's body and finaliser). */
function hash(packed: Uint32Array, words: number): number {
  let h = words;
  for (let i = 0; i < words; i++) {
    let k = Math.imul(packed[i] ?? 0, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
