/**
 * Accesses that are not plain hits: what generated code calls when the line is not its core's alone, its CPU has passed
 * its limits, or stores are on their way. Each method does the access or says why it cannot be done yet (`stops.ts`).
 *
 * The clock of the CPU is in `clocks` before and after.
 */

import { ATOMIC, HITS } from "./breakdown.ts";
import type { Lines } from "./lines.ts";
import { AGAIN, COUNT_ACCESSES, DONE, LATER, PARKED, STALLS } from "./stops.ts";

/** The arrays of the machine that accesses work on. */
export interface AccessBooks {
  readonly clocks: Float64Array;
  readonly limits: Float64Array;
  readonly time: Float64Array;
  readonly counts: Float64Array;
  readonly cores: Int32Array;
}

export class Accesses {
  private readonly lines: Lines;
  private readonly books: AccessBooks;
  private readonly hit: number;

  /** `hit` is the price of one, picoseconds. */
  constructor(lines: Lines, books: AccessBooks, hit: number) {
    this.lines = lines;
    this.books = books;
    this.hit = hit;
  }

  /** A load from line `l`. */
  read(l: number, cls: number, cpu: number, at: number): number {
    const { clocks, limits } = this.books;
    const now = clocks[cpu] as number;
    if (now > (limits[1] as number)) return AGAIN;
    if (this.owns(l, cpu, now) || this.shares(l, cpu)) return this.hits(cpu, HITS, this.hit);
    if (now > (limits[0] as number)) return AGAIN;
    this.count();
    this.lines.read(l, cls, cpu, at);
    return this.asked(cpu);
  }

  /** A store to line `l`: posted, so that it is done as soon as it is made. */
  write(l: number, cls: number, cpu: number): number {
    const { clocks, limits } = this.books;
    const now = clocks[cpu] as number;
    if (now > (limits[1] as number)) return AGAIN;
    if (this.owns(l, cpu, now)) return this.hits(cpu, HITS, this.hit);
    if (now > (limits[0] as number)) return AGAIN;
    this.count();
    this.lines.store(l, cls, cpu);
    return DONE;
  }

  /** An atomic of `cost` on line `l`; `settles`: stores come first. `posted` as in `Lines.atomic`. */
  update(
    l: number,
    cls: number,
    cpu: number,
    at: number,
    cost: number,
    posted: boolean,
    settles: boolean,
  ): number {
    const { clocks, limits } = this.books;
    if ((clocks[cpu] as number) > (limits[1] as number)) return AGAIN;
    if (settles && !this.lines.settle(cpu, at)) return AGAIN | STALLS;
    const now = clocks[cpu] as number;
    if (this.owns(l, cpu, now)) return this.hits(cpu, ATOMIC, cost);
    if (now > (limits[0] as number)) return AGAIN;
    this.count();
    this.lines.atomic(l, cls, cpu, at, cost, posted);
    return this.asked(cpu);
  }

  private owns(l: number, cpu: number, now: number): boolean {
    const { owner, free } = this.lines;
    return owner[l] === (this.books.cores[cpu] as number) + 1 && (free[l] as number) <= now;
  }

  private shares(l: number, cpu: number): boolean {
    const owner = this.lines.owner[l] as number;
    return owner < 0 && this.lines.copies.has(-owner - 1, this.books.cores[cpu] as number);
  }

  private hits(cpu: number, category: number, cost: number): number {
    const { clocks, time } = this.books;
    clocks[cpu] = (clocks[cpu] as number) + cost;
    time[category] = (time[category] as number) + cost;
    this.count();
    return DONE;
  }

  private count(): void {
    const { counts } = this.books;
    counts[COUNT_ACCESSES] = (counts[COUNT_ACCESSES] as number) + 1;
  }

  /** The line has been asked for; what it gives is there when the CPU's clock says. */
  private asked(cpu: number): number {
    if (this.lines.waits[cpu] !== 0) return PARKED;
    const { clocks, limits } = this.books;
    return (clocks[cpu] as number) > (limits[0] as number) ? LATER : DONE;
  }
}
