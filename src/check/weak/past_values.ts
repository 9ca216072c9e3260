/**
 * What a location held before its oldest write that is kept, where a CPU may still read that.
 *
 * A CPU that goes round a loop stores the same values into its own location again and again, and no model has anything
 * against another CPU that has missed all of it and reads what was there a thousand rounds ago. Of such writes the newest
 * few are events. The older ones are taken out of the graph, and their values stay here: a read that takes one is an event
 * that reads the write which stands for the past (so it comes before every write that is kept), with that value.
 *
 * Taking writes out never forbids anything, and the values may be read in any order: each execution there is is still found.
 * It may find more: whoever reads such a value learns nothing of what came before the write. So a violation is followed in a
 * graph that forgets nothing, as always (`check/states/check.ts`).
 *
 * This needs a location that one CPU alone writes: another's update, or its store, would have to find its place among the
 * writes that are gone.
 */

/** The least value that an outcome has room for, and how many (`outcome.ts`). */
export const LEAST_PAST = -1;
export const MOST_PAST = 64;

const NOTHING: readonly number[] = [];

export class PastValues {
  readonly #of = new Map<number, readonly number[]>();

  /** Cells of which there are any, in ascending order. */
  get cells(): readonly number[] {
    return this.#of.size === 0 ? NOTHING : [...this.#of.keys()].sort((a, b) => a - b);
  }

  /** Ascending, without what the write that stands for the past has. */
  of(cell: number): readonly number[] {
    return this.#of.get(cell) ?? NOTHING;
  }

  set(cell: number, values: Iterable<number>): void {
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    if (sorted.length === 0) this.#of.delete(cell);
    else this.#of.set(cell, sorted);
  }

  clear(): void {
    if (this.#of.size > 0) this.#of.clear();
  }
}

/** There is a number for reading it. */
export const isNumbered = (value: number): boolean => value >= LEAST_PAST && value < LEAST_PAST + MOST_PAST;
