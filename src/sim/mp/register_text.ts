/**
 * Ops that touch nothing but registers, as JavaScript: of the activation whose registers begin at `b`, in `R`, its masks
 * apart in `MR`.
 */

import type { Func, Op, Operand, Program, Reg } from "../../ir/types.ts";
import { type Dialect, localText, maskCalls } from "../../world/local_text.ts";

export class RegisterText {
  protected readonly program: Program;
  protected readonly body: Func;
  readonly #dialect: Dialect;

  constructor(program: Program, body: Func) {
    this.program = program;
    this.body = body;
    const keep = (dst: Reg, text: string): string => `MR[b + ${dst}] = ${text};`;
    this.#dialect = {
      val: (operand) => this.val(operand),
      set,
      mask: (operand) => this.mask(operand),
      setMask: keep,
      isMask: (reg) => body.regs[reg]?.type.kind === "mask",
      current: "m.current[c]",
      irqsOff: "IRQ[c]",
      cpus: "m.cpus",
      masks: maskCalls(set),
      fault: (op) => `m.fault("${op.property ?? (op.warn ? "WARN_ON" : "BUG_ON")}", ${op.at});`,
    };
  }

  protected val(operand: Operand): string {
    return "imm" in operand ? `${operand.imm}` : `R[b + ${operand.reg}]`;
  }

  protected mask(operand: Operand): string {
    return "imm" in operand ? "M.none" : `MR[b + ${operand.reg}]`;
  }

  /**
   * Choices take their first outcome, and no CPU is ever offline here. A loop over CPUs takes them out of its mask where
   * it stands (`MaskOps.drop`): with thousands of CPUs a copy per CPU is what a scan would cost.
   */
  protected local(op: Op): string | undefined {
    switch (op.op) {
      case "choose":
        return set(op.dst, "0");
      case "cpu.online?":
        return set(op.dst, "1");
      case "cpu.online-mask":
        return this.#dialect.setMask(op.dst, this.#dialect.masks.possible);
      case "mov":
        if (!this.#dialect.isMask(op.dst)) return localText(this.program, this.#dialect, op);
        return this.#dialect.setMask(op.dst, `M.shared(${this.mask(op.a)})`);
      case "mask.without":
        if (!("reg" in op.mask) || op.mask.reg !== op.dst) return localText(this.program, this.#dialect, op);
        return this.#dialect.setMask(
          op.dst,
          `M.drop(${this.mask(op.mask)}, ${this.val(op.cpu)}, b + ${op.dst})`,
        );
      default:
        return localText(this.program, this.#dialect, op);
    }
  }
}

const set = (dst: Reg, text: string): string => `R[b + ${dst}] = ${text};`;
