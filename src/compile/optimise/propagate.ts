/**
 * Constants and copies flow to their uses.
 *
 * Registers that are written once behave like SSA names, because every use comes after the write on every path (the
 * validator says so): `r = s` with both written once makes every `r` an `s`, and `r = 5` makes it 5. Operators whose
 * operands are all constants become constants; an operator with one constant stays, so that no dependency is lost.
 */

import { defOf, mapOperands } from "../../ir/operands.ts";
import type { Func, Op, Operand, Reg } from "../../ir/types.ts";
import { evaluate } from "../arithmetic.ts";
import { withOps } from "./edit.ts";

export function propagate(func: Func): Func {
  const copies = findCopies(func);
  let changed = false;
  const ops = func.ops.map((op) => {
    const replaced = fold(copies.size === 0 ? op : mapOperands(op, (operand) => resolve(copies, operand)));
    if (replaced === op) return op;
    changed = true;
    return Object.freeze(replaced);
  });
  return changed ? withOps(func, ops) : func;
}

/** What each register that is only a copy stands for. */
function findCopies(func: Func): ReadonlyMap<Reg, Operand> {
  const writes = countWrites(func);
  const copies = new Map<Reg, Operand>();
  for (const op of func.ops) {
    if (op.op !== "mov" || writes[op.dst] !== 1) continue;
    if ("imm" in op.a || (writes[op.a.reg] === 1 && op.a.reg !== op.dst)) copies.set(op.dst, op.a);
  }
  return copies;
}

/** How often each register is written; arguments are written by the call. */
export function countWrites(func: Func): number[] {
  const writes: number[] = func.regs.map((_, reg) => (reg < func.params ? 1 : 0));
  for (const op of func.ops) {
    const dst = defOf(op);
    if (dst !== undefined) writes[dst] = (writes[dst] ?? 0) + 1;
  }
  return writes;
}

/** Follows copies of copies. They form no circle: each register is written after what it copies. */
function resolve(copies: ReadonlyMap<Reg, Operand>, operand: Operand): Operand {
  let found = operand;
  while ("reg" in found) {
    const next = copies.get(found.reg);
    if (next === undefined) break;
    found = next;
  }
  return found;
}

function fold(op: Op): Op {
  if (op.op === "bin" && "imm" in op.a && "imm" in op.b) {
    return { op: "mov", dst: op.dst, a: { imm: evaluate(op.fn, op.a.imm, op.b.imm) }, at: op.at };
  }
  if (op.op === "not" && "imm" in op.a) {
    return { op: "mov", dst: op.dst, a: { imm: Number(op.a.imm === 0) }, at: op.at };
  }
  if (op.op === "br" && "imm" in op.a) {
    return { op: "jmp", to: op.a.imm !== 0 ? op.then : op.otherwise, at: op.at };
  }
  return op;
}
