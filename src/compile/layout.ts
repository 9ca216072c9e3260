/**
 * Where the fields of a struct lie: 64-byte cache lines, natural alignment, in the order of declaration.
 *
 *     cacheline_aligned<T>   starts a line; later fields follow on it     | next: T a b … |
 *     own_cacheline<T>       starts a line and nobody follows on it       | next: T       | later: …
 *
 * Only the line of a field reaches the IR: two fields of one line falsely share.
 */

export const CACHE_LINE = 64;

export type Placement = "packed" | "aligned" | "own";

/** A field before placement. */
export interface Unplaced {
  readonly bytes: number;
  readonly placement: Placement;
}

/** The line of each field, from 0. */
export function placeFields(fields: readonly Unplaced[]): readonly number[] {
  const lines: number[] = [];
  let offset = 0;
  for (const { bytes, placement } of fields) {
    offset = roundUp(offset, placement === "packed" ? bytes : CACHE_LINE);
    lines.push(Math.floor(offset / CACHE_LINE));
    offset = placement === "own" ? roundUp(offset + bytes, CACHE_LINE) : offset + bytes;
  }
  return lines;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
