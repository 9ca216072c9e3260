/**
 * Sets of cores that hold a copy of a line: bitmaps in one pool, as few lines are shared at a time. A slot is a number
 * from 0; a line that is written gives its slot back.
 */

import { OTHER_NODE, SAME_L3, type Topology } from "./topology.ts";

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

  /** Distance from `core` to the nearest core of the set. */
  nearest(slot: number, core: number): number {
    const { topology } = this;
    const l3 = core - (core % topology.coresPerL3);
    const end = Math.min(l3 + topology.coresPerL3, topology.cores);
    for (let other = l3; other < end; other++) if (this.has(slot, other)) return SAME_L3;
    let best = OTHER_NODE;
    this.each(slot, (other) => {
      best = Math.min(best, topology.distance(core, other));
    });
    return best;
  }

  /** Distance from `core` to the farthest other core of the set, 0 when there is none. */
  farthest(slot: number, core: number): number {
    let worst = 0;
    this.each(slot, (other) => {
      worst = Math.max(worst, this.topology.distance(core, other));
    });
    return worst;
  }

  private each(slot: number, visit: (core: number) => void): void {
    const base = slot * this.words;
    for (let i = 0; i < this.words; i++) {
      for (let rest = this.bits[base + i] as number; rest !== 0; rest &= rest - 1) {
        visit(i * 32 + 31 - Math.clz32(rest & -rest));
      }
    }
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
