/**
 * Who is next: one pending time per CPU, and the least of them. A calendar queue.
 *
 * The near future is a row of buckets, each a nanosecond wide, each a list of CPUs in the order of their times; two levels of
 * bitmaps say which are not empty. A CPU whose time lies beyond the row waits outside until the row is moved there. The next
 * CPU is the first of the first bucket that is not empty, and is taken out until its time is set again: a few steps over
 * typed arrays whatever the number of CPUs, nothing allocated. A time may move either way (but not before the time of the
 * CPU that was taken last).
 *
 * Of equal times the lower CPU's comes first. What `take` says of the others is a bound: none of them comes before.
 */

/** Width of a bucket, picoseconds, and their number: 33 µs. */
const WIDTH = 1024;
const BUCKETS = 1 << 15;
const SPAN = WIDTH * BUCKETS;

const NOBODY = -1;

export class Clock {
  /** Time of each CPU's next event; Infinity for none, and for one that has been taken. */
  readonly times: Float64Array;
  /** [0]: time of the CPU that `take` has found; [1]: lower bound of all others' times. */
  readonly found = new Float64Array(2);
  /** By CPU: the next one of its bucket. */
  private readonly after: Int32Array;
  /** First CPU of each bucket. */
  private readonly first = new Int32Array(BUCKETS).fill(NOBODY);
  /** Buckets that are not empty, and words of that bitmap that are not 0. */
  private readonly full = new Int32Array(BUCKETS >> 5);
  private readonly fullWords = new Int32Array(BUCKETS >> 10);
  /** Time of the first bucket, and a bucket before which all are empty. */
  private start = 0;
  private from = 0;
  private beyond = 0;

  constructor(cpus: number) {
    this.times = new Float64Array(cpus).fill(Infinity);
    this.after = new Int32Array(cpus);
  }

  set(cpu: number, time: number): void {
    const before = this.times[cpu] as number;
    if (before !== Infinity) this.remove(cpu, before);
    this.times[cpu] = time;
    if (time !== Infinity) this.insert(cpu, time);
  }

  /** Takes the CPU whose event comes first; −1 if no time is set. */
  take(): number {
    let bucket = this.firstFull(this.from);
    if (bucket < 0) {
      if (this.beyond === 0) return NOBODY;
      this.move();
      bucket = this.firstFull(0);
    }
    this.from = bucket;
    const { after, times, found } = this;
    const cpu = this.first[bucket] as number;
    const then = after[cpu] as number;
    this.first[bucket] = then;
    found[0] = times[cpu] as number;
    times[cpu] = Infinity;
    if (then >= 0) {
      found[1] = times[then] as number;
    } else {
      this.unmark(bucket);
      const next = this.firstFull(bucket);
      found[1] = next >= 0 ? this.start + next * WIDTH : this.beyond > 0 ? this.start + SPAN : Infinity;
    }
    return cpu;
  }

  private insert(cpu: number, time: number): void {
    const offset = time - this.start;
    if (offset >= SPAN) {
      this.beyond++;
      return;
    }
    const bucket = (offset / WIDTH) | 0;
    if (bucket < this.from) this.from = bucket;
    const { times, after } = this;
    let before = NOBODY;
    let then = this.first[bucket] as number;
    if (then < 0) this.mark(bucket);
    while (then >= 0) {
      const other = times[then] as number;
      if (other > time || (other === time && then > cpu)) break;
      before = then;
      then = after[then] as number;
    }
    after[cpu] = then;
    if (before < 0) this.first[bucket] = cpu;
    else after[before] = cpu;
  }

  private remove(cpu: number, time: number): void {
    const offset = time - this.start;
    if (offset >= SPAN) {
      this.beyond--;
      return;
    }
    const bucket = (offset / WIDTH) | 0;
    const { after } = this;
    const then = after[cpu] as number;
    let before = this.first[bucket] as number;
    if (before === cpu) {
      this.first[bucket] = then;
      if (then < 0) this.unmark(bucket);
      return;
    }
    while ((after[before] as number) !== cpu) before = after[before] as number;
    after[before] = then;
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
    if (here !== 0) return (word << 5) | (31 - Math.clz32(here & -here));
    word++;
    for (let group = word >> 5; group < BUCKETS >> 10; group++) {
      const mask = group === word >> 5 ? -1 << (word & 31) : -1;
      const words = (fullWords[group] as number) & mask;
      if (words === 0) continue;
      const found = (group << 5) | (31 - Math.clz32(words & -words));
      const bits = full[found] as number;
      return (found << 5) | (31 - Math.clz32(bits & -bits));
    }
    return -1;
  }

  /** The row is empty: it begins anew with the earliest of those beyond. */
  private move(): void {
    const { times } = this;
    let least = Infinity;
    for (let cpu = 0; cpu < times.length; cpu++) {
      if ((times[cpu] as number) < least) least = times[cpu] as number;
    }
    this.start = least - (least % WIDTH);
    this.from = 0;
    this.beyond = 0;
    for (let cpu = 0; cpu < times.length; cpu++) {
      if (times[cpu] !== Infinity) this.insert(cpu, times[cpu] as number);
    }
  }
}
