/** A small generator of random numbers, the same everywhere for the same seed (xorshift, 32 bits). */
export class Rng {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 0 ≤ x < 1. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) / 4294967296;
  }

  /** 0 … n−1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Exponentially distributed with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }
}
