/**
 * What a location held before its oldest write that is kept, where a CPU may still read that.
 *
 * A CPU that goes round a loop stores the same values into its own location again and again, and no model has anything
 * against another CPU that has missed all of it and reads what was there a thousand rounds ago. Of such writes the newest
 * few are events. The older ones are taken out of the graph, and their values stay here, with what is left of their order:
 * after which value which one may come. A read that takes one is an event that reads the write which stands for the past (so
 * it comes before every write that is kept), with that value.
 *
 * Taking writes out never forbids anything, and a value may follow another one if it ever has: each execution there is is
 * still found. It may find more: whoever reads such a value learns nothing of what came before the write. So a violation is
 * followed in a graph that forgets nothing, as always (`check/states/check.ts`).
 *
 * This needs a location that one CPU alone writes: another's update, or its store, would have to find its place among the
 * writes that are gone.
 */

/** The least value that an outcome has room for, and how many (`outcome.ts`). */
export const LEAST_PAST = -1;
export const MOST_PAST = 64;

/**
 * Cells of an entry in a record: the cell, and two values of which the second may be read after the first; or a CPU (above
 * `CPUS`) and what it has read there last.
 */
export const ENTRY = 3;
const CPUS = 1 << 12;
/** Follows all values of the past, and none follows it. */
export const NEWER = CPUS - 1;

/** Per value, those that may be read after it, itself included. */
type History = Map<number, Set<number>>;

const NOTHING: readonly number[] = [];

export class PastValues {
  readonly #of = new Map<number, History>();
  /** Per cell, what each CPU has read there last of what is past. */
  readonly #last = new Map<number, Map<number, number>>();

  /** There are any. */
  get some(): boolean {
    return this.#of.size > 0;
  }

  has(cell: number): boolean {
    return this.#of.has(cell);
  }

  /** Some value of some cell is as asked for. */
  holds(isWanted: (cell: number, value: number) => boolean): boolean {
    for (const [cell, history] of this.#of)
      for (const value of history.keys()) if (isWanted(cell, value)) return true;
    return false;
  }

  /** What CPU `c` may read, ascending. */
  of(cell: number, c: number): readonly number[] {
    return this.#after(cell, this.#last.get(cell)?.get(c));
  }

  /** CPU `c` has read `value` of the past, or with `NEWER` the write that stands for it, which is newer than all of it. */
  note(cell: number, c: number, value: number): void {
    let last = this.#last.get(cell);
    if (last === undefined) {
      last = new Map();
      this.#last.set(cell, last);
    }
    last.set(c, value);
  }

  #after(cell: number, last: number | undefined): readonly number[] {
    const history = this.#of.get(cell);
    if (history === undefined) return NOTHING;
    const values = last === undefined ? history.keys() : (history.get(last) ?? NOTHING);
    return [...values].sort((a, b) => a - b);
  }

  /** A write is taken out that was there after all that have been before. */
  append(cell: number, value: number): void {
    const history: History = this.#of.get(cell) ?? new Map();
    this.#of.set(cell, history);
    if (!history.has(value)) history.set(value, new Set());
    for (const later of history.values()) later.add(value);
    const last = this.#last.get(cell);
    for (const [c, read] of last ?? []) if (read === NEWER) last?.set(c, value);
  }

  forget(cell: number): void {
    this.#of.delete(cell);
    this.#last.delete(cell);
  }

  clear(): void {
    if (this.#of.size === 0) return;
    this.#of.clear();
    this.#last.clear();
  }

  /** Writes all entries to `out` from index `at` on, in a fixed order; returns the index behind them. */
  record(out: Uint16Array, at: number): number {
    let to = at;
    for (const cell of [...this.#of.keys()].sort((a, b) => a - b)) {
      const put = (first: number, second: number): void => {
        out[to] = cell;
        out[to + 1] = first;
        out[to + 2] = second;
        to += ENTRY;
      };
      for (const value of this.#after(cell, undefined))
        for (const later of this.#after(cell, value)) put(value, later);
      const last = this.#last.get(cell) ?? new Map<number, number>();
      for (const c of [...last.keys()].sort((a, b) => a - b)) put(CPUS + c, last.get(c) ?? 0);
    }
    return to;
  }

  /** An entry of a record. */
  restore(cell: number, value: number, later: number): void {
    if (value >= CPUS) {
      this.note(cell, value - CPUS, later);
      return;
    }
    let history = this.#of.get(cell);
    if (history === undefined) {
      history = new Map();
      this.#of.set(cell, history);
    }
    const known = history.get(value);
    if (known === undefined) history.set(value, new Set([later]));
    else known.add(later);
  }
}

/** There is a number for reading it. */
export const isNumbered = (value: number): boolean => value >= LEAST_PAST && value < LEAST_PAST + MOST_PAST;
