/**
 * Programs as text, stable enough to be a golden and readable enough to debug with:
 *
 *     struct mm_struct
 *       0 mm_count atomic  4 bytes, line 0
 *     global init_mm: mm_struct #1
 *
 *     func mmdrop(%0:mm: *mm_struct)
 *       0  %1:t = rmw sub mm_struct.mm_count[%0:mm], value 1, full, new   ; kernel/mm.ts:58 mmdrop
 *       1  %2:t = bin eq %1:t, 0                                          ; …
 *       2  br %2:t ? 3 : 7                                                ; …
 *
 * Local ops are indented by one more column than visible ones, so that the steps others can see stand out. The comment
 * is the position and the chain of calls that it was inlined through, innermost first.
 */

import { isVisible } from "./effects.ts";
import { defOf, operandsOf, placeOf } from "./operands.ts";
import type { Func, Op, Operand, Program, Reg, Tagged, TaggedUpdate, ValueType } from "./types.ts";

/** What the printer may leave out. */
export interface PrintOptions {
  /** Comments: file, line and calls; only the calls (they survive edits elsewhere in a file); or nothing. */
  readonly positions?: "lines" | "functions" | "none";
  /** Structs and globals; on unless said otherwise. */
  readonly declarations?: boolean;
}

/** A whole program. */
export function printProgram(program: Program, options: PrintOptions = {}): string {
  const sections: string[] = [];
  if (options.declarations !== false) sections.push(...printDeclarations(program));
  for (const func of program.funcs) sections.push(printFunc(program, func, options));
  return `${sections.join("\n\n")}\n`;
}

/** One body. */
export function printFunc(program: Program, func: Func, options: PrintOptions = {}): string {
  const printer = new FuncPrinter(program, func);
  const head = printer.head();
  const lines = func.ops.map((op, pc) => printer.line(op, pc));
  if (options.positions === "none") return [head, ...lines].join("\n");
  const withLines = options.positions !== "functions";
  const width = Math.min(72, Math.max(0, ...lines.map((line) => line.length)));
  const commented = lines.map(
    (line, pc) => `${line.padEnd(width)}  ; ${positionOf(program, func.ops[pc], withLines)}`,
  );
  return [head, ...commented].join("\n");
}

/** One op, without its index and position. */
export function printOp(program: Program, func: Func, op: Op): string {
  return new FuncPrinter(program, func).op(op);
}

/** A type: `int`, `*mm_struct`. */
export function printType(program: Program, type: ValueType): string {
  return type.kind === "ptr" ? `*${structName(program, type.struct)}` : type.kind;
}

function printDeclarations(program: Program): string[] {
  const structs = program.structs.map((struct) => {
    const fields = struct.fields.map(({ name, type, bytes, line }, index) => {
      return `  ${index} ${name}: ${printType(program, type)}  ${bytes} bytes, line ${line}`;
    });
    const freed = struct.property === undefined ? "" : `, freed: ${struct.property}`;
    return [`struct ${struct.name}${freed}`, ...fields].join("\n");
  });
  const others = program.globals.map(({ name, struct, percpu, first }) => {
    return `global ${name}: ${structName(program, struct)} ${percpu ? "per CPU" : `#${first}`}`;
  });
  for (const [name, value] of program.constants) others.push(`constant ${name} = ${value}`);
  for (const [name, func] of program.entries) others.push(`entry ${name} = ${funcName(program, func)}`);
  return [...structs, ...(others.length > 0 ? [others.join("\n")] : [])];
}

function positionOf(program: Program, op: Op | undefined, withLines: boolean): string {
  const parts: string[] = [];
  let index = op?.at ?? -1;
  while (index >= 0) {
    const position = program.positions[index];
    if (position === undefined) break;
    const { file, line, func, caller } = position;
    if (!withLines) parts.push(func);
    else parts.push(parts.length === 0 ? `${file}:${line} ${func}` : `${func}:${line}`);
    index = caller;
  }
  return parts.join(" < ");
}

function structName(program: Program, struct: number): string {
  return program.structs[struct]?.name ?? `struct${struct}`;
}

function funcName(program: Program, func: number): string {
  return program.funcs[func]?.name ?? `func${func}`;
}

class FuncPrinter {
  readonly #program: Program;
  readonly #func: Func;

  constructor(program: Program, func: Func) {
    this.#program = program;
    this.#func = func;
  }

