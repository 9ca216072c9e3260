/**
 * What a thread's code says of its future: per op, the registers whose values still matter there, and how it or an op
 * behind it may access each location.
 *
 * Both follow from unrolled code by one pass from the end. Addresses that hang on registers may go to any object.
 */

import { locationsOf, type Site, type ThreadCode } from "../code.ts";
import type { Locations } from "../locations.ts";
import { COND, OP, RESULT, VISIBLE } from "../opcodes.ts";

/** How a location may be accessed. */
export const ACCESS = {
  /** By something that may read a write and leave it at that. */
  reads: 1,
  /** By a store, anywhere in coherence order that coherence permits. */
  stores: 2,
  /** By an update that always writes, right behind a write that no other update has taken. */
  updates: 4,
  /** By the acquisition of a lock: an update of a write of 0. */
  locks: 8,
  /** By a release, right behind the thread's acquisition. */
  unlocks: 16,
} as const;

export class Prospects {
  /** Per op, `words` words: the registers that this op or one behind it may use. */
  readonly live: Uint32Array;
  readonly words: number;
  /** Per op and location, `ACCESS` bits of this op and all behind it; of those behind it alone. */
  readonly from: Uint8Array;
  readonly behind: Uint8Array;
  readonly locations: number;
  /** Per op, the sets (as bits, by their index in `closing`) that events of it or of an op behind it may be in. */
  readonly closes: Uint32Array;

  /** @param closing Names of the sets that end sections. */
  constructor(code: ThreadCode, locations: Locations, closing: readonly string[], wholeConditions: boolean) {
    const { length } = code;
    this.words = (code.registers + 31) >>> 5;
    this.live = new Uint32Array(length * this.words);
    this.locations = locations.count;
    this.from = new Uint8Array(length * this.locations);
    this.behind = new Uint8Array(length * this.locations);
    this.closes = new Uint32Array(length);
    for (let pc = length - 1; pc >= 0; pc--) {
      for (const to of successors(code, pc)) this.#inherit(pc, to);
      this.#registers(code, pc, wholeConditions);
      this.#accesses(code.sites[pc], pc, locations, closing);
    }
  }

  #inherit(pc: number, to: number): void {
    const { words, locations, live, from, behind, closes } = this;
    for (let w = 0; w < words; w++)
      live[pc * words + w] = (live[pc * words + w] ?? 0) | (live[to * words + w] ?? 0);
    for (let x = 0; x < locations; x++) {
      const bits = from[to * locations + x] ?? 0;
      from[pc * locations + x] = (from[pc * locations + x] ?? 0) | bits;
      behind[pc * locations + x] = (behind[pc * locations + x] ?? 0) | bits;
    }
    closes[pc] = (closes[pc] ?? 0) | (closes[to] ?? 0);
  }

  /** `wholeConditions`: the model looks at `ctrl-all`, so that all conditions matter to every access. */
  #registers(code: ThreadCode, pc: number, wholeConditions: boolean): void {
    const op = code.op[pc] ?? 0;
    const site = code.sites[pc];
    if (op < VISIBLE) {
      if (op === OP.mov || op === OP.bin) this.#kill(pc, code.dst[pc] ?? -1);
      if (op === OP.branch) this.#kill(pc, code.control[pc] ?? -1);
      if (op !== OP.nop && op !== OP.end && op !== OP.cut) this.#use(pc, code.a[pc] ?? -1);
      if (op === OP.bin) this.#use(pc, code.b[pc] ?? -1);
      return;
    }
    if (site === undefined) return;
    if (site.result !== RESULT.none) this.#kill(pc, site.dst);
    for (const reg of [site.obj, site.value, site.extra, ...site.controls]) this.#use(pc, reg);
    if (wholeConditions) this.#use(pc, code.conditions);
  }

  #use(pc: number, reg: number): void {
    if (reg < 0) return;
    const at = pc * this.words + (reg >>> 5);
    this.live[at] = (this.live[at] ?? 0) | (1 << (reg & 31));
  }

  #kill(pc: number, reg: number): void {
    if (reg < 0) return;
    const at = pc * this.words + (reg >>> 5);
    this.live[at] = (this.live[at] ?? 0) & ~(1 << (reg & 31));
  }

  #accesses(site: Site | undefined, pc: number, locations: Locations, closing: readonly string[]): void {
    if (site === undefined) return;
    const { read, failed, write, fenced = [] } = site.sets;
    const names = [...read, ...failed, ...write, ...fenced];
    for (const [i, name] of closing.entries())
      if (names.includes(name)) this.closes[pc] = (this.closes[pc] ?? 0) | (1 << i);
    const bits = accessOf(site);
    if (bits === 0) return;
    for (const x of locationsOf(site, locations)) {
      const at = pc * this.locations + x;
      if (x >= 0) this.from[at] = (this.from[at] ?? 0) | bits;
    }
  }

  /** Whether a register's value at an op matters to it or an op behind it. */
  isLive(pc: number, reg: number): boolean {
    return (((this.live[pc * this.words + (reg >>> 5)] ?? 0) >>> (reg & 31)) & 1) === 1;
  }
}

function successors(code: ThreadCode, pc: number): readonly number[] {
  const next = code.next[pc] ?? -1;
  const other = code.other[pc] ?? -1;
  return [next, other].filter((to, i, all) => to >= 0 && all.indexOf(to) === i);
}

function accessOf({ kind, cond, struct }: Site): number {
  if (struct < 0) return 0;
  switch (kind) {
    case OP.store:
      return ACCESS.stores;
    case OP.unlock:
      return ACCESS.unlocks;
    case OP.lock:
      return ACCESS.locks;
    case OP.read:
      return cond === COND.always ? ACCESS.updates : ACCESS.reads;
    case OP.await:
      return ACCESS.reads;
    default:
      return 0;
  }
}
