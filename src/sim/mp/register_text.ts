/** Ops that touch nothing but registers, as JavaScript: of the activation whose registers begin at `b`. */

import { present } from "../../base/assert.ts";
import type { Func, Op, Operand, Program } from "../../ir/types.ts";
import { binaryText } from "../../world/arith.ts";

export class RegisterText {
  protected readonly program: Program;
  protected readonly body: Func;

  constructor(program: Program, body: Func) {
    this.program = program;
    this.body = body;
  }

  protected val(operand: Operand): string {
    return "imm" in operand ? `${operand.imm}` : `R[b + ${operand.reg}]`;
  }

  protected mask(operand: Operand): string {
    return "imm" in operand ? "M.none" : `MR[b + ${operand.reg}]`;
  }

  protected local(op: Op): string | undefined {
    const set = (dst: number, text: string): string => `R[b + ${dst}] = ${text};`;
    const keep = (dst: number, text: string): string => `MR[b + ${dst}] = ${text};`;
    switch (op.op) {
      case "mov": {
        const isMask = this.body.regs[op.dst]?.type.kind === "mask";
        return isMask ? keep(op.dst, this.mask(op.a)) : set(op.dst, this.val(op.a));
      }
      case "bin":
        return set(op.dst, binaryText(op.fn, this.val(op.a), this.val(op.b)));
      case "not":
        return set(op.dst, `(${this.val(op.a)} === 0 ? 1 : 0)`);
      case "cpuid":
        return set(op.dst, "c");
      case "current":
        return set(op.dst, "m.current[c]");
      case "percpu": {
        const { first } = present(this.program.globals[op.global], "global");
        return set(op.dst, `${first} + ${this.val(op.cpu)}`);
      }
      case "irqs-off?":
        return set(op.dst, "IRQ[c]");
      case "ncpus":
        return set(op.dst, "m.cpus");
      case "bug":
        return `if (${this.val(op.a)} !== 0) m.fault(${op.warn ? '"WARN_ON"' : '"BUG_ON"'}, ${op.at});`;
      case "choose":
        return set(op.dst, "0");
      case "cpu.online?":
        return set(op.dst, "1");
      default:
        return this.masks(op);
    }
  }

  private masks(op: Op): string | undefined {
    const set = (dst: number, text: string): string => `R[b + ${dst}] = ${text};`;
    const keep = (dst: number, text: string): string => `MR[b + ${dst}] = ${text};`;
    switch (op.op) {
      case "mask.none":
        return keep(op.dst, "M.none");
      case "mask.possible":
      case "cpu.online-mask":
        return keep(op.dst, "M.possible");
      case "mask.of":
        return keep(op.dst, `M.with(M.none, ${this.val(op.cpu)})`);
      case "mask.with":
      case "mask.without":
        return keep(op.dst, `M.${op.op.slice(5)}(${this.mask(op.mask)}, ${this.val(op.cpu)})`);
      case "mask.has":
        return set(op.dst, `M.has(${this.mask(op.mask)}, ${this.val(op.cpu)})`);
      case "mask.empty":
        return set(op.dst, `M.empty(${this.mask(op.mask)})`);
      case "mask.pick":
        return set(op.dst, `M.first(${this.mask(op.mask)})`);
      default:
        return undefined;
    }
  }
}
