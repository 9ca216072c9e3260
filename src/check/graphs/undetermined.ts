/**
 * Values that nothing determines: what a cycle of copies passes round, out of thin air.
 *
 * herd7 writes such a value as a variable (`S16`) and computes with it as far as the result does not hang on it; so does
 * this. A word of a reserved range stands for each variable, far from what tests compute with (as addresses are,
 * `ADDRESS_BASE`).
 */

import { NOTHING_BELOW, NOTHING_FROM } from "../../ir/litmus.ts";
import { apply, COND, FN, RESULT } from "./opcodes.ts";

/** The variable number i. */
export const variable = (i: number): number => NOTHING_FROM + i;

export const numberOf = (value: number): number => value - NOTHING_FROM;

export function isVariable(value: number): boolean {
  return value >= NOTHING_FROM && value < NOTHING_BELOW;
}

/**
 * A function of operands some of which are variables; undefined where the result hangs on one. What does not is what
 * herd7 7.58 sees (its `symbValue.ml`): 0 is neutral to `+` and `|`, and `^`, `==`, `!=` of a variable with itself.
 */
export function applyOpenly(fn: number, a: number, b: number): number | undefined {
  if (fn === FN.second) return b;
  if (!isVariable(a) && !isVariable(b)) return apply(fn, a, b);
  if (fn === FN.add || fn === FN.or) return a === 0 ? b : b === 0 ? a : undefined;
  if (a !== b) return undefined;
  if (fn === FN.xor || fn === FN.ne) return 0;
  return fn === FN.eq ? 1 : undefined;
}

/** Whether it is known what a conditional update does that reads `old`. */
export function isDecided(cond: number, old: number, extra: number): boolean {
  if (cond === COND.never || cond === COND.always) return true;
  if (cond === COND.zero) return !isVariable(old);
  return (!isVariable(old) && !isVariable(extra)) || old === extra;
}

/** What a read of a variable leaves in its destination, if that does not hang on it. */
export function resultOpenly(
  result: number,
  fn: number,
  old: number,
  operand: number,
  wrote: boolean | undefined,
): number | undefined {
  if (result === RESULT.old) return old;
  if (result === RESULT.new) return applyOpenly(fn, old, operand);
  return result === RESULT.wrote && wrote !== undefined ? Number(wrote) : undefined;
}
