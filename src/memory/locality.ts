/**
 * What a search must know of a model before it forgets the past of an execution (`docs/merging.md`).
 *
 * A *past* is a set of events into which no edge of `po rf co fr addr data ctrl rmw` leads, or will lead, from an event
 * outside. If the model is local, then for every past P of a consistent graph G and every extension G + F: G + F is
 * consistent if and only if (G − P) + F is, with `fr` of G + F kept as it is. The result says which relations P must not
 * cut.
 */

import type { Model } from "./model.ts";

export type Locality = Local | NotLocal;

export interface Local {
  readonly local: true;
  /** Relations between halves of updates (`rmw`, `lk-rmw`) of which neither end may be past alone. */
  readonly halves: readonly string[];
  /** Kinds of sections that may not be cut. */
  readonly sections: readonly Section[];
}

export interface NotLocal {
  readonly local: false;
  /** Axiom, relation and reason, for people. */
  readonly why: string;
}

/** Of one thread, an event of set `opens` and a later one of set `closes` are past together or not at all. */
export interface Section {
  readonly opens: string;
  readonly closes: string;
  /**
   * Whichever threads they are of, since what makes them a pair may go through memory: no event of `opens` is past while
   * there is one of `closes` that is not, or may come to be one.
   */
  readonly anywhere?: true;
}

/**
 * Whether a model is local for programs without the sets in `absent`: by the form of its rejecting axioms, so that the
 * answer errs towards no.
 */
export function forwardLocal(model: Model, absent: ReadonlySet<string> = new Set()): Locality {
  return model.locality?.(absent) ?? { local: false, why: "its axioms are not there to be looked at" };
}
