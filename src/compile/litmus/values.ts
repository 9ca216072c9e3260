/**
 * The expressions of a thread, and the macros in them.
 *
 * Macros are expanded on the way: an argument is an expression with the environment that it was written in, looked up
 * when its name is met (substitution by name, as in C). Expressions come out in three-address form, left to right:
 * each access is one op whose operands are registers, so dependencies are those that the text has.
 */

import type { DiagnosticId } from "../../diag/catalogue.ts";
import type { Details } from "../../diag/diagnostic.ts";
import { FuncBuilder, imm, type NewOp, reg } from "../../ir/builder.ts";
import { ADDRESS_BASE } from "../../ir/litmus.ts";
import type { BinaryOp, Operand, Place, Position, Reg } from "../../ir/types.ts";
import { evaluate } from "../arithmetic.ts";
import { suggestion } from "../suggest.ts";
import { lowerBuiltin } from "./builtins.ts";
import type { Cells } from "./cells.ts";
import type { Definitions } from "./def.ts";
import type { Lexer, Token } from "./lexer.ts";
import { specialOf } from "./special.ts";
import type { Expr, Macro, Stmt } from "./syntax.ts";

/** Macro arguments in force, each with the ones that were in force where it was written. */
export type Env = ReadonlyMap<string, { readonly expr: Expr; readonly env: Env }>;

export const NO_ARGUMENTS: Env = new Map();

/** Ops of one thread at most, and macros within macros. */
const MOST_OPS = 10_000;
const MACRO_DEPTH = 50;

/** What the threads of a test share while they are lowered. */
export interface Shared {
  readonly lexer: Lexer;
  readonly cells: Cells;
  readonly definitions: Definitions;
  /** Filled with one entry per source position that an op has. */
  readonly positions: Position[];
  /** SRCU sections so far, in definitions that make up their cookies. */
  cookies: number;
}

/** Far from the numbers that tests use. */
const COOKIE = 1009;

type Call = Expr & { readonly kind: "call" };

export abstract class ValueLowerer {
  readonly shared: Shared;
  readonly body: FuncBuilder;
  readonly registers = new Map<string, Reg>();
  /** Parameters of the thread that are never assigned. */
  protected constants: ReadonlySet<string> = new Set();
  /** Macros that are being expanded. */
  protected depth = 0;
  readonly #start: Token;
  #temporaries = 0;

  /** @param start The token that complaints about the whole thread point at. */
  constructor(shared: Shared, name: string, start: Token) {
    this.shared = shared;
    this.body = new FuncBuilder(name);
    this.#start = start;
  }

  abstract statement(stmt: Stmt, env: Env): void;

  // ---- services ----

  fail(id: DiagnosticId, at: Token, details: Details = {}): never {
    return this.shared.lexer.fail(id, at, details);
  }

  emit(op: NewOp): void {
    if (this.body.length >= MOST_OPS) {
      this.fail("litmus-limit", this.#start, { what: "steps in one thread", limit: MOST_OPS });
    }
    this.body.emit(op);
  }

  /** A register for a result: the one that it is wanted in, or a new one. */
  result(wanted: Reg | undefined): Reg {
    return wanted ?? this.body.reg(`t${this.#temporaries++}`, { kind: "word" });
  }

  /** A number that no other section of the test has. */
  cookie(): number {
    return COOKIE * ++this.shared.cookies;
  }

  /** The cell that an address expression points at. */
  pointedAt(address: Expr, env: Env): Place {
    const value = this.value(address, env);
    // A constant address is an object by its number; what is none, an engine finds out when it gets there.
    const obj = "imm" in value && value.imm > ADDRESS_BASE ? imm(value.imm - ADDRESS_BASE) : value;
    return { obj, struct: 0, field: 0 };
  }

  /** The cell that `*x` names: what `__load` and `__store` access. */
  named(expr: Expr, env: Env, at: Token): Place {
    const found = this.resolve(expr, env);
    if (found.expr.kind === "deref") return this.pointedAt(found.expr.place, found.env);
    return this.fail("litmus-not-a-place", found.expr.at, { what: at.text });
  }

  /** An expression with macro arguments looked up until it is none. */
  resolve(expr: Expr, env: Env): { readonly expr: Expr; readonly env: Env } {
    let found = { expr, env };
    while (found.expr.kind === "name") {
      const argument = found.env.get(found.expr.name);
      if (argument === undefined) break;
      found = argument;
    }
    return found;
  }

  /** The register of a name, made where it is met first. */
  register(name: string): Reg {
    return this.registers.get(name) ?? this.define(name, 0);
  }

  /** A named register with its initial value, so that it may be read anywhere. */
  define(name: string, value: number): Reg {
    const made = this.body.reg(name, { kind: "word" });
    this.registers.set(name, made);
    this.emit({ op: "mov", dst: made, a: imm(value) });
    return made;
  }

  addressOf(at: Token, name: string): number {
    return ADDRESS_BASE + this.shared.cells.variable(at, name).first;
  }

  // ---- expressions ----

  /** The value of an expression; in register `wanted` if it is computed at all. */
  value(expr: Expr, env: Env, wanted?: Reg): Operand {
    switch (expr.kind) {
      case "number":
        return imm(expr.value);
      case "name":
        return this.#name(expr, env, wanted);
      case "address":
        return imm(this.addressOf(expr.at, expr.name));
      case "deref": {
        const place = this.pointedAt(expr.place, env);
        const dst = this.result(wanted);
        this.emit({ op: "load", dst, place, order: "plain" });
        return reg(dst);
      }
      case "unary":
        return this.#unary(expr, env, wanted);
      case "binary": {
        const left = this.value(expr.left, env);
        return this.compute(expr.fn, left, this.value(expr.right, env), wanted);
      }
      case "and":
      case "or":
        return this.#shortCircuit(expr, env, wanted);
      case "call":
        return this.call(expr, env, "value", wanted);
      case "builtin": {
        const value = lowerBuiltin(this, expr, env, "value", wanted);
        return value ?? this.fail("litmus-no-value", expr.at, { name: expr.at.text });
      }
    }
  }

  compute(fn: BinaryOp, a: Operand, b: Operand, wanted?: Reg): Operand {
    if ("imm" in a && "imm" in b) return imm(evaluate(fn, a.imm, b.imm));
    const dst = this.result(wanted);
    this.emit({ op: "bin", fn, dst, a, b });
    return reg(dst);
  }

  /** An expression for what it does. */
  effect(expr: Expr, env: Env): void {
    if (expr.kind === "builtin") lowerBuiltin(this, expr, env, "statement");
    else if (expr.kind === "call") this.call(expr, env, "statement");
    else this.value(expr, env);
  }

  #unary({ fn, of }: Expr & { kind: "unary" }, env: Env, wanted: Reg | undefined): Operand {
    const value = this.value(of, env);
    if (fn === "neg") return this.compute("sub", imm(0), value, wanted);
    return fn === "not"
      ? this.compute("eq", value, imm(0), wanted)
      : this.compute("xor", value, imm(-1), wanted);
  }

