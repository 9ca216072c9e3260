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
  return cpus <= 31 ? smallMasks(cpus) : new WideMasks(cpus);
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

/**
 * Rows of words, and behind these two words about the row itself. `from`: words before it are 0 for good, as bits are only
 * taken out of a row; a scan over thousands of CPUs, which asks once for each, does not begin at the first word every
 * time. `owner`: 1 + the owner of `drop`, 0 for nobody.
 */
class WideMasks implements MaskOps {
  readonly none: Uint32Array;
  readonly possible: Uint32Array;
  private readonly words: number;
  private readonly from: number;
  private readonly owner: number;

  constructor(cpus: number) {
    this.words = Math.ceil(cpus / 32);
    this.from = this.words;
    this.owner = this.words + 1;
    this.none = new Uint32Array(this.words + 2);
    this.possible = new Uint32Array(this.words + 2);
    for (let cpu = 0; cpu < cpus; cpu++) put(this.possible, cpu, true);
  }

  at(column: Uint32Array, at: number): Uint32Array {
    const row = new Uint32Array(this.words + 2);
    for (let i = 0; i < this.words; i++) row[i] = column[at + i] as number;
    return row;
  }

  with(mask: Mask, cpu: number): Uint32Array {
    const row = this.at(this.row(mask), 0);
    put(row, cpu, true);
    return row;
  }

  without(mask: Mask, cpu: number): Uint32Array {
    const row = this.at(this.row(mask), 0);
    put(row, cpu, false);
    return row;
  }

  drop(mask: Mask, cpu: number, owner: number): Uint32Array {
    const row = this.row(mask);
    if (row[this.owner] === owner + 1) {
      put(row, cpu, false);
      return row;
    }
    const fresh = this.without(mask, cpu);
    fresh[this.owner] = owner + 1;
    return fresh;
  }

  shared(mask: Mask): Mask {
    if (typeof mask !== "number") mask[this.owner] = 0;
    return mask;
  }

  and(a: Mask, b: Mask): Uint32Array {
    const row = this.at(this.row(a), 0);
    const other = this.row(b);
    for (let i = 0; i < this.words; i++) row[i] = (row[i] as number) & (other[i] as number);
    return row;
  }

  has(mask: Mask, cpu: number): number {
    return ((this.row(mask)[cpu >> 5] as number) >>> (cpu & 31)) & 1;
  }

  empty(mask: Mask): number {
    return this.first(mask) < 0 ? 1 : 0;
  }

  first(mask: Mask): number {
    const row = this.row(mask);
    let i = row[this.from] as number;
    while (i < this.words && row[i] === 0) i++;
    row[this.from] = i;
    const word = row[i] as number;
    return i === this.words ? -1 : (i << 5) | (31 - Math.clz32(word & -word));
  }

  count(mask: Mask): number {
    const row = this.row(mask);
    let n = 0;
    for (let i = 0; i < this.words; i++) n += bitCount(row[i] as number);
    return n;
  }

  private row(mask: Mask): Uint32Array {
    return typeof mask === "number" ? this.none : mask;
  }
}

function put(row: Uint32Array, cpu: number, on: boolean): void {
  const word = row[cpu >> 5] as number;
  row[cpu >> 5] = on ? word | (1 << (cpu & 31)) : word & ~(1 << (cpu & 31));
}

function bitCount(word: number): number {
  let n = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) n++;
  return n;
}
