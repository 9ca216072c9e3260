/** What a search counts, and which part of the search tree it covers. */

/** What a search counts. Sums over the parts of a search that was split are those of the whole. */
export interface Counts {
  /** Complete executions. */
  executions: number;
  /** Executions in which a thread can never go on: it awaits a value or a lock that nobody will provide. */
  stuck: number;
  /** Paths that hit the bound of a loop. */
  cut: number;
  /** Nodes of the search. */
  steps: number;
  /** Graphs that the model was asked about, and those that it rejected. */
  asked: number;
  rejected: number;
  /** Nodes given up because a waiting read could not be served any more. */
  pruned: number;
  /** Nodes that were left unexplored because `Part.most` was reached: what was found is not all there is. */
  left: number;
}

export function noCounts(): Counts {
  return { executions: 0, stuck: 0, cut: 0, steps: 0, asked: 0, rejected: 0, pruned: 0, left: 0 };
}

/** Adds the counts of one part to a sum. */
export function addCounts(sum: Counts, part: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += part[key];
}

/** Part of the search tree. */
export interface Part {
  /** Choices that lead to its root. */
  readonly prefix: readonly number[];
  /** Where it ends: nodes with this many choices are handed to `cut`, not explored. */
  readonly depth?: number;
  readonly onCut?: (path: readonly number[]) => void;
  /** Nodes that are explored at most. */
  readonly most?: number;
}
