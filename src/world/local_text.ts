/**
 * Ops that touch nothing but registers, as JavaScript. Every instrument that turns the IR into code uses this one table
 * and says in a `Dialect` how it keeps registers, what it computes masks with, and where it finds the machine.
 */

import { present } from "../base/assert.ts";
import type { Op, Operand, Program, Reg } from "../ir/types.ts";
import { binaryText } from "./arith.ts";

/** How an instrument writes what the ops are about. All are texts of expressions, `set…` and `fault` of statements. */
export interface Dialect {
  readonly val: (operand: Operand) => string;
  readonly set: (dst: Reg, text: string) => string;
  /** Masks, where they are kept apart from the other registers. */
  readonly mask: (operand: Operand) => string;
  readonly setMask: (dst: Reg, text: string) => string;
  /** The register holds a mask. */
  readonly isMask: (reg: Reg) => boolean;
  /** The running task, whether interrupts are off, the number of CPUs. */
  readonly current: string;
  readonly irqsOff: string;
  readonly cpus: string;
  readonly masks: MaskDialect;
  /** An assertion has failed. */
  readonly fault: (op: Extract<Op, { op: "bug" }>) => string;
}

/** Expressions over masks. */
export interface MaskDialect {
  readonly none: string;
  readonly possible: string;
  readonly with: (mask: string, cpu: string) => string;
  readonly without: (mask: string, cpu: string) => string;
  readonly has: (mask: string, cpu: string) => string;
  readonly empty: (mask: string) => string;
  /** Some CPU of the mask, −1 if it is empty; a statement that leaves it in `dst`. */
  readonly pick: (dst: Reg, mask: string) => string;
}

/** Masks that are objects, behind the functions of `M`. */
export function maskCalls(set: (dst: Reg, text: string) => string): MaskDialect {
  return {
    none: "M.none",
    possible: "M.possible",
    with: (mask, cpu) => `M.with(${mask}, ${cpu})`,
    without: (mask, cpu) => `M.without(${mask}, ${cpu})`,
    has: (mask, cpu) => `M.has(${mask}, ${cpu})`,
    empty: (mask) => `M.empty(${mask})`,
    pick: (dst, mask) => set(dst, `M.first(${mask})`),
  };
}

/** The statement for an op; undefined for those that touch more than registers, or go elsewhere. */
export function localText(program: Program, dialect: Dialect, op: Op): string | undefined {
  const { val, set } = dialect;
  switch (op.op) {
    case "mov":
      return dialect.isMask(op.dst) ? dialect.setMask(op.dst, dialect.mask(op.a)) : set(op.dst, val(op.a));
    case "bin":
      return set(op.dst, binaryText(op.fn, val(op.a), val(op.b)));
    case "not":
      return set(op.dst, `(${val(op.a)} === 0 ? 1 : 0)`);
    case "cpuid":
      return set(op.dst, "c");
    case "current":
      return set(op.dst, dialect.current);
    case "percpu":
      return set(op.dst, `${present(program.globals[op.global], "global").first} + ${val(op.cpu)}`);
    case "irqs-off?":
      return set(op.dst, dialect.irqsOff);
    case "ncpus":
      return set(op.dst, dialect.cpus);
    case "bug":
      return `if (${val(op.a)} !== 0) ${dialect.fault(op)}`;
    default:
      return maskText(dialect, op);
  }
}

function maskText(dialect: Dialect, op: Op): string | undefined {
  const { val, mask, set, setMask, masks } = dialect;
  switch (op.op) {
    case "mask.none":
      return setMask(op.dst, masks.none);
    case "mask.possible":
      return setMask(op.dst, masks.possible);
    case "mask.of":
      return setMask(op.dst, masks.with(masks.none, val(op.cpu)));
    case "mask.with":
      return setMask(op.dst, masks.with(mask(op.mask), val(op.cpu)));
    case "mask.without":
      return setMask(op.dst, masks.without(mask(op.mask), val(op.cpu)));
    case "mask.has":
      return set(op.dst, masks.has(mask(op.mask), val(op.cpu)));
    case "mask.empty":
      return set(op.dst, masks.empty(mask(op.mask)));
    case "mask.pick":
      return masks.pick(op.dst, mask(op.mask));
    default:
      return undefined;
  }
}