  /** `a && b`: 0 unless a, then b != 0. `a || b`: 1 if a, else b != 0. Not made in `wanted`, which b may read. */
  #shortCircuit(expr: Expr & { kind: "and" | "or" }, env: Env, wanted: Reg | undefined): Operand {
    const { body } = this;
    const [more, end] = [body.label(), body.label()];
    const dst = this.result(undefined);
    this.#test(expr.left, env, dst);
    body.br(reg(dst), expr.kind === "and" ? more : end, expr.kind === "and" ? end : more);
    body.bind(more);
    this.#test(expr.right, env, dst);
    body.bind(end);
    if (wanted === undefined) return reg(dst);
    this.emit({ op: "mov", dst: wanted, a: reg(dst) });
    return reg(wanted);
  }

  /** dst := e != 0. */
  #test(expr: Expr, env: Env, dst: Reg): void {
    const value = this.compute("ne", this.value(expr, env), imm(0), dst);
    if ("imm" in value) this.emit({ op: "mov", dst, a: value });
  }

  #name(expr: Expr & { kind: "name" }, env: Env, wanted: Reg | undefined): Operand {
    const argument = env.get(expr.name);
    if (argument !== undefined) return this.value(argument.expr, argument.env, wanted);
    const { name } = expr;
    const known = this.registers.get(name);
    if (known !== undefined) return reg(known);
    // A variable of the test that is no parameter of this thread is meant all the same.
    if (this.constants.has(name) || this.shared.cells.has(name)) return imm(this.addressOf(expr.at, name));
    // Nobody ever writes it.
    return imm(0);
  }

  // ---- macros ----

  call(expr: Call, env: Env, as: "statement" | "value", wanted?: Reg): Operand {
    const { macros } = this.shared.definitions;
    const special = macros.has(expr.name) ? undefined : specialOf(expr.name);
    if (++this.depth > MACRO_DEPTH) {
      this.fail("litmus-limit", expr.at, { what: "macros within macros", limit: MACRO_DEPTH });
    }
    let result: Operand;
    if (special !== undefined) {
      this.#checkCount(expr, special.args);
      result = special.lower(this, expr, env, wanted, as);
    } else result = this.#expand(this.#macro(expr), expr, env, as, wanted);
    this.depth--;
    return result;
  }

  #expand(macro: Macro, call: Call, outer: Env, as: "statement" | "value", wanted?: Reg): Operand {
    const { args } = call;
    const env: Env = new Map(
      macro.formals.map((formal, i) => [formal, { expr: args[i] ?? call, env: outer }]),
    );
    const { body } = macro;
    if (body.kind === "expr" && as === "value") return this.value(body.value, env, wanted);
    if (as === "value") this.fail("litmus-no-value", call.at, { name: macro.name });
    if (body.kind === "expr") this.effect(body.value, env);
    else this.statement(body.body, env);
    return imm(0);
  }

  #macro(call: Call): Macro {
    const { at, name } = call;
    const { macros, file } = this.shared.definitions;
    const macro = macros.get(name);
    if (macro === undefined) {
      return this.fail("litmus-macro", at, { name, file, suggestion: suggestion(name, macros.keys()) });
    }
    this.#checkCount(call, macro.formals.length);
    return macro;
  }

  #checkCount({ at, name, args }: Call, expected: number): void {
    if (args.length !== expected) this.fail("litmus-arguments", at, { name, expected, found: args.length });
  }
}
