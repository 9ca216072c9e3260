/** Edits of a body's list of ops that keep branch targets right. */

import { mapTargets } from "../../ir/operands.ts";
import type { Func, Op, Pc } from "../../ir/types.ts";

/** The body with some ops replaced (same length). */
export function withOps(func: Func, ops: readonly Op[]): Func {
  return { ...func, ops };
}

/** The body without the ops that `keep` refuses; whoever went to one of them goes to the next that is kept. */
export function filterOps(func: Func, keep: (op: Op, pc: Pc) => boolean): Func {
  const kept = func.ops.map(keep);
  if (!kept.includes(false)) return func;
  const moved: Pc[] = [];
  let count = 0;
  for (const here of kept) {
    moved.push(count);
    if (here) count++;
  }
  const target = (pc: Pc) => moved[pc] ?? pc;
  const ops = func.ops.filter((_, pc) => kept[pc]).map((op) => Object.freeze(mapTargets(op, target)));
  return { ...func, ops };
}

/** The ops that some branch names. */
export function branchTargets(func: Func): ReadonlySet<Pc> {
  const targets = new Set<Pc>();
  for (const op of func.ops) {
    if (op.op === "jmp") targets.add(op.to);
    if (op.op === "br") targets.add(op.then).add(op.otherwise);
  }
  return targets;
}
