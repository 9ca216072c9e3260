/**
 * A litmus test as every instrument sees it: a program and a question about its final states.
 *
 * The program has one function per thread, without parameters, and one struct, `cell`, whose single field is a `word`.
 * Every shared variable is a cell; an array is as many consecutive cells as it has elements. There is no `setup`: the
 * initial value of each cell is in `locations`. Registers that a thread may read before it writes them are set by
 * `mov`s at the start of its function, so that nobody has to initialise them.
 */

import type { FuncId, Program, Reg } from "./types.ts";

/** Distance between small integers and addresses in a litmus program (`Program.addressBase`). */
export const ADDRESS_BASE = 0x4000_0000;

/**
 * Words from here on, below the second, stand for values that nothing determines: what an execution makes of them is that
 * they are equal or not. A final state numbers its own from 0 (`S1`, `S2`, … in print).
 */
export const NOTHING_FROM = 0x2a00_0000;
export const NOTHING_BELOW = 0x2b00_0000;

/** One question with the program that it is about. */
export interface LitmusTest {
  readonly name: string;
  readonly program: Program;
  /** The bodies of P0, P1, …, in order. */
  readonly threads: readonly FuncId[];
  /** Every cell, by object number. */
  readonly locations: readonly LitmusLocation[];
  /** The registers that a condition or a printed state may name: the declared ones and those that the text mentions. */
  readonly registers: readonly LitmusRegister[];
  /** What a printed state shows, in the order in which it shows it. */
  readonly observed: readonly Observed[];
  /** Executions whose final state does not satisfy it count for nothing. */
  readonly filter?: Prop;
  readonly quantifier: Quantifier;
  readonly condition: Prop;
  /** The condition as herd7 prints it, with its quantifier. */
  readonly conditionText: string;
}

export type Quantifier = "exists" | "~exists" | "forall";

export interface LitmusLocation {
  /** As a condition names it: `x`, `a[0]`. */
  readonly name: string;
  /** The object of the struct `cell`, from 1. */
  readonly object: number;
  /** An integer, or the address of another cell. */
  readonly initial: number;
}

export interface LitmusRegister {
  /** Index into `LitmusTest.threads`. */
  readonly thread: number;
  readonly name: string;
  readonly reg: Reg;
  readonly initial: number;
}

/** Part of a final state. */
export type Observed =
  /** Index into `registers`. */
  | { readonly kind: "register"; readonly index: number }
  /** Index into `locations`. */
  | { readonly kind: "location"; readonly index: number }
  /** A whole array: `count` locations from index `first`. */
  | { readonly kind: "array"; readonly name: string; readonly first: number; readonly count: number };

/** A proposition about a final state. */
export type Prop =
  | { readonly kind: "true" | "false" }
  /** A register or location holds a value, which may be an address; or the same value as another. */
  | { readonly kind: "equals"; readonly left: Observed; readonly right: number | Observed }
  | { readonly kind: "not"; readonly of: Prop }
  | { readonly kind: "and" | "or" | "implies"; readonly left: Prop; readonly right: Prop };

/** Final values by index, as a graph or an interpreter has them. */
export interface FinalState {
  register(index: number): number;
  location(index: number): number;
}

/** Whether a final state satisfies a proposition. */
export function holds(prop: Prop, state: FinalState): boolean {
  switch (prop.kind) {
    case "true":
      return true;
    case "false":
      return false;
    case "not":
      return !holds(prop.of, state);
    case "and":
      return holds(prop.left, state) && holds(prop.right, state);
    case "or":
      return holds(prop.left, state) || holds(prop.right, state);
    case "implies":
      return !holds(prop.left, state) || holds(prop.right, state);
    case "equals":
      return sameValue(prop.left, prop.right, state);
  }
}

function sameValue(left: Observed, right: number | Observed, state: FinalState): boolean {
  const a = valuesOf(left, state);
  const b = typeof right === "number" ? [right] : valuesOf(right, state);
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The values that an observed part has: one, or an array's. */
export function valuesOf(observed: Observed, state: FinalState): readonly number[] {
  switch (observed.kind) {
    case "register":
      return [state.register(observed.index)];
    case "location":
      return [state.location(observed.index)];
    case "array":
      return Array.from({ length: observed.count }, (_, i) => state.location(observed.first + i));
  }
}
