/** Drops registers that no op names, and numbers the others in their order. Arguments stay, used or not. */

import { defOf, forEachUse, mapOperands, withDst } from "../../ir/operands.ts";
import type { Func, Op, Reg } from "../../ir/types.ts";

export function renumberRegisters(func: Func): Func {
  const used = new Set<Reg>(func.regs.slice(0, func.params).keys());
  for (const op of func.ops) {
    const dst = defOf(op);
    if (dst !== undefined) used.add(dst);
    forEachUse(op, (reg) => used.add(reg));
  }
  if (used.size === func.regs.length) return func;
  const numbers = new Map([...used].sort((a, b) => a - b).map((reg, index) => [reg, index]));
  const renumber = (reg: Reg) => numbers.get(reg) ?? reg;
  return {
    ...func,
    regs: func.regs.filter((_, reg) => used.has(reg)),
    ops: func.ops.map((op) => Object.freeze(renumberOp(op, renumber))),
  };
}

function renumberOp(op: Op, renumber: (reg: Reg) => Reg): Op {
  const read = mapOperands(op, (operand) => ("reg" in operand ? { reg: renumber(operand.reg) } : operand));
  const dst = defOf(read);
  return dst === undefined ? read : withDst(read, renumber(dst));
}
