/**
 * What a memory model is evaluated on: an execution graph's primitive sets and relations, as bits.
 *
 * Events are small integers. A set is `words` 32-bit words; a relation is a square bit matrix, row after row, where
 * row i holds the successors of event i. The engine owns every array and changes it in place, so that a model which
 * was bound once reads the graph without a copy. Bits of events that are not present (n and above) are zero, as rows
 * and as columns, and the arrays of one graph never move.
 *
 * `rf` and `co` are the engine's choice, everything else follows from the program: `stamp` tells the two apart, so
 * that a model evaluates what depends on the program alone once per shape of the graph.
 */

/** An execution graph, complete or partial. */
export interface EventGraph {
  /** Events at most; a multiple of 32. */
  readonly capacity: number;
  /** Words of a set and of a relation's row: capacity / 32. */
  readonly words: number;
  /** Events 0 … n−1 are present; added and removed last in, first out. */
  n: number;
  /** A new value whenever an event was added or removed; changes of `rf` and `co` alone leave it. */
  stamp: number;
  /** By name: `words` words each. */
  readonly sets: ReadonlyMap<string, Uint32Array>;
  /** By name: `capacity` rows of `words` words; bit j of row i is set when i is related to j. */
  readonly relations: ReadonlyMap<string, Uint32Array>;
}
