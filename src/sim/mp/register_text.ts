/**
 * Ops that touch nothing but registers, as JavaScript: of the activation whose cells (`frames.ts`) begin at `b`, in `R`,
 * its masks apart in `MR`.
 */

import type { Func, Op, Operand, Program, Reg } from "../../ir/types.ts";
import { binaryText } from "../../world/arith.ts";
import { type Dialect, localText, maskCalls } from "../../world/local_text.ts";
import type { Frame } from "./frames.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);
/** What `binaryText` puts around a comparison. */
const TRUTH = " ? 1 : 0)";

export class RegisterText {
  protected readonly program: Program;
  protected readonly body: Func;
  protected readonly frame: Frame;
  readonly #dialect: Dialect;
  /** Registers that the next op computes: the expression, and as a condition. */
  readonly #passedOn = new Map<Reg, string>();
  readonly #conditions = new Map<Reg, string>();

  constructor(program: Program, body: Func, frame: Frame) {
    this.program = program;
    this.body = body;
    this.frame = frame;
    const set = (dst: Reg, text: string): string => this.set(dst, text);
    this.#dialect = {
      val: (operand) => this.val(operand),
      set,
      mask: (operand) => this.mask(operand),
      setMask: (dst, text) => this.setMask(dst, text),
      isMask: (reg) => body.regs[reg]?.type.kind === "mask",
      current: "CURRENT[c]",
      irqsOff: "IRQ[c]",
      cpus: "m.cpus",
      masks: maskCalls(set),
      fault: (op) => `m.fault("${op.property ?? (op.warn ? "WARN_ON" : "BUG_ON")}", ${op.at});`,
    };
  }

  protected val(operand: Operand): string {
    if ("imm" in operand) return `${operand.imm}`;
    const { reg } = operand;
    return this.frame.fixed(reg) ?? this.#passedOn.get(reg) ?? `R[b + ${this.frame.cellOf(reg)}]`;
  }

  /** The operand as a condition: true when it is not 0. */
  protected condition(operand: Operand): string {
    const known = "reg" in operand ? this.#conditions.get(operand.reg) : undefined;
    return known ?? `${this.val(operand)} !== 0`;
  }

  protected set(dst: Reg, text: string): string {
    if (this.frame.fixed(dst) !== undefined) return "";
    if (this.frame.isPassedOn(dst)) {
      this.#passedOn.set(dst, `(${text})`);
      return "";
    }
    return `${this.cell(dst)}${text};`;
  }

  /** The left side of an assignment; nothing where nobody reads it. */
  protected cell(dst: Reg): string {
    return this.frame.isUnused(dst) ? "" : `R[b + ${this.frame.cellOf(dst)}] = `;
  }

  protected setMask(dst: Reg, text: string): string {
    return this.frame.isUnused(dst) ? `${text};` : `MR[mb + ${this.frame.cellOf(dst)}] = ${text};`;
  }

  protected mask(operand: Operand): string {
    return "imm" in operand ? "M.none" : `MR[mb + ${this.frame.cellOf(operand.reg)}]`;
  }

  /**
   * Choices take their first outcome, and no CPU is ever offline here. A loop over CPUs takes them out of its mask where
   * it stands (`MaskOps.drop`): with thousands of CPUs a copy per CPU is what a scan would cost.
   */
  protected local(op: Op): string | undefined {
    switch (op.op) {
      case "choose":
        return this.set(op.dst, "0");
      case "cpu.online?":
        return this.set(op.dst, "1");
      case "cpu.online-mask":
        return this.#dialect.setMask(op.dst, this.#dialect.masks.possible);
      case "mov":
        if (!this.#dialect.isMask(op.dst)) return localText(this.program, this.#dialect, op);
        return this.#dialect.setMask(op.dst, `M.shared(${this.mask(op.a)})`);
      case "mask.without":
        if (!("reg" in op.mask) || op.mask.reg !== op.dst) return localText(this.program, this.#dialect, op);
        return this.#dialect.setMask(
          op.dst,
          `M.drop(${this.mask(op.mask)}, ${this.val(op.cpu)}, mb + ${this.frame.cellOf(op.dst)})`,
        );
      case "bug":
        return `if (${this.condition(op.a)}) ${this.#dialect.fault(op)}`;
      default:
        this.noteCondition(op);
        return localText(this.program, this.#dialect, op);
    }
  }

  private noteCondition(op: Op): void {
    if (op.op === "not" && this.frame.isPassedOn(op.dst))
      this.#conditions.set(op.dst, `!(${this.condition(op.a)})`);
    if (op.op !== "bin" || !COMPARISONS.has(op.fn) || !this.frame.isPassedOn(op.dst)) return;
    const text = binaryText(op.fn, this.val(op.a), this.val(op.b));
    this.#conditions.set(op.dst, text.slice(1, -TRUTH.length));
  }
}
