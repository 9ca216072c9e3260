/**
 * What every program must satisfy, whoever made it: the checkers and the simulator index arrays by these numbers and
 * do not look again.
 *
 * - Targets, registers, structs, fields, globals and functions exist; the last op of a body does not fall off its end.
 * - A register is written before it is read, on every path.
 * - Operands have the type that the op wants. Constants fit anywhere: they are 0, 1, NULL, a global object, a CPU.
 * - A handler takes one argument, a task's main none; entry points and the structs of tasks and roots exist.
 * - The instances of a per-CPU variable are the only objects of its struct.
 *
 * Problems are sentences, for tests and for bug reports; a valid program has none.
 */

import { defOf, forEachUse, operandsOf, placeOf, successors } from "./operands.ts";
import { printOp } from "./printer.ts";
import type { Func, Op, Program, ValueType } from "./types.ts";
import { resultTypeOf, wantedTypes } from "./typing.ts";

/** Everything that is wrong with a program. */
export function validate(program: Program): readonly string[] {
  const problems = [...checkTables(program)];
  for (const func of program.funcs) problems.push(...new FuncValidator(program, func).check());
  return problems;
}

function* checkTables(program: Program): Generator<string> {
  for (const { name, struct, percpu, first } of program.globals) {
    if (program.structs[struct] === undefined) yield `global ${name}: no struct ${struct}`;
    const sharing = program.globals.filter((other) => other.struct === struct);
    if (percpu && (sharing.length > 1 || first !== 1)) yield `global ${name}: its struct has other objects`;
    if (sharing.some((other) => other.name !== name && other.first === first)) {
      yield `global ${name}: object ${first} is another global, too`;
    }
  }
  for (const [name, id] of program.entries) {
    if (program.funcs[id] === undefined) yield `entry ${name}: no function ${id}`;
  }
  for (const struct of [program.taskStruct, program.mmStruct]) {
    if (struct !== undefined && program.structs[struct] === undefined) yield `no struct ${struct}`;
  }
  for (const [index, { caller }] of program.positions.entries()) {
    if (caller >= index) yield `position ${index}: called from ${caller}, which is not before it`;
  }
}

class FuncValidator {
  readonly #program: Program;
  readonly #func: Func;
  readonly #problems: string[] = [];

  constructor(program: Program, func: Func) {
    this.#program = program;
    this.#func = func;
  }

