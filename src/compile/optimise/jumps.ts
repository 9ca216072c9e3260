/**
 * Jumps: to a jump, to the next op, both ways to one place; and code that no path reaches. A BUG_ON of false goes too.
 */

import { mapTargets, successors } from "../../ir/operands.ts";
import type { Func, Op, Pc } from "../../ir/types.ts";
import { filterOps, withOps } from "./edit.ts";

export function simplifyJumps(func: Func): Func {
  const threaded = threadJumps(func);
  const reached = reachable(threaded);
  return filterOps(threaded, (op, pc) => reached.has(pc) && !isNothing(op, pc));
}

function threadJumps(func: Func): Func {
  let changed = false;
  const ops = func.ops.map((op) => {
    const direct = sameWay(mapTargets(op, (pc) => destination(func.ops, pc)));
    if (sameTargets(op, direct)) return op;
    changed = true;
    return Object.freeze(direct);
  });
  return changed ? withOps(func, ops) : func;
}

/** Where control ends up that goes to `pc`. A circle of jumps is an endless loop and stays one. */
function destination(ops: readonly Op[], pc: Pc): Pc {
  const seen = new Set<Pc>();
  let at = pc;
  for (let op = ops[at]; op?.op === "jmp" && !seen.has(at); op = ops[at]) {
    seen.add(at);
    at = op.to;
  }
  return at;
}

function sameWay(op: Op): Op {
  return op.op === "br" && op.then === op.otherwise ? { op: "jmp", to: op.then, at: op.at } : op;
}

function sameTargets(a: Op, b: Op): boolean {
  if (a.op === "jmp") return b.op === "jmp" && a.to === b.to;
  if (a.op === "br") return b.op === "br" && a.then === b.then && a.otherwise === b.otherwise;
  return true;
}

function reachable(func: Func): ReadonlySet<Pc> {
  const reached = new Set<Pc>();
  const work: Pc[] = [0];
  for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
    const op = func.ops[pc];
    if (op === undefined || reached.has(pc)) continue;
    reached.add(pc);
    work.push(...successors(op, pc));
  }
  return reached;
}

function isNothing(op: Op, pc: Pc): boolean {
  if (op.op === "jmp") return op.to === pc + 1;
  return op.op === "bug" && "imm" in op.a && op.a.imm === 0;
}
