/**
 * A tiny interpreter of one body on one CPU: the compiler's tests compare what programs do, not what they look like.
 *
 * Memory ops act on a map of locations. Every other visible op does nothing, and its result comes from an *oracle*, a
 * function of how many visible ops have run: two bodies that do the same visible steps in the same order get the same
 * answers. `trace` is those steps with the values of their operands.
 */

import { internalBug } from "../../src/base/assert.ts";
import { evaluate } from "../../src/compile/arithmetic.ts";
import { isVisible } from "../../src/ir/effects.ts";
import { defOf, operandsOf, placeOf } from "../../src/ir/operands.ts";
import type { Func, Op, Operand, Pc } from "../../src/ir/types.ts";

export interface Run {
  /** Visible ops with their operands' values, in order. */
  readonly trace: readonly string[];
  /** Locations written, by "struct.object.field". */
  readonly memory: ReadonlyMap<string, number>;
  readonly result: number | undefined;
  /** The run was cut short. */
  readonly unfinished: boolean;
}

export interface RunOptions {
  readonly args?: readonly number[];
  readonly memory?: ReadonlyMap<string, number>;
  /** Result of the n-th visible op; without it loads read memory and other ops give 0. */
  readonly oracle?: (step: number, op: Op) => number;
  /** Visible ops to run at most. */
  readonly limit?: number;
}

/** Runs a body. */
export function interpret(func: Func, options: RunOptions = {}): Run {
  return new Interpreter(func, options).run();
}

class Interpreter {
  readonly #func: Func;
  readonly #options: RunOptions;
  readonly #regs: (number | undefined)[];
  readonly #memory: Map<string, number>;
  readonly #trace: string[] = [];

  constructor(func: Func, options: RunOptions) {
    this.#func = func;
    this.#options = options;
    this.#regs = func.regs.map((_, reg) => (reg < func.params ? (options.args?.[reg] ?? 0) : undefined));
    this.#memory = new Map(options.memory);
  }

  run(): Run {
    const limit = this.#options.limit ?? 10_000;
    let pc: Pc = 0;
    for (let steps = 0; steps < 20 * limit && this.#trace.length < limit; steps++) {
      const op = this.#func.ops[pc] ?? internalBug(`no op ${pc} in ${this.#func.name}`);
      if (op.op === "ret") return this.#done(op.value && this.#value(op.value), false);
      pc = this.#step(op, pc);
    }
    return this.#done(undefined, true);
  }

  #done(result: number | undefined, unfinished: boolean): Run {
    return { trace: this.#trace, memory: this.#memory, result, unfinished };
  }

  #value(operand: Operand): number {
    if ("imm" in operand) return operand.imm;
    return this.#regs[operand.reg] ?? internalBug(`register ${operand.reg} is not written`);
  }

  #step(op: Op, pc: Pc): Pc {
    if (op.op === "jmp") return op.to;
    if (op.op === "br") return this.#value(op.a) !== 0 ? op.then : op.otherwise;
    if (op.op === "bug") this.#trace.push(`bug ${this.#value(op.a)}`);
    else {
      const result = isVisible(op) ? this.#visible(op) : this.#local(op);
      const dst = defOf(op);
      if (dst !== undefined) this.#regs[dst] = result;
    }
    return pc + 1;
  }

  /** Masks are bit sets of four CPUs; this is CPU 1, task 7. */
  #local(op: Op): number {
    switch (op.op) {
      case "mov":
        return this.#value(op.a);
      case "bin":
        return evaluate(op.fn, this.#value(op.a), this.#value(op.b));
      case "not":
        return Number(this.#value(op.a) === 0);
      case "cpuid":
        return 1;
      case "percpu":
        return this.#value(op.cpu) + 1;
      case "ncpus":
        return 4;
      case "mask.possible":
        return 0b1111;
      case "mask.of":
        return 1 << this.#value(op.cpu);
      case "mask.with":
        return this.#value(op.mask) | (1 << this.#value(op.cpu));
      case "mask.without":
        return this.#value(op.mask) & ~(1 << this.#value(op.cpu));
      case "mask.has":
        return (this.#value(op.mask) >> this.#value(op.cpu)) & 1;
      case "mask.empty":
        return Number(this.#value(op.mask) === 0);
      case "mask.pick":
        return this.#value(op.mask) === 0
          ? -1
          : 31 - Math.clz32(this.#value(op.mask) & -this.#value(op.mask));
      case "current":
        return 7;
      default:
        return 0;
    }
  }

  #visible(op: Op): number {
    const operands = operandsOf(op).map(({ name, operand }) => `${name}=${this.#value(operand)}`);
    const place = placeOf(op);
    const field = place === undefined ? "" : ` ${place.struct}.${place.field}`;
    this.#trace.push(`${op.op}${field} ${operands.join(" ")}`.trim());
    const { oracle } = this.#options;
    return oracle === undefined ? this.#memoryOp(op) : oracle(this.#trace.length, op);
  }

  #memoryOp(op: Op): number {
    const place = placeOf(op);
    if (place === undefined) return 0;
    const key = `${place.struct}.${this.#value(place.obj)}.${place.field}`;
    const old = this.#memory.get(key) ?? 0;
    switch (op.op) {
      case "store":
        this.#memory.set(key, this.#value(op.value));
        return 0;
      case "rmw": {
        const updated =
          op.fn === "xchg" ? this.#value(op.value) : evaluate(op.fn, old, this.#value(op.value));
        this.#memory.set(key, updated);
        return op.result === "new" ? updated : old;
      }
      case "cmpxchg":
        if (old === this.#value(op.old)) this.#memory.set(key, this.#value(op.value));
        return old;
      case "add-unless":
        if (old !== this.#value(op.unless)) this.#memory.set(key, (old + this.#value(op.value)) | 0);
        return Number(old !== this.#value(op.unless));
      default:
        return old;
    }
  }
}