  check(): readonly string[] {
    const { ops, params, regs, name } = this.#func;
    if (params > regs.length) this.#problems.push(`${name}: ${params} arguments, ${regs.length} registers`);
    for (const { name: reg, type } of regs) {
      if (type.kind === "atomic" || type.kind === "lock")
        this.#problems.push(`${name}: register ${reg} is a cell`);
    }
    for (const [pc, op] of ops.entries()) this.#checkOp(op, pc);
    if (this.#problems.length === 0) this.#checkDefinitions();
    return this.#problems;
  }

  #complain(op: Op, pc: number, problem: string): void {
    const text = printOp(this.#program, this.#func, op);
    this.#problems.push(`${this.#func.name} op ${pc} (${text}): ${problem}`);
  }

  #checkOp(op: Op, pc: number): void {
    for (const target of successors(op, pc)) {
      if (this.#func.ops[target] === undefined) this.#complain(op, pc, `goes to ${target}, which is no op`);
    }
    if (this.#program.positions[op.at] === undefined) this.#complain(op, pc, `no position ${op.at}`);
    const missing = this.#missingName(op);
    if (missing !== undefined) {
      this.#complain(op, pc, missing);
      return;
    }
    this.#checkRegisters(op, pc);
    this.#checkTypes(op, pc);
    this.#checkCallee(op, pc);
  }

  /** A struct, field or variable that does not exist. */
  #missingName(op: Op): string | undefined {
    const place = placeOf(op);
    const struct = place?.struct ?? ("struct" in op ? op.struct : undefined);
    if (struct !== undefined && this.#program.structs[struct] === undefined) return `no struct ${struct}`;
    if (place && this.#program.structs[place.struct]?.fields[place.field] === undefined) {
      return `no field ${place.field}`;
    }
    if (op.op === "percpu" && this.#program.globals[op.global]?.percpu !== true) {
      return `global ${op.global} is no per-CPU variable`;
    }
    return undefined;
  }

  #checkRegisters(op: Op, pc: number): void {
    const dst = defOf(op);
    if (dst !== undefined && this.#func.regs[dst] === undefined) this.#complain(op, pc, `no register ${dst}`);
    forEachUse(op, (reg) => {
      if (this.#func.regs[reg] === undefined) this.#complain(op, pc, `no register ${reg}`);
    });
  }

  #checkTypes(op: Op, pc: number): void {
    const wanted = wantedTypes(this.#program, this.#func, op);
    for (const { name, operand } of operandsOf(op)) {
      if (!("reg" in operand)) continue;
      const type = this.#func.regs[operand.reg]?.type;
      const accepts = wanted[name];
      if (type !== undefined && accepts !== undefined && !accepts(type)) {
        this.#complain(op, pc, `operand ${name} has type ${type.kind}`);
      }
    }
    const dst = defOf(op);
    const type = dst === undefined ? undefined : this.#func.regs[dst]?.type;
    const result = resultTypeOf(this.#program, op);
    if (type !== undefined && result !== undefined && !holds(type, result)) {
      this.#complain(op, pc, `gives ${result.kind}, its register is ${type.kind}`);
    }
  }

  #checkCallee(op: Op, pc: number): void {
    if ("handler" in op) this.#expectParams(op, pc, op.handler, 1);
    if ("main" in op) this.#expectParams(op, pc, op.main, 0);
  }

  #expectParams(op: Op, pc: number, id: number, params: number): void {
    const func = this.#program.funcs[id];
    if (func === undefined) this.#complain(op, pc, `no function ${id}`);
    else if (func.params !== params) this.#complain(op, pc, `${func.name} takes ${func.params} arguments`);
  }

  /** Registers written on every path to each op: a forward fixpoint that starts from "all". */
  #checkDefinitions(): void {
    const { ops, params, regs } = this.#func;
    const written: (Set<number> | undefined)[] = ops.map(() => undefined);
    written[0] = new Set(regs.slice(0, params).keys());
    const work = [0];
    for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
      const op = ops[pc];
      if (op === undefined) continue;
      const after = new Set(written[pc]);
      const dst = defOf(op);
      if (dst !== undefined) after.add(dst);
      for (const next of successors(op, pc)) {
        if (meet(written, next, after)) work.push(next);
      }
    }
    for (const [pc, op] of ops.entries()) {
      const before = written[pc];
      if (before === undefined) continue;
      forEachUse(op, (reg) => {
        if (!before.has(reg)) this.#complain(op, pc, `register ${reg} may be read before it is written`);
      });
    }
  }
}

/** Keeps in `written[pc]` what is also in `after`; true when that changed it. */
function meet(written: (Set<number> | undefined)[], pc: number, after: ReadonlySet<number>): boolean {
  const before = written[pc];
  if (before === undefined) {
    written[pc] = new Set(after);
    return true;
  }
  let changed = false;
  for (const reg of before) {
    if (after.has(reg)) continue;
    before.delete(reg);
    changed = true;
  }
  return changed;
}

/** Whether a register of type `type` may take a result. */
function holds(type: ValueType, result: ValueType): boolean {
  if (type.kind === "word") return result.kind === "int" || result.kind === "bool" || result.kind === "word";
  return sameValueType(type, result);
}

export function sameValueType(a: ValueType, b: ValueType): boolean {
  return a.kind === "ptr" && b.kind === "ptr" ? a.struct === b.struct : a.kind === b.kind;
}
