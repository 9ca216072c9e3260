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
  /** The mask whose words begin at `at`. */
  at(column: Uint32Array, at: number): Mask;
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
    at: (column, at) => (column[at] as number) | 0,
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

/*
 * Words of CPUs, and behind them two words about the row itself. FROM: words before it are 0 for good, as bits are only
 * taken out of a row; a scan over thousands of CPUs, which asks once for each, does not begin at the first word every
 * time. OWNER: 1 + the owner of `drop`, 0 for nobody.
 */
function wideMasks(cpus: number): MaskOps {
  const words = Math.ceil(cpus / 32);
  const FROM = words;
  const OWNER = words + 1;
  const none = new Uint32Array(words + 2);
  const w = (mask: Mask): Uint32Array => (typeof mask === "number" ? none : mask);
  const copy = (from: Uint32Array, at: number): Uint32Array => {
    const row = new Uint32Array(words + 2);
    for (let i = 0; i < words; i++) row[i] = from[at + i] as number;
    return row;
  };
  const put = (row: Uint32Array, cpu: number, on: boolean): void => {
    const word = row[cpu >> 5] as number;
    row[cpu >> 5] = on ? word | (1 << (cpu & 31)) : word & ~(1 << (cpu & 31));
  };
  const changed = (mask: Mask, cpu: number, on: boolean): Uint32Array => {
    const row = copy(w(mask), 0);
    put(row, cpu, on);
    return row;
  };
  const firstOf = (row: Uint32Array): number => {
    let i = row[FROM] as number;
    while (i < words && row[i] === 0) i++;
    row[FROM] = i;
    const word = row[i] as number;
    return i === words ? -1 : (i << 5) | (31 - Math.clz32(word & -word));
  };
  const possible = new Uint32Array(words + 2);
  for (let cpu = 0; cpu < cpus; cpu++) put(possible, cpu, true);
  return {
    none,
    possible,
    at: (column, at) => copy(column, at),
    with: (mask, cpu) => changed(mask, cpu, true),
    without: (mask, cpu) => changed(mask, cpu, false),
    drop: (mask, cpu, owner) => {
      const row = w(mask);
      if (row[OWNER] !== owner + 1) {
        const fresh = changed(mask, cpu, false);
        fresh[OWNER] = owner + 1;
        return fresh;
      }
      put(row, cpu, false);
      return row;
    },
    shared: (mask) => {
      if (typeof mask !== "number") mask[OWNER] = 0;
      return mask;
    },
    and: (a, b) => {
      const row = copy(w(a), 0);
      const other = w(b);
      for (let i = 0; i < words; i++) row[i] = (row[i] as number) & (other[i] as number);
      return row;
    },
    has: (mask, cpu) => ((w(mask)[cpu >> 5] as number) >>> (cpu & 31)) & 1,
    empty: (mask) => (firstOf(w(mask)) < 0 ? 1 : 0),
    first: (mask) => firstOf(w(mask)),
    count: (mask) => {
      const row = w(mask);
      let n = 0;
      for (let i = 0; i < words; i++) n += bitCount(row[i] as number);
      return n;
    },
  };
}

function bitCount(word: number): number {
  let n = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) n++;
  return n;
}
