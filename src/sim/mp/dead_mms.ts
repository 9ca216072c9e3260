/** Mms whose last user has left and that are not freed yet: how many there are, and for how long. */

import { Histogram } from "./histogram.ts";

export class DeadMms {
  /** From death to free. */
  readonly kept = new Histogram();
  /** The most at a time. */
  most = 0;
  private readonly since = new Map<number, number>();
  private now = 0;
  /** Dead mms times picoseconds, up to `at`. */
  private area = 0;
  private at = 0;

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

  /** How many there are at `time`, and have been on average. */
  until(time: number): { readonly mean: number; readonly now: number } {
    this.count(time, 0);
    return { mean: time > 0 ? this.area / time : 0, now: this.now };
  }

  private count(time: number, by: number): void {
    if (time > this.at) {
      this.area += this.now * (time - this.at);
      this.at = time;
    }
    this.now += by;
    this.most = Math.max(this.most, this.now);
  }
}
