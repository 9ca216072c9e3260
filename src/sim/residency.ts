/** How long dead mms are kept: from the final mmput, when the user mappings go, to the free. */
import type { Residency } from "../evidence/types.ts";

export class ResidencyLog {
  private readonly died = new Map<number, number>();
  private readonly intervals: { mm: number; start: number; end: number | undefined }[] = [];
  private readonly indexOf = new Map<number, number>();

  /** The mm's last user left at `ts`. */
  dies(mm: number, ts: number): void {
    this.died.set(mm, ts);
    this.indexOf.set(mm, this.intervals.length);
    this.intervals.push({ mm, start: ts, end: undefined });
  }

  /** The mm was freed at `ts`. One that did not die in the trace is not counted. */
  freed(mm: number, ts: number): void {
    const interval = this.intervals[this.indexOf.get(mm) ?? -1];
    if (interval !== undefined) interval.end = ts;
  }

  isDead(mm: number): boolean {
    return this.died.has(mm);
  }

  /** Time units from death to free; undefined when it did not die or was not freed. */
  lengthOf(mm: number): number | undefined {
    const interval = this.intervals[this.indexOf.get(mm) ?? -1];
    return interval?.end === undefined ? undefined : interval.end - interval.start;
  }

  /** `scale` seconds per time unit; intervals that did not end run to `lastTs`. */
  summary(scale: number, lastTs: number): Residency {
    const intervals = this.intervals.map(({ start, end }) => ({
      start: start * scale,
      seconds: ((end ?? lastTs) - start) * scale,
      freed: end !== undefined,
    }));
    return {
      dead: intervals.length,
      keptAtEnd: intervals.filter((i) => !i.freed).length,
      totalSeconds: intervals.reduce((sum, i) => sum + i.seconds, 0),
      longestSeconds: intervals.reduce((most, i) => Math.max(most, i.seconds), 0),
      intervals,
    };
  }
}
