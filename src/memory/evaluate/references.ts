/** Which slots a computation reads. */

import type { Def, Recursion, SetRef, SetTerm, Side, Slot, Term } from "./term.ts";

/** Slots that a definition reads directly. */
export function referencesOf(def: Def): readonly Slot[] {
  switch (def.kind) {
    case "set":
      return ofSetTerm(def.term);
    case "inverseSeq":
      return [...ofTerm(def.left), ...ofTerm(def.right)];
    case "fix":
      return ofRecursion(def.recursion);
    default:
      return ofTerm(def.of);
  }
}

/** Everything that must be computed before `roots` can be read, roots included, in the order given. */
export function needed(roots: readonly Slot[], order: readonly Slot[]): readonly Slot[] {
  const byName = new Map(order.map((slot) => [slot.name, slot]));
  const found = new Set<string>();
  const visit = ({ name }: Slot): void => {
    const slot = byName.get(name);
    if (slot?.def === undefined || found.has(name)) return;
    found.add(name);
    for (const each of referencesOf(slot.def)) visit(each);
  };
  for (const root of roots) visit(root);
  return order.filter(({ name }) => found.has(name));
}

function ofTerm(term: Term): readonly Slot[] {
  switch (term.kind) {
    case "load":
      return [term.slot];
    case "none":
      return [];
    case "identity":
      return ofSet(term.set);
    case "cross":
      return [...ofSet(term.rows), ...ofSet(term.columns)];
    case "or":
    case "and":
      return term.of.flatMap(ofTerm);
    case "andNot":
      return [...ofTerm(term.of), ...ofTerm(term.not)];
    case "filter":
      return [...ofTerm(term.of), ...ofSet(term.rows), ...ofSet(term.columns)];
    case "seq":
      return [
        ...ofSide(term.left, ofTerm),
        ...ofSide(term.right, (slot) => [slot]),
        ...ofSet(term.mask.rows),
        ...ofSet(term.mask.columns),
      ];
    case "meetInverse":
      return [...ofTerm(term.of), term.slot];
  }
}

function ofSide<Of>({ diagonal, of }: Side<Of>, inner: (of: Of) => readonly Slot[]): readonly Slot[] {
  return [...(diagonal === undefined ? [] : ofSet(diagonal)), ...(of === undefined ? [] : inner(of))];
}

function ofSetTerm(term: SetTerm): readonly Slot[] {
  switch (term.kind) {
    case "load":
      return [term.slot];
    case "all":
      return [];
    case "or":
    case "and":
      return term.of.flatMap(ofSetTerm);
    case "andNot":
      return [...ofSetTerm(term.of), ...ofSetTerm(term.not)];
  }
}

const ofSet = (set: SetRef): readonly Slot[] => (set === "all" ? [] : [set]);

/** The leader, and what the rounds read. */
function ofRecursion(recursion: Recursion): readonly Slot[] {
  const { steps, leader } = recursion;
  const inner = steps.flatMap(({ slots }) =>
    slots.flatMap(({ def }) => (def === undefined ? [] : referencesOf(def))),
  );
  return [leader(), ...inner, ...steps.map(({ value }) => value)];
}
