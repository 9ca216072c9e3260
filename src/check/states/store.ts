/**
 * The set of visited states: packed states in discovery order, and a hash table of their indices.
 *
 * States live in chunks of one `Uint32Array` each, so nothing is copied when the set grows and a state costs its
 * words, 4 bytes of hash, 4 for its parent, 2 for the move that led to it, and 4 to 8 of table. The discovery order is
 * the breadth-first queue: a state's index is its place in it.
 *
 * The packer writes a candidate straight into the *tail*, the place of the next state; `addTail` keeps it there if it
 * is new. So a state that is new is written once, and one that is known is never copied at all.
 */
import { assert, present } from "../../base/assert.ts";

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

export class StateStore {
  /** States stored. */
  count = 0;
  /** Where the next state goes: a chunk and the index of its first word. */
  tail: Uint32Array;
  tailBase = 0;

  private readonly words: number;
  private readonly chunks: Uint32Array[] = [];
  private readonly hashes: Uint32Array[] = [];
  private readonly parents: Int32Array[] = [];
  private readonly moves: Uint16Array[] = [];
  private table = new Uint32Array(1 << 16);

  constructor(words: number) {
    this.words = words;
    this.tail = this.addChunk();
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.chunks.length * CHUNK * (this.words * 4 + 4 + 4 + 2) + this.table.byteLength;
  }

  /**
   * Adds the packed state in the tail, whose hash is `hash`, unless it is known. Returns its index if it is new, else
   * −1 − the index of the known one.
   */
  addTail(hash: number, parent: number, move: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let slot = hash & mask;
    for (let entry = table[slot] ?? 0; entry !== 0; entry = table[slot] ?? 0) {
      if (this.isTail(entry - 1, hash)) return -entry;
      slot = (slot + 1) & mask;
    }
    table[slot] = this.count + 1;
    this.keepTail(hash, parent, move);
    if (this.count * 10 > table.length * 7) this.growTable();
    return this.count - 1;
  }

  /** Whether the packed state in the tail, whose hash is `hash`, is stored. */
  knowsTail(hash: number): boolean {
    const { table } = this;
    const mask = table.length - 1;
    for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask)
      if (this.isTail((table[slot] ?? 0) - 1, hash)) return true;
    return false;
  }

  /** Copies state `index` to `out`. */
  read(index: number, out: Uint32Array): void {
    const chunk = present(this.chunks[index >> CHUNK_BITS], "chunk");
    const base = (index & (CHUNK - 1)) * this.words;
    for (let i = 0; i < this.words; i++) out[i] = chunk[base + i] ?? 0;
  }

  /** The chunk that holds state `index`; its first word is at `offsetOf(index)`. */
  chunkOf(index: number): Uint32Array {
    return present(this.chunks[index >> CHUNK_BITS], "chunk");
  }

  offsetOf(index: number): number {
    return (index & (CHUNK - 1)) * this.words;
  }

  /** Index of the state from which `index` was discovered; −1 for the initial state. */
  parentOf(index: number): number {
    return this.parents[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? -1;
  }

  /** The move that led to it. */
  moveTo(index: number): number {
    return this.moves[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0;
  }

  private isTail(index: number, hash: number): boolean {
    const at = index >> CHUNK_BITS;
    if (this.hashes[at]?.[index & (CHUNK - 1)] !== hash) return false;
    const chunk = this.chunks[at];
    if (chunk === undefined) return false;
    const { tail, tailBase, words } = this;
    const base = (index & (CHUNK - 1)) * words;
    for (let i = 0; i < words; i++) if (chunk[base + i] !== tail[tailBase + i]) return false;
    return true;
  }

  private keepTail(hash: number, parent: number, move: number): void {
    assert(move < 1 << 16, "a move code beyond 16 bits");
    const index = this.count++;
    const at = index >> CHUNK_BITS;
    const inChunk = index & (CHUNK - 1);
    present(this.hashes[at], "chunk")[inChunk] = hash;
    present(this.parents[at], "chunk")[inChunk] = parent;
    present(this.moves[at], "chunk")[inChunk] = move;
    if (inChunk === CHUNK - 1) {
      this.tail = this.addChunk();
      this.tailBase = 0;
    } else {
      this.tailBase += this.words;
    }
  }

  private addChunk(): Uint32Array {
    const chunk = new Uint32Array(CHUNK * this.words);
    this.chunks.push(chunk);
    this.hashes.push(new Uint32Array(CHUNK));
    this.parents.push(new Int32Array(CHUNK));
    this.moves.push(new Uint16Array(CHUNK));
    return chunk;
  }

  private growTable(): void {
    const bigger = new Uint32Array(this.table.length * 4);
    const mask = bigger.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = (this.hashes[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0) & mask;
      while (bigger[slot] !== 0) slot = (slot + 1) & mask;
      bigger[slot] = index + 1;
    }
    this.table = bigger;
  }
}
