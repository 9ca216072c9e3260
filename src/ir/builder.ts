/**
 * Builds bodies and programs op by op: what lowering and hand-written tests share.
 *
 * A `FuncBuilder` appends ops whose branch targets are *labels*; a label is made first and bound to the place of the
 * next op later, so that forward jumps need no patching by the caller. `finish` turns labels into indices. A program
 * built by hand goes through `ProgramBuilder`, which numbers structs, globals and functions.
 */

import { internalBug } from "../base/assert.ts";
import { mapTargets } from "./operands.ts";
import type {
  FieldType,
  Func,
  FuncId,
  Global,
  GlobalId,
  Op,
  Operand,
  Place,
  Position,
  Program,
  Reg,
  RegInfo,
  StructId,
  StructType,
  ValueType,
} from "./types.ts";

/** A place in a body that is not known yet; printed nowhere. */
export type Label = number;

/** An op as written by hand: the position is filled in by the builder. */
type WithoutAt<O> = O extends Op ? Omit<O, "at"> : never;
export type NewOp = WithoutAt<Op>;

export const reg = (index: Reg): Operand => ({ reg: index });
export const imm = (value: number): Operand => ({ imm: value | 0 });

/** One body under construction. */
export class FuncBuilder {
  readonly name: string;
  /** Index into the program's positions that the next ops get. */
  at = 0;
  readonly regs: RegInfo[] = [];
  readonly #ops: Op[] = [];
  /** Where each label is bound, −1 before that. */
  readonly #labels: number[] = [];
  #params = 0;
  result: ValueType | undefined;

  constructor(name: string, result?: ValueType) {
    this.name = name;
    this.result = result;
  }

  /** The next argument. All arguments come before the first register. */
  param(name: string, type: ValueType): Reg {
    this.#params++;
    return this.reg(name, type);
  }

  reg(name: string, type: ValueType): Reg {
    return this.regs.push({ name, type }) - 1;
  }

  label(): Label {
    return this.#labels.push(-1) - 1;
  }

  /** The label means the next op. */
  bind(label: Label): void {
    this.#labels[label] = this.#ops.length;
  }

  emit(op: NewOp): void {
    this.#ops.push(Object.freeze({ ...op, at: this.at }) as Op);
  }

  jmp(to: Label): void {
    this.emit({ op: "jmp", to });
  }

  br(a: Operand, then: Label, otherwise: Label): void {
    this.emit({ op: "br", a, then, otherwise });
  }

  /** Ops so far. */
  get length(): number {
    return this.#ops.length;
  }

  /** The finished body. */
  finish(): Func {
    const resolve = (label: Label) =>
      this.#labels[label] ?? internalBug(`label ${label} of ${this.name} is unknown`);
    return {
      name: this.name,
      params: this.#params,
      regs: [...this.regs],
      ops: this.#ops.map((op) => Object.freeze(mapTargets(op, resolve))),
      result: this.result,
    };
  }
}

/** A program under construction by hand. */
export class ProgramBuilder {
  readonly #structs: StructType[] = [];
  readonly #globals: Global[] = [];
  readonly #funcs: Func[] = [];
  readonly #entries = new Map<string, FuncId>();
  readonly #positions: Position[] = [{ file: "by-hand.ts", line: 1, column: 1, func: "by_hand", caller: -1 }];
  taskStruct: StructId | undefined;
  mmStruct: StructId | undefined;

  /** A struct with one field per line of its object. */
  struct(name: string, fields: Readonly<Record<string, ValueType>>): StructId {
    const list: FieldType[] = Object.entries(fields).map(([field, type], line) => ({
      name: field,
      type,
      bytes: 4,
      line,
    }));
    return this.#structs.push({ name, fields: list }) - 1;
  }

  global(name: string, struct: StructId, percpu = false): GlobalId {
    const earlier = this.#globals.filter((other) => other.struct === struct).length;
    return this.#globals.push({ name, struct, percpu, first: earlier + 1 }) - 1;
  }

  /** The global object as an operand. */
  addressOf(global: GlobalId): Operand {
    return imm(this.#globals[global]?.first ?? 0);
  }

  place(obj: Operand, struct: StructId, field: string): Place {
    const index = this.#structs[struct]?.fields.findIndex((candidate) => candidate.name === field) ?? -1;
    if (index < 0) internalBug(`struct ${struct} has no field ${field}`);
    return { obj, struct, field: index };
  }

  func(func: Func): FuncId {
    return this.#funcs.push(func) - 1;
  }

  /** A function that is also an entry point. */
  entry(func: Func): FuncId {
    const id = this.func(func);
    this.#entries.set(func.name, id);
    return id;
  }

  finish(): Program {
    return {
      structs: this.#structs,
      globals: this.#globals,
      funcs: this.#funcs,
      entries: this.#entries,
      positions: this.#positions,
      constants: new Map(),
      taskStruct: this.taskStruct,
      mmStruct: this.mmStruct,
    };
  }
}
