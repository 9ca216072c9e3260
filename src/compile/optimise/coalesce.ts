/**
 * `t = …; r = t` becomes `r = …` when t has no other use.
 *
 * Lowering computes a value before it knows which variable will hold it. The op may be a visible one: it still does
 * the same, into another register. The move must not be a branch target, or another path would arrive with t computed
 * long before.
 */

import { defOf, forEachUse, withDst } from "../../ir/operands.ts";
import type { Func, Pc, Reg } from "../../ir/types.ts";
import { branchTargets, filterOps, withOps } from "./edit.ts";
import { countWrites } from "./propagate.ts";

export function coalesceMoves(func: Func): Func {
  const moves = findMoves(func);
  if (moves.size === 0) return func;
  const ops = func.ops.map((op, pc) => {
    const dst = moves.get(pc + 1);
    return dst === undefined ? op : Object.freeze(withDst(op, dst));
  });
  return filterOps(withOps(func, ops), (_, pc) => !moves.has(pc));
}

/** The moves that the op before them can do, with their registers. */
function findMoves(func: Func): ReadonlyMap<Pc, Reg> {
  const [writes, reads, targets] = [countWrites(func), countReads(func), branchTargets(func)];
  const moves = new Map<Pc, Reg>();
  for (const [pc, op] of func.ops.entries()) {
    const before = func.ops[pc - 1];
    if (op.op !== "mov" || !("reg" in op.a) || before === undefined || targets.has(pc)) continue;
    const temporary = op.a.reg;
    if (defOf(before) !== temporary || temporary === op.dst || moves.has(pc - 1)) continue;
    if (temporary < func.params || writes[temporary] !== 1 || reads[temporary] !== 1) continue;
    if (func.regs[temporary]?.type.kind === func.regs[op.dst]?.type.kind) moves.set(pc, op.dst);
  }
  return moves;
}

function countReads(func: Func): number[] {
  const reads = func.regs.map(() => 0);
  for (const op of func.ops) {
    forEachUse(op, (reg) => {
      reads[reg] = (reads[reg] ?? 0) + 1;
    });
  }
  return reads;
}
