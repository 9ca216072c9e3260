/**
 * Sets of cores that hold a copy of a line: bitmaps in one pool, as few lines are shared at a time. A slot is a number
 * from 0; a line that is written gives its slot back.
 */

import { NEXT_SOCKET, OTHER_NODE, SAME_L3, SAME_SOCKET, type Topology } from "./topology.ts";

export class Sharers {
  private readonly topology: Topology;
  private readonly words: number;
  private bits: Uint32Array;
  private readonly freeSlots: number[] = [];
  private slots = 0;

  constructor(topology: Topology) {
    this.topology = topology;
    this.words = Math.ceil(topology.cores / 32);
    this.bits = new Uint32Array(this.words * 64);
  }

  /** A set of these two cores. */
  pair(a: number, b: number): number {
    const slot = this.freeSlots.pop() ?? this.fresh();
    this.add(slot, a);
    this.add(slot, b);
    return slot;
  }

  release(slot: number): void {
    this.bits.fill(0, slot * this.words, (slot + 1) * this.words);
    this.freeSlots.push(slot);
  }

  has(slot: number, core: number): boolean {
    return (((this.bits[slot * this.words + (core >> 5)] as number) >>> (core & 31)) & 1) !== 0;
  }

  add(slot: number, core: number): void {
    const word = slot * this.words + (core >> 5);
    this.bits[word] = (this.bits[word] as number) | (1 << (core & 31));
  }

  /** Distance from `core`, which is not in the set, to the nearest core of the set. */
  nearest(slot: number, core: number): number {
    const { coresPerL3, coresPerSocket, coresPerNode } = this.topology;
    if (this.anyWithin(slot, core, coresPerL3)) return SAME_L3;
    if (this.anyWithin(slot, core, coresPerSocket)) return SAME_SOCKET;
    return this.anyWithin(slot, core, coresPerNode) ? NEXT_SOCKET : OTHER_NODE;
  }

  /** Distance from `core` to the farthest other core of the set, 0 when there is none. */
  farthest(slot: number, core: number): number {
    const { coresPerL3, coresPerSocket, coresPerNode } = this.topology;
    if (this.anyBeyond(slot, core, coresPerNode)) return OTHER_NODE;
    if (this.anyBeyond(slot, core, coresPerSocket)) return NEXT_SOCKET;
    if (this.anyBeyond(slot, core, coresPerL3)) return SAME_SOCKET;
    return this.anyBeyond(slot, core, 1) ? SAME_L3 : 0;
  }

  /** Some core of the set is in `core`'s group of `size`. */
  private anyWithin(slot: number, core: number, size: number): boolean {
    const from = core - (core % size);
    return this.anyIn(slot, from, Math.min(from + size, this.topology.cores));
  }

  private anyBeyond(slot: number, core: number, size: number): boolean {
    const from = core - (core % size);
    const to = Math.min(from + size, this.topology.cores);
    return this.anyIn(slot, 0, from) || this.anyIn(slot, to, this.topology.cores);
  }

  private anyIn(slot: number, from: number, to: number): boolean {
    const base = slot * this.words;
    for (let at = from; at < to; at = (at | 31) + 1) {
      let word = this.bits[base + (at >> 5)] as number;
      word &= -1 << (at & 31);
      const end = to - (at & ~31);
      if (end < 32) word &= (1 << end) - 1;
      if (word !== 0) return true;
    }
    return false;
  }

  private fresh(): number {
    const slot = this.slots++;
    if ((slot + 1) * this.words > this.bits.length) {
      const wider = new Uint32Array(this.bits.length * 2);
      wider.set(this.bits);
      this.bits = wider;
    }
    return slot;
  }
}
