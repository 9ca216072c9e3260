/**
 * One body while it is lowered: the ops so far, and the chain of inlined functions that is being worked on.
 *
 * The value of a local that is never assigned is the operand that it was initialised with; no register is copied for
 * it. That is sound as long as that register keeps its value while the name is in scope, so registers of *assigned*
 * locals (`owned`) are copied when another name is bound to them. A fresh register that has no name yet takes the
 * name of the first local that is bound to it.
 */

import { internalBug } from "../../base/assert.ts";
import type { DiagnosticId } from "../../diag/catalogue.ts";
import type { Details } from "../../diag/diagnostic.ts";
import type { Span } from "../../diag/source.ts";
import { FuncBuilder, imm, type Label, type NewOp, reg } from "../../ir/builder.ts";
import type { Operand, Reg, ValueType } from "../../ir/types.ts";
import type { FuncTree, Local } from "../tree.ts";
import type { FuncDecl, Type } from "../types.ts";
import type { Linker } from "./linker.ts";

/** Where `break` and `continue` go. */
export interface LoopLabels {
  readonly done: Label;
  readonly next: Label;
}

/** One activation: the body's own function, or one inlined into it. */
export interface Frame {
  readonly tree: FuncTree;
  readonly parent: Frame | undefined;
  /** Position of the call, −1 for the body's own function. */
  readonly caller: number;
  /** What locals stand for; functions for parameters that hold one. */
  readonly values: Map<Local, Operand | FuncDecl>;
  readonly loops: LoopLabels[];
  /** Where `return` goes and where it leaves its value. Undefined: it ends the body. */
  readonly exit: { readonly label: Label; readonly result: Reg | undefined } | undefined;
}

/** The name of a register that no local has been bound to. */
export const TEMPORARY = "t";

/** A body under construction. */
export class Body {
  readonly link: Linker;
  readonly out: FuncBuilder;
  /** Grew past the limit, which was reported; calls are not inlined any more. */
  oversized = false;
  #frame: Frame;
  /** Registers of locals that are assigned after their declaration. */
  readonly #owned = new Set<Reg>();

  constructor(link: Linker, name: string, tree: FuncTree) {
    this.link = link;
    this.out = new FuncBuilder(name);
    this.#frame = { tree, parent: undefined, caller: -1, values: new Map(), loops: [], exit: undefined };
  }

  get frame(): Frame {
    return this.#frame;
  }

  /** Runs `work` with another function's frame on top. */
  within<T>(frame: Frame, work: () => T): T {
    const outer = this.#frame;
    this.#frame = frame;
    const result = work();
    this.#frame = outer;
    return result;
  }

  /** The position of a span in the frame's function. */
  position(at: Span): number {
    return this.link.position(at, this.#frame.tree.decl.name, this.#frame.caller);
  }

  emit(at: Span, op: NewOp): void {
    this.out.at = this.position(at);
    this.out.emit(op);
  }

  jmp(at: Span, to: Label): void {
    this.out.at = this.position(at);
    this.out.jmp(to);
  }

  br(at: Span, a: Operand, then: Label, otherwise: Label): void {
    this.out.at = this.position(at);
    this.out.br(a, then, otherwise);
  }

  temporary(type: ValueType): Reg {
    return this.out.reg(TEMPORARY, type);
  }

  /** Emits an op with a fresh result register. */
  compute(at: Span, type: ValueType, op: (dst: Reg) => NewOp): Operand {
    const dst = this.temporary(type);
    this.emit(at, op(dst));
    return reg(dst);
  }

  report(id: DiagnosticId, at: Span, details: Details): void {
    this.link.reporter.report(id, at, details);
  }

  // ---- locals --------------------------------------------------------------------------------------------------

  /** What a local stands for. */
  value(local: Local): Operand {
    const found = this.#frame.values.get(local);
    if (found === undefined || "kind" in found) internalBug(`local ${local.name} has no value`);
    return found;
  }

  /** The function that a local holds. */
  functionIn(local: Local): FuncDecl {
    const found = this.#frame.values.get(local);
    if (found === undefined || !("kind" in found)) internalBug(`local ${local.name} holds no function`);
    return found;
  }

  /** Gives a local its first value. */
  bind(local: Local, value: Operand): void {
    if (local.assigned) this.#bindVariable(local, value);
    else if ("imm" in value) this.#frame.values.set(local, value);
    else if (this.#owned.has(value.reg)) this.#frame.values.set(local, this.#copy(local, value));
    else {
      this.#nameFresh(local, value.reg);
      this.#frame.values.set(local, value);
    }
  }

  /** An argument of the body: its register is given. */
  bindParam(local: Local): void {
    const index = this.out.param(local.name, this.link.valueType(local.type));
    if (local.assigned) this.#owned.add(index);
    this.#frame.values.set(local, reg(index));
  }

  /** The register of a local that is assigned. */
  register(local: Local): Reg {
    const value = this.value(local);
    return "reg" in value ? value.reg : internalBug(`local ${local.name} has no register`);
  }

  /** A register that lowering itself writes, with a name of the source's making. */
  named(name: string, type: Type): Reg {
    return this.out.reg(this.#qualified(name), this.link.valueType(type));
  }

  /** The same, to be written again while other names may stand for it. */
  variable(name: string, type: Type): Reg {
    const made = this.named(name, type);
    this.#owned.add(made);
    return made;
  }

  #bindVariable(local: Local, value: Operand): void {
    if ("reg" in value && this.#isFresh(value.reg)) this.#nameFresh(local, value.reg);
    else value = this.#copy(local, value);
    if ("reg" in value) this.#owned.add(value.reg);
    this.#frame.values.set(local, value);
  }

  #copy(local: Local, value: Operand): Operand {
    const dst = this.out.reg(this.#qualified(local.name), this.link.valueType(local.type));
    this.emit(local.at, { op: "mov", dst, a: value });
    return reg(dst);
  }

  #isFresh(index: Reg): boolean {
    return this.out.regs[index]?.name === TEMPORARY;
  }

  #nameFresh(local: Local, index: Reg): void {
    const info = this.out.regs[index];
    if (info?.name !== TEMPORARY) return;
    this.out.regs[index] = { name: this.#qualified(local.name), type: info.type };
  }

  #qualified(name: string): string {
    return this.#frame.parent === undefined ? name : `${this.#frame.tree.decl.name}.${name}`;
  }
}

export const ZERO: Operand = imm(0);