  head(): string {
    const { name, params, regs, result } = this.#func;
    const list = regs.slice(0, params).map(({ type }, reg) => {
      return `${this.#reg(reg)}: ${printType(this.#program, type)}`;
    });
    return `func ${name}(${list.join(", ")})${result ? `: ${printType(this.#program, result)}` : ""}`;
  }

  line(op: Op, pc: number): string {
    return `${String(pc).padStart(4)}  ${isVisible(op) ? "" : "  "}${this.op(op)}`;
  }

  op(op: Op): string {
    const dst = defOf(op);
    return `${dst === undefined ? "" : `${this.#reg(dst)} = `}${this.#text(op)}`;
  }

  /** The op without its result: name, what it is about, operands by name, modifiers. */
  #text(op: Op): string {
    switch (op.op) {
      case "mov":
        return this.#operand(op.a);
      case "bin":
        return `${op.fn} ${this.#operand(op.a)}, ${this.#operand(op.b)}`;
      case "jmp":
        return `jmp ${op.to}`;
      case "br":
        return `br ${this.#operand(op.a)} ? ${op.then} : ${op.otherwise}`;
      case "ret":
        return op.value === undefined ? "ret" : `ret ${this.#operand(op.value)}`;
      default:
        return [op.op, [...this.#subject(op), ...this.#operands(op), ...modifiers(op)].join(", ")]
          .filter((part) => part !== "")
          .join(" ");
    }
  }

  /** What the op is about besides its operands: a place, a struct, a function, a variable. */
  #subject(op: Op): string[] {
    const place = placeOf(op);
    if (place !== undefined) {
      const struct = this.#program.structs[place.struct];
      const field = struct?.fields[place.field]?.name ?? `field${place.field}`;
      const object = this.#object(place.obj, place.struct);
      return [`${structName(this.#program, place.struct)}.${field}[${object}]`];
    }
    if ("handler" in op) return [funcName(this.#program, op.handler)];
    if ("main" in op) return [funcName(this.#program, op.main)];
    if ("global" in op) return [this.#program.globals[op.global]?.name ?? `global${op.global}`];
    return "struct" in op ? [structName(this.#program, op.struct)] : [];
  }

  /** Operands after the place, each with its name where the op has several kinds. */
  #operands(op: Op): string[] {
    const struct = "struct" in op ? op.struct : undefined;
    return operandsOf(op)
      .filter(({ name }) => name !== "place")
      .map(({ name, operand }) => {
        if (name === "a") return this.#operand(operand);
        const pointer = name === "mm" || name === "obj";
        return `${name} ${pointer ? this.#object(operand, struct) : this.#operand(operand)}`;
      });
  }

  /** A pointer to an object of a known struct: a global by its name. */
  #object(operand: Operand, struct: number | undefined): string {
    const global = this.#program.globals.find((candidate) => {
      return "imm" in operand && candidate.struct === struct && candidate.first === operand.imm;
    });
    return global === undefined || global.percpu ? this.#operand(operand) : `&${global.name}`;
  }

  #operand(operand: Operand): string {
    return "imm" in operand ? String(operand.imm) : this.#reg(operand.reg);
  }

  #reg(reg: Reg): string {
    return `%${reg}:${this.#func.regs[reg]?.name ?? "?"}`;
  }
}

/** The bell tag as a model would write it: `'acquire`. */
function tagOf(op: Tagged): string[] {
  return op.tag === undefined ? [] : [`'${op.tag}`];
}

function updateTags(op: TaggedUpdate): string[] {
  const write = op.writeTag === undefined ? [] : [`write '${op.writeTag}`];
  return [...tagOf(op), ...write, ...(op.fenced === undefined ? [] : [`fenced '${op.fenced}`])];
}

/** What an op says about itself in words: operation, order, what its result is. */
function modifiers(op: Op): string[] {
  switch (op.op) {
    case "load":
    case "store":
      return [op.order, ...tagOf(op)];
    case "cmpxchg":
    case "add-unless":
      return [op.order, ...updateTags(op)];
    case "rmw":
      return [op.fn, op.order, ...updateTags(op), ...(op.result === "none" ? [] : [op.result])];
    case "await":
      return [op.cmp, ...(op.order === undefined ? [] : [op.order])];
    case "mask.set":
    case "mask.clear":
      return op.order === undefined ? [] : [op.order];
    case "fence":
      return [op.kind, ...tagOf(op)];
    case "srcu.lock":
    case "srcu.unlock":
    case "srcu.sync":
      return tagOf(op);
    case "bug":
      return [...(op.warn ? ["warn"] : []), ...(op.property === undefined ? [] : [op.property])];
    case "ipi.send":
      return op.wait ? ["wait"] : [];
    default:
      return [];
  }
}
