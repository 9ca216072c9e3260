/** Mms whose last user has left and that are not freed yet: how many there are, when, and for how long. */

import { Histogram } from "./histogram.ts";

/** Parts of the time for which `overTime` has a mean. */
const PARTS = 100;

export class DeadMms {
  /** From death to free. */
  readonly kept = new Histogram();
  /** The most at a time. */
  most = 0;
  private readonly since = new Map<number, number>();
  private now = 0;
  /** Dead mms times picoseconds, up to `at`: of all time, and of each part of it. */
  private area = 0;
  private at = 0;
  private readonly parts = new Float64Array(PARTS);
  private width = Infinity;

  /** The simulation will last until `end`. */
  lasts(end: number): void {
    this.width = end / PARTS;
  }

  died(mm: number, time: number): void {
    this.count(time, 1);
    this.since.set(mm, time);
  }

  freed(mm: number, time: number): void {
    const since = this.since.get(mm);
    if (since === undefined) return;
    this.since.delete(mm);
    this.count(time, -1);
    this.kept.add(time - since);
  }

  /** How many there are at `time`, and have been on average: overall, and in each part of the time. */
  until(time: number): { readonly mean: number; readonly now: number; readonly overTime: readonly number[] } {
    this.count(time, 0);
    const overTime = Array.from(this.parts, (area) => area / this.width);
    return { mean: time > 0 ? this.area / time : 0, now: this.now, overTime };
  }

  private count(time: number, by: number): void {
    if (time > this.at) {
      this.area += this.now * (time - this.at);
      if (this.now > 0) this.spread(this.at, time);
      this.at = time;
    }
    this.now += by;
    this.most = Math.max(this.most, this.now);
  }

  /** Books `now` for the parts between `from` and `to`. */
  private spread(from: number, to: number): void {
    const { parts, width } = this;
    for (let part = Math.floor(from / width); part < PARTS && part * width < to; part++) {
      const overlap = Math.min(to, (part + 1) * width) - Math.max(from, part * width);
      parts[part] = (parts[part] as number) + this.now * overlap;
    }
  }
}
