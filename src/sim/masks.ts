/**
 * CPU masks of the counting machine.
 *
 * Up to 31 CPUs a mask is a small integer, beyond that an immutable `Uint32Array` of words. Generated code calls one
 * of the two implementations below and does not know which. No operation changes its operands.
 */

/** A mask, opaque outside this file. */
export type Mask = number | Uint32Array;

export interface MaskOps {
  readonly none: Mask;
  readonly possible: Mask;
  with(mask: Mask, cpu: number): Mask;
  without(mask: Mask, cpu: number): Mask;
  /**
   * As `without`, for a register that is about to hold the result instead of `mask`: changed in place where `owner`, a
   * number of that register, made the mask this way before and nobody else has got it since (see `shared`).
   */
  drop(mask: Mask, cpu: number, owner: number): Mask;
  /** Somebody else is getting hold of the mask. */
  shared(mask: Mask): Mask;
  and(a: Mask, b: Mask): Mask;
  /** 0 or 1. */
  has(mask: Mask, cpu: number): number;
  /** 0 or 1. */
  empty(mask: Mask): number;
  /** The lowest CPU, −1 if there is none. */
  first(mask: Mask): number;
  count(mask: Mask): number;
}

export function maskOps(cpus: number): MaskOps {
  return cpus <= 31 ? smallMasks(cpus) : wideMasks(cpus);
}

function smallMasks(cpus: number): MaskOps {
  const n = (mask: Mask): number => mask as number;
  return {
    none: 0,
    possible: 2 ** cpus - 1,
    with: (mask, cpu) => n(mask) | (1 << cpu),
    without: (mask, cpu) => n(mask) & ~(1 << cpu),
    drop: (mask, cpu) => n(mask) & ~(1 << cpu),
    shared: (mask) => mask,
    and: (a, b) => n(a) & n(b),
    has: (mask, cpu) => (n(mask) >>> cpu) & 1,
    empty: (mask) => (n(mask) === 0 ? 1 : 0),
    first: (mask) => (n(mask) === 0 ? -1 : 31 - Math.clz32(n(mask) & -n(mask))),
    count: (mask) => bitCount(n(mask)),
  };
}

/** A row of words that a register may change in place; words before `from` are 0 for good, as bits are only taken out. */
type Row = Uint32Array & { owner?: number; from?: number };

/** A scan over thousands of CPUs asks once for each: it does not begin at the first word every time. */
function firstOf(words: Row): number {
  for (let i = words.from ?? 0; i < words.length; i++) {
    const word = words[i] as number;
    if (word === 0) continue;
    words.from = i;
    return (i << 5) | (31 - Math.clz32(word & -word));
  }
  words.from = words.length;
  return -1;
}

function wideMasks(cpus: number): MaskOps {
  const words = Math.ceil(cpus / 32);
  const w = (mask: Mask): Uint32Array => (typeof mask === "number" ? new Uint32Array(words) : mask);
  const changed = (mask: Mask, cpu: number, on: boolean): Uint32Array => {
    const copy = Uint32Array.from(w(mask));
    const bit = 1 << (cpu & 31);
    copy[cpu >> 5] = on ? (copy[cpu >> 5] ?? 0) | bit : (copy[cpu >> 5] ?? 0) & ~bit;
    return copy;
  };
  const possible = Uint32Array.from({ length: words }, (_, i) => {
    const left = cpus - i * 32;
    return left >= 32 ? 0xffffffff : 2 ** left - 1;
  });
  return {
    none: new Uint32Array(words),
    possible,
    with: (mask, cpu) => changed(mask, cpu, true),
    without: (mask, cpu) => changed(mask, cpu, false),
    drop: (mask, cpu, owner) => {
      const row: Row = w(mask);
      if (row.owner !== owner) {
        const fresh: Row = changed(mask, cpu, false);
        fresh.owner = owner;
        return fresh;
      }
      row[cpu >> 5] = (row[cpu >> 5] as number) & ~(1 << (cpu & 31));
      return row;
    },
    shared: (mask) => {
      if (typeof mask !== "number") (mask as Row).owner = -1;
      return mask;
    },
    and: (a, b) => w(a).map((word, i) => word & (w(b)[i] ?? 0)),
    has: (mask, cpu) => ((w(mask)[cpu >> 5] ?? 0) >>> (cpu & 31)) & 1,
    empty: (mask) => (firstOf(w(mask)) < 0 ? 1 : 0),
    first: (mask) => firstOf(w(mask)),
    count: (mask) => w(mask).reduce((sum, word) => sum + bitCount(word), 0),
  };
}

function bitCount(word: number): number {
  let n = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) n++;
  return n;
}
