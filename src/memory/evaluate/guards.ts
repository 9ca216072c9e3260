/**
 * When a slot is certainly empty: conditions on other slots, checked before the work is done. A partial execution
 * without a grace period, or without a plain access, then pays nothing for the axioms about them.
 *
 * A guard is a set of slots each of which must have something for the result to have something.
 */

import type { Def, Recursion, SetRef, SetTerm, Side, Slot, Term } from "./term.ts";

/** Names of slots; `undefined` is the guard of a recursion's variable before anything is known: every slot. */
export type Guard = ReadonlySet<string> | undefined;

const NONE: ReadonlySet<string> = new Set();

/** @param variables What is known of recursions' variables, by name. */
export function guardOf(def: Def, variables: ReadonlyMap<string, Guard> = new Map()): Guard {
  const guards = new Guards(variables);
  switch (def.kind) {
    case "set":
      return guards.setTerm(def.term);
    case "inverseSeq":
      return both(guards.term(def.left), guards.term(def.right));
    case "fix":
      return guardOfRecursion(def.recursion, variables);
    default:
      return guards.term(def.of);
  }
}

/** The guards of slots down to what is not computed: what their operands need, they need. By name. */
export function deepGuards(order: readonly Slot[]): ReadonlyMap<string, Guard> {
  const known = new Map<string, Guard>();
  for (const slot of order) {
    if (slot.def === undefined) continue;
    const own = guardOf(slot.def, known);
    known.set(slot.name, own && new Set([...own, slot.name]));
  }
  return known;
}

/** The part of a guard that is about these slots. */
export function restricted(guard: Guard, to: ReadonlySet<string>): Guard {
  return guard && new Set([...guard].filter((name) => to.has(name)));
}

/** What all variables of a recursion need: the greatest guards that the definitions agree with. */
function guardOfRecursion({ steps }: Recursion, outer: ReadonlyMap<string, Guard>): Guard {
  const known = new Map<string, Guard>([
    ...outer,
    ...steps.map(({ variable }) => [variable.name, undefined] as const),
  ]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { variable, slots, value } of steps) {
      for (const slot of slots) if (slot.def !== undefined) known.set(slot.name, guardOf(slot.def, known));
      const found = known.has(value.name) ? known.get(value.name) : new Set([value.name]);
      if (size(found) === size(known.get(variable.name))) continue;
      known.set(variable.name, found);
      changed = true;
    }
  }
  const guards = steps.map(({ variable }) => known.get(variable.name));
  return guards.reduce((a, b) => either(a, b));
}

const size = (guard: Guard): number => guard?.size ?? Number.POSITIVE_INFINITY;

class Guards {
  readonly #variables: ReadonlyMap<string, Guard>;

  constructor(variables: ReadonlyMap<string, Guard>) {
    this.#variables = variables;
  }

  term(term: Term): Guard {
    switch (term.kind) {
      case "load":
        return this.#slot(term.slot);
      case "none":
        return undefined;
      case "identity":
        return this.#set(term.set);
      case "cross":
        return both(this.#set(term.rows), this.#set(term.columns));
      case "or":
        return term.of.map((each) => this.term(each)).reduce(either, undefined);
      case "and":
        return term.of.map((each) => this.term(each)).reduce(both, NONE);
      case "andNot":
        return this.term(term.of);
      case "filter":
        return both(this.term(term.of), both(this.#set(term.rows), this.#set(term.columns)));
      case "seq":
        return this.#sequence(term);
      case "meetInverse":
        return both(this.term(term.of), this.#slot(term.slot));
    }
  }

  #sequence({ left, right, mask }: Term & { readonly kind: "seq" }): Guard {
    const filtered = both(this.#set(mask.rows), this.#set(mask.columns));
    const one = this.#side(left, (of) => this.term(of));
    const other = this.#side(right, (of) => both(this.#slot(of), filtered));
    return both(one, other);
  }

  /** A diagonal lets the other side through. */
  #side<Of>({ diagonal, of }: Side<Of>, guard: (of: Of) => Guard): Guard {
    return diagonal !== undefined || of === undefined ? NONE : guard(of);
  }

  setTerm(term: SetTerm): Guard {
    switch (term.kind) {
      case "load":
        return this.#slot(term.slot);
      case "all":
        return NONE;
      case "or":
        return term.of.map((each) => this.setTerm(each)).reduce(either, undefined);
      case "and":
        return term.of.map((each) => this.setTerm(each)).reduce(both, NONE);
      case "andNot":
        return this.setTerm(term.of);
    }
  }

  #set(set: SetRef): Guard {
    return set === "all" ? NONE : this.#slot(set);
  }

  #slot({ name }: Slot): Guard {
    return this.#variables.has(name) ? this.#variables.get(name) : new Set([name]);
  }
}

/** Both are needed. */
function both(a: Guard, b: Guard): Guard {
  return a === undefined || b === undefined ? undefined : new Set([...a, ...b]);
}

/** One is enough. */
function either(a: Guard, b: Guard): Guard {
  if (a === undefined || b === undefined) return a ?? b;
  return new Set([...a].filter((name) => b.has(name)));
}
