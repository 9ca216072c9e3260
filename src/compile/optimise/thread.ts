/**
 * A constant that is tested at once: an inlined function that returns true here and false there, called in an `if`.
 *
 *     r = 1; jmp L          jmp YES
 *     r = 0           →     jmp NO        when nobody reads r after the branch
 *     L: br r ? YES : NO    L: …
 *
 * The branch that decided between the two returns stays, and with it the control dependency.
 */

import { livenessOf } from "../../ir/liveness.ts";
import type { Func, Op, Pc } from "../../ir/types.ts";
import { withOps } from "./edit.ts";

export function threadConstants(func: Func): Func {
  if (!func.ops.some((op, pc) => targetOf(func.ops, op, pc) !== undefined)) return func;
  const live = livenessOf(func);
  let changed = false;
  const ops = func.ops.map((op, pc) => {
    const to = targetOf(func.ops, op, pc);
    if (to === undefined || op.op !== "mov" || live.isLive(to, op.dst)) return op;
    changed = true;
    return Object.freeze({ op: "jmp" as const, to, at: op.at });
  });
  return changed ? withOps(func, ops) : func;
}

/** Where control goes after `r = constant` when the next thing that happens is a test of r. */
function targetOf(ops: readonly Op[], op: Op, pc: Pc): Pc | undefined {
  if (op.op !== "mov" || !("imm" in op.a)) return undefined;
  const following = ops[pc + 1];
  const next = following?.op === "jmp" ? ops[following.to] : following;
  if (next?.op !== "br" || !("reg" in next.a) || next.a.reg !== op.dst) return undefined;
  return op.a.imm !== 0 ? next.then : next.otherwise;
}
