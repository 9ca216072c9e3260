/**
 * A compiled memory model, as an engine sees it.
 *
 * The engine asks which sets and relations the model mentions, supplies them in an `EventGraph`, binds the model once
 * and asks after each step whether the graph is consistent. It never learns the model's name or axioms.
 */

import type { EventGraph } from "./graph.ts";
import type { Locality } from "./locality.ts";

/** A model: a `.cat` file (with what it includes, and its bell file), compiled. */
export interface Model {
  /** Its title, for people. */
  readonly name: string;
  /**
   * Primitive sets it mentions. R W M IW FW F B RMW LKR LKW UL LF RL RU, and one per tag of the bell file with its
   * first letter as a capital: Once Acquire Release Mb Noreturn Rmb Wmb Before-atomic … Rcu-lock ….
   */
  readonly sets: readonly string[];
  /** Primitive relations it mentions: po loc int ext id rf co addr data ctrl rmw …. */
  readonly relations: readonly string[];
  /**
   * "program": acyclic(po ∪ rf) holds in every consistent graph (SC, TSO, RA), so that an engine may let a thread wait
   * at a read whose write is not there yet. "dependencies": a thread may run ahead of its reads.
   */
  readonly order: "program" | "dependencies";
  /**
   * Generates the evaluator for one graph, which it keeps reading.
   * @param absent Sets that stay empty in this program: what needs them (RCU, say) is folded away.
   * @throws InputError when the graph lacks a set or relation that the model mentions.
   */
  bind(graph: EventGraph, absent?: ReadonlySet<string>): ModelChecker;
  /** Whether a search may forget the past, in programs without these sets; ask with `forwardLocal`. */
  locality?(absent: ReadonlySet<string>): Locality;
  /** Names of the flags that programs of such events may raise: per kind of event, the primitive sets that it is in. */
  flagsOf?(kinds: readonly ReadonlySet<string>[]): readonly string[];
}

/** A model bound to a graph. No call allocates, except `flags` and `explain`. */
export interface ModelChecker {
  /** All axioms that reject, cheapest first, up to the first failure. May be called on partial graphs. */
  consistent(): boolean;
  /** Names of the flags raised. For complete graphs only: flags need not be monotone. */
  flags(): readonly string[];
  /** Why the graph is inconsistent; undefined when it is consistent. */
  explain(): Explanation | undefined;
}

/** A failed axiom with its evidence. */
export interface Explanation {
  /** Its name in the model. */
  readonly axiom: string;
  /** Its place in the list of the model's axioms; those before it hold. */
  readonly before: number;
  readonly kind: "acyclic" | "irreflexive" | "empty";
  /** The cycle's events in order; for `empty`, the pair (or the one event) that should not be there. */
  readonly events: readonly number[];
  /** The steps between them, down to primitive relations: `via` names the relation that makes the edge. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly via: string }[];
}
