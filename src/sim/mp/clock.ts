/**
 * Who is next: one pending time per CPU, and the least of them. A calendar queue.
 *
 * The near future is a row of buckets, each a nanosecond wide, each a list of CPUs; two levels of bitmaps say which
 * are not empty. A CPU whose time lies beyond the row waits outside until the row is moved there. Setting a time is
 * taking a CPU out of one list and putting it into another, and the next CPU is in the first bucket that is not empty:
 * a few steps over typed arrays whatever the number of CPUs, nothing allocated, and a time may move either way (but
 * not before the time of the CPU that was next last).
 *
 * Of equal times the lower CPU's comes first. What `next` says of the others is a bound: none of them comes before.
 */

/** Width of a bucket, picoseconds, and their number: 33 µs. */
const WIDTH = 1024;
const BUCKETS = 1 << 15;
const SPAN = WIDTH * BUCKETS;

const NOWHERE = -1;
const BEYOND = -2;

export class Clock {
  /** Time of each CPU's next event; Infinity for none. */
  readonly times: Float64Array;
  /** Lower bound of the times of all CPUs but the one that `next` has found. */
  readonly others = new Float64Array(1);
  private readonly bucketOf: Int32Array;
  private readonly after: Int32Array;
  private readonly before: Int32Array;
  /** First CPU of each bucket. */
  private readonly first = new Int32Array(BUCKETS).fill(NOWHERE);
  /** Buckets that are not empty, and words of that bitmap that are not 0. */
  private readonly full = new Int32Array(BUCKETS >> 5);
  private readonly fullWords = new Int32Array(BUCKETS >> 10);
  /** Time of the first bucket. */
  private start = 0;
  private beyond = 0;

  constructor(cpus: number) {
    this.times = new Float64Array(cpus).fill(Infinity);
    this.bucketOf = new Int32Array(cpus).fill(NOWHERE);
    this.after = new Int32Array(cpus);
    this.before = new Int32Array(cpus);
  }

  set(cpu: number, time: number): void {
    this.remove(cpu);
    this.times[cpu] = time;
    this.insert(cpu, time);
  }

  /** The CPU whose event comes first; there is one only if some time is not Infinity. */
  next(): number {
    let bucket = this.firstFull(0);
    if (bucket < 0) {
      if (this.beyond === 0) return 0;
      this.move();
      bucket = this.firstFull(0);
    }
    const { after, times } = this;
    let best = this.first[bucket] as number;
    let second = Infinity;
    for (let cpu = after[best] as number; cpu >= 0; cpu = after[cpu] as number) {
      const time = times[cpu] as number;
      const least = times[best] as number;
      if (time < least || (time === least && cpu < best)) {
        second = least;
        best = cpu;
      } else if (time < second) second = time;
    }
    this.others[0] = second === Infinity ? this.boundAfter(bucket) : second;
    return best;
  }

  /** No time in the buckets behind `bucket`, or beyond, is less. */
  private boundAfter(bucket: number): number {
    const next = bucket + 1 < BUCKETS ? this.firstFull(bucket + 1) : -1;
    if (next >= 0) return this.start + next * WIDTH;
    return this.beyond > 0 ? this.start + SPAN : Infinity;
  }

  private insert(cpu: number, time: number): void {
    if (time === Infinity) {
      this.bucketOf[cpu] = NOWHERE;
      return;
    }
    const offset = time - this.start;
    if (offset >= SPAN) {
      this.bucketOf[cpu] = BEYOND;
      this.beyond++;
      return;
    }
    const bucket = (offset / WIDTH) | 0;
    const head = this.first[bucket] as number;
    this.bucketOf[cpu] = bucket;
    this.before[cpu] = NOWHERE;
    this.after[cpu] = head;
    this.first[bucket] = cpu;
    if (head >= 0) this.before[head] = cpu;
    else this.mark(bucket);
  }

  private remove(cpu: number): void {
    const bucket = this.bucketOf[cpu] as number;
    if (bucket === BEYOND) this.beyond--;
    if (bucket < 0) return;
    const after = this.after[cpu] as number;
    const before = this.before[cpu] as number;
    if (after >= 0) this.before[after] = before;
    if (before >= 0) this.after[before] = after;
    else {
      this.first[bucket] = after;
      if (after < 0) this.unmark(bucket);
    }
  }

  private mark(bucket: number): void {
    const word = bucket >> 5;
    this.full[word] = (this.full[word] as number) | (1 << (bucket & 31));
    this.fullWords[word >> 5] = (this.fullWords[word >> 5] as number) | (1 << (word & 31));
  }

  private unmark(bucket: number): void {
    const word = bucket >> 5;
    const rest = (this.full[word] as number) & ~(1 << (bucket & 31));
    this.full[word] = rest;
    if (rest === 0) {
      this.fullWords[word >> 5] = (this.fullWords[word >> 5] as number) & ~(1 << (word & 31));
    }
  }

  /** The first bucket from `from` on that is not empty, −1 if there is none. */
  private firstFull(from: number): number {
    const { full, fullWords } = this;
    let word = from >> 5;
    const here = (full[word] as number) & (-1 << (from & 31));
    if (here !== 0) return word * 32 + 31 - Math.clz32(here & -here);
    word++;
    for (let group = word >> 5; group < fullWords.length; group++) {
      const mask = group === word >> 5 ? -1 << (word & 31) : -1;
      const words = (fullWords[group] as number) & mask;
      if (words === 0) continue;
      const found = group * 32 + 31 - Math.clz32(words & -words);
      const bits = full[found] as number;
      return found * 32 + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  /** The row is empty: it begins anew with the earliest of those beyond. */
  private move(): void {
    const { times, bucketOf } = this;
    let least = Infinity;
    for (let cpu = 0; cpu < times.length; cpu++) {
      if (bucketOf[cpu] === BEYOND && (times[cpu] as number) < least) least = times[cpu] as number;
    }
    this.start = least - (least % WIDTH);
    this.beyond = 0;
    for (let cpu = 0; cpu < times.length; cpu++) {
      if (bucketOf[cpu] === BEYOND) this.insert(cpu, times[cpu] as number);
    }
  }
}
