/**
 * Numbers for everything that a program names: structs, globals, functions, positions.
 *
 * A declaration gets its number when lowering first meets it, so a program holds what its code can reach and nothing
 * else. A function that is started by something other than a call (an entry point, a task's main, a handler) becomes
 * a `Func` and waits in a queue until its body is lowered.
 */

import { present } from "../../base/assert.ts";
import type { Reporter } from "../../diag/diagnostic.ts";
import type { Span } from "../../diag/source.ts";
import type {
  FieldType,
  Func,
  FuncId,
  Global,
  GlobalId,
  Position,
  StructId,
  StructType,
  ValueType,
} from "../../ir/types.ts";
import type { Unit } from "../check/unit.ts";
import type { FuncTree } from "../tree.ts";
import type { FuncDecl, GlobalDecl, StructDecl, Type } from "../types.ts";

/** What starts a function; a handler always takes one argument, used or not. */
export type FuncRole = "entry" | "main" | "handler";

/** A function whose body is to be lowered. */
export interface Pending {
  readonly id: FuncId;
  readonly tree: FuncTree;
  readonly role: FuncRole;
}

/** The tables of one program under construction. */
export class Linker {
  readonly unit: Unit;
  readonly reporter: Reporter;
  readonly structs: StructType[] = [];
  readonly globals: Global[] = [];
  readonly positions: Position[] = [];
  readonly #funcs: (Func | undefined)[] = [];
  readonly #structIds = new Map<StructDecl, StructId>();
  readonly #globalIds = new Map<GlobalDecl, GlobalId>();
  readonly #funcIds = new Map<string, Map<FuncDecl, FuncId>>();
  readonly #positionIds = new Map<string, number>();
  readonly #pending: Pending[] = [];

  constructor(unit: Unit) {
    this.unit = unit;
    this.reporter = unit.reporter;
  }

  structId(decl: StructDecl): StructId {
    const known = this.#structIds.get(decl);
    if (known !== undefined) return known;
    const fields: FieldType[] = [];
    const { name: ofStruct, property } = decl;
    const named = property === undefined ? {} : { property };
    const id = this.structs.push({ name: ofStruct, ...named, fields }) - 1;
    // Numbered before its fields, which may point back at it.
    this.#structIds.set(decl, id);
    for (const { name, type, bytes, line } of decl.fields) {
      fields.push({ name, type: this.valueType(type), bytes, line });
    }
    return id;
  }

  globalId(decl: GlobalDecl): GlobalId {
    const known = this.#globalIds.get(decl);
    if (known !== undefined) return known;
    const struct = this.structId(present(decl.struct, `struct of ${decl.name}`));
    const first = this.globals.filter((global) => global.struct === struct).length + 1;
    const id = this.globals.push({ name: decl.name, struct, percpu: decl.percpu, first }) - 1;
    this.#globalIds.set(decl, id);
    return id;
  }

  /** The object number of a plain global. */
  addressOf(decl: GlobalDecl): number {
    return present(this.globals[this.globalId(decl)], decl.name).first;
  }

  funcId(decl: FuncDecl, role: FuncRole): FuncId {
    const ofRole = this.#funcIds.get(role) ?? new Map<FuncDecl, FuncId>();
    this.#funcIds.set(role, ofRole);
    const known = ofRole.get(decl);
    if (known !== undefined) return known;
    const id = this.#funcs.push(undefined) - 1;
    ofRole.set(decl, id);
    this.#pending.push({ id, tree: this.treeOf(decl), role });
    return id;
  }

  /** The next function to lower. */
  take(): Pending | undefined {
    return this.#pending.shift();
  }

  define(id: FuncId, func: Func): void {
    this.#funcs[id] = func;
  }

  /** All functions, once none is pending. */
  funcs(): Func[] {
    return this.#funcs.map((func, id) => present(func, `body of function ${id}`));
  }

  treeOf(decl: FuncDecl): FuncTree {
    return present(this.unit.trees.get(decl), `tree of ${decl.name}`);
  }

  /** The index of a place in the text of `func`, inlined at position `caller`. */
  position(at: Span, func: string, caller: number): number {
    const key = `${at.file.name}:${at.line}:${at.column}:${func}:${caller}`;
    const known = this.#positionIds.get(key);
    if (known !== undefined) return known;
    const { line, column } = at;
    const index = this.positions.push({ file: at.file.name, line, column, func, caller }) - 1;
    this.#positionIds.set(key, index);
    return index;
  }

  valueType(type: Type): ValueType {
    switch (type.kind) {
      case "int":
      case "bool":
      case "cpu":
      case "mask":
      case "atomic":
      case "lock":
        return { kind: type.kind };
      case "cpumask":
        return { kind: "mask" };
      case "ptr":
        return { kind: "ptr", struct: this.structId(type.struct) };
      default:
        return { kind: "int" };
    }
  }
}
