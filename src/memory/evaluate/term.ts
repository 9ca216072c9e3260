/**
 * What is left of a model's nodes when it is decided which of them get a matrix of their own ("slots") and which are
 * computed on the way, row by row ("terms").
 *
 * A term says how to get row i of a relation from the slots; nothing but slots can be read at any row. A set's term
 * says how to get its words.
 */

/** A matrix or set with a place in memory: a primitive of the graph, or one of ours. */
export interface Slot {
  readonly sort: "set" | "rel";
  /** Unique, and the name of its array in the generated code. */
  readonly name: string;
  /** How to compute it; undefined for what the graph supplies. */
  readonly def?: Def;
  /** Depends on the events that are present only, not on rf and co. */
  readonly static: boolean;
}

/** All events, as a set term or a mask that masks nothing. */
export type SetRef = Slot | "all";

export type SetTerm =
  | { readonly kind: "load"; readonly slot: Slot }
  | { readonly kind: "all" }
  | { readonly kind: "or" | "and"; readonly of: readonly SetTerm[] }
  | { readonly kind: "andNot"; readonly of: SetTerm; readonly not: SetTerm };

export type Term =
  | { readonly kind: "load"; readonly slot: Slot }
  | { readonly kind: "none" }
  /** `[set]`. */
  | { readonly kind: "identity"; readonly set: SetRef }
  | { readonly kind: "cross"; readonly rows: SetRef; readonly columns: SetRef }
  | { readonly kind: "or" | "and"; readonly of: readonly Term[] }
  | { readonly kind: "andNot"; readonly of: Term; readonly not: Term }
  | { readonly kind: "filter"; readonly of: Term; readonly rows: SetRef; readonly columns: SetRef }
  | { readonly kind: "seq"; readonly left: Side<Term>; readonly right: Side<Slot>; readonly mask: Mask }
  /** The pairs (i, j) of `of` with (j, i) in `slot`. */
  | { readonly kind: "meetInverse"; readonly of: Term; readonly slot: Slot };

/** A side of a sequence: `[diagonal] | of`, either of which may be missing. */
export interface Side<Of> {
  readonly diagonal: SetRef | undefined;
  readonly of: Of | undefined;
}

/** A filter around the right side of a sequence, applied to its left side's columns and to the result's. */
export interface Mask {
  readonly rows: SetRef;
  readonly columns: SetRef;
}

/** How a slot is computed. */
export type Def =
  | { readonly kind: "set"; readonly term: SetTerm }
  | { readonly kind: "domain" | "range"; readonly of: Term }
  | { readonly kind: "rows"; readonly of: Term }
  /** Transitive closure. */
  | { readonly kind: "closure"; readonly of: Term }
  | { readonly kind: "inverse"; readonly of: Term }
  /** `left^-1 ; right`. */
  | { readonly kind: "inverseSeq"; readonly left: Term; readonly right: Term }
  /** One result of a recursion; computing any computes all. */
  | { readonly kind: "fix"; readonly recursion: Recursion };

/** A `let rec`, in rounds: each step computes what its definition needs, then replaces its variable. */
export interface Recursion {
  readonly name: string;
  /** The slot whose computation runs the rounds. */
  readonly leader: () => Slot;
  readonly steps: readonly RecursionStep[];
}

export interface RecursionStep {
  readonly variable: Slot;
  /** In order, all of this step alone. */
  readonly slots: readonly Slot[];
  readonly value: Slot;
}
