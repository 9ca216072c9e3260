/**
 * Makes a body shorter without changing what anybody can see.
 *
 * Only local ops are touched. Visible ops keep their number, order and operands' values: a checker explores the same
 * steps, a memory model sees the same accesses and dependencies. What goes are copies, constants, jumps to jumps, code
 * that cannot be reached and results that nobody reads; then the registers that are left without a use. A test runs
 * random programs before and after and compares what they did.
 *
 * The passes feed each other (a folded branch makes code unreachable, which makes a register single-assigned), so they
 * run until none changes anything. Each returns the body it was given when it has nothing to do.
 */

import type { Func } from "../../ir/types.ts";
import { coalesceMoves } from "./coalesce.ts";
import { removeDeadResults } from "./dead.ts";
import { simplifyJumps } from "./jumps.ts";
import { propagate } from "./propagate.ts";
import { renumberRegisters } from "./registers.ts";
import { threadConstants } from "./thread.ts";

const passes: readonly ((func: Func) => Func)[] = [
  propagate,
  simplifyJumps,
  threadConstants,
  coalesceMoves,
  removeDeadResults,
];

/** The optimised body. */
export function optimise(func: Func): Func {
  let before: Func;
  do {
    before = func;
    for (const pass of passes) func = pass(func);
  } while (func !== before);
  return renumberRegisters(func);
}
