/**
 * Cuts a search into parts that can be explored apart, by other threads: every node at some depth of the search tree
 * is the root of one. Nothing is shared, and each execution is in one part, so that sums over the parts are those of
 * the whole search, whatever their number and whoever explores them.
 */

import type { Part } from "./counts.ts";

/** A search cut at some depth. */
export interface Split<Outcome> {
  /** What was found above the cut. */
  readonly above: Outcome;
  /** Choices that lead to the roots of the parts below it, in the order of the search; none when all was found above. */
  readonly roots: readonly (readonly number[])[];
}

/** Depths beyond which a tree is a path: cutting deeper makes no more parts. */
const DEEPEST = 64;

/** Cuts a search where it has at least `parts` parts, if it has. `explore` explores a part. */
export function splitSearch<Outcome>(explore: (part: Part) => Outcome, parts: number): Split<Outcome> {
  for (let depth = 1; ; depth++) {
    const roots: (readonly number[])[] = [];
    const above = explore({ prefix: [], depth, onCut: (path) => roots.push(path) });
    if (roots.length === 0 || roots.length >= parts || depth === DEEPEST) return { above, roots };
  }
}

/** The path that the search reaches first. */
export function earliest(paths: readonly (readonly number[] | undefined)[]): readonly number[] | undefined {
  let best: readonly number[] | undefined;
  for (const path of paths) {
    if (path !== undefined && (best === undefined || isBefore(path, best))) best = path;
  }
  return best;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, choice] of a.entries()) {
    const other = b[i] ?? -1;
    if (choice !== other) return choice < other;
  }
  return false;
}
