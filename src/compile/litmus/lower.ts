/**
 * One thread of a litmus test to a body of the IR.
 *
 * Control flow becomes branches; a loop is a branch back, and how often it is taken is the engine's business. Every op
 * that a macro makes stands at the position of the statement that it is in.
 */

import type { Func, Reg } from "../../ir/types.ts";
import type { Expr, Stmt, Thread } from "./syntax.ts";
import { type Env, NO_ARGUMENTS, type Shared, ValueLowerer } from "./values.ts";

/** A lowered thread and its named registers. */
export interface Lowered {
  readonly func: Func;
  readonly registers: ReadonlyMap<string, Reg>;
}

/**
 * @param initial Initial values of registers by name; registers that the question names must be here, too.
 */
export function lowerThread(shared: Shared, thread: Thread, initial: ReadonlyMap<string, number>): Lowered {
  return new ThreadLowerer(shared, thread, initial).lower();
}

class ThreadLowerer extends ValueLowerer {
  readonly #thread: Thread;

  constructor(shared: Shared, thread: Thread, initial: ReadonlyMap<string, number>) {
    super(shared, `P${thread.number}`, thread.at);
    this.#thread = thread;
    const assigned = new Set(initial.keys());
    collectAssigned(thread.body, assigned);
    const params = new Map(thread.params.map((at) => [at.text, at]));
    this.constants = new Set([...params.keys()].filter((name) => !assigned.has(name)));
    this.#place(thread.at);
    for (const name of assigned) {
      const param = params.get(name);
      this.define(name, initial.get(name) ?? (param === undefined ? 0 : this.addressOf(param, name)));
    }
  }

  lower(): Lowered {
    for (const stmt of this.#thread.body) this.statement(stmt, NO_ARGUMENTS);
    this.emit({ op: "ret" });
    return { func: this.body.finish(), registers: this.registers };
  }

  override statement(stmt: Stmt, env: Env): void {
    this.#place(stmt.at);
    switch (stmt.kind) {
      case "block":
        for (const inner of stmt.body) this.statement(inner, env);
        return;
      case "declare":
        if (stmt.value !== undefined) this.#assign(this.register(stmt.name), stmt.value, env);
        return;
      case "assign":
        this.#assignment(stmt, env);
        return;
      case "expr":
        this.effect(stmt.value, env);
        return;
      case "if":
        this.#conditional(stmt, env);
        return;
      case "while":
        this.#loop(stmt, env);
        return;
    }
  }

  #assignment({ target, value, at }: Stmt & { kind: "assign" }, env: Env): void {
    const found = this.resolve(target, env);
    if (found.expr.kind === "name") this.#assign(this.register(found.expr.name), value, env);
    else {
      const place = this.named(target, env, at);
      this.emit({ op: "store", place, value: this.value(value, env), order: "plain" });
    }
  }

  #assign(dst: Reg, expr: Expr, env: Env): void {
    const value = this.value(expr, env, dst);
    if (!("reg" in value && value.reg === dst)) this.emit({ op: "mov", dst, a: value });
  }

  #conditional(stmt: Stmt & { kind: "if" }, env: Env): void {
    const { body } = this;
    const [then, otherwise, end] = [body.label(), body.label(), body.label()];
    body.br(this.value(stmt.test, env), then, otherwise);
    body.bind(then);
    this.statement(stmt.then, env);
    if (stmt.otherwise !== undefined) {
      body.jmp(end);
      body.bind(otherwise);
      this.statement(stmt.otherwise, env);
      body.bind(end);
    } else body.bind(otherwise);
  }

  #loop(stmt: Stmt & { kind: "while" }, env: Env): void {
    const { body } = this;
    const [again, inside, end] = [body.label(), body.label(), body.label()];
    body.bind(again);
    if (stmt.before) this.statement(stmt.body, env);
    this.#place(stmt.at);
    body.br(this.value(stmt.test, env), stmt.before ? again : inside, end);
    if (!stmt.before) {
      body.bind(inside);
      this.statement(stmt.body, env);
      body.jmp(again);
    }
    body.bind(end);
  }

  /** The next ops come from here; what a macro is made of is no place in the test. */
  #place(at: Thread["at"]): void {
    if (this.depth > 0) return;
    const { line, column, file } = this.shared.lexer.spanOf(at);
    const { positions } = this.shared;
    this.body.at = positions.length;
    positions.push({ file: file.name, line, column, func: this.body.name, caller: -1 });
  }
}

function collectAssigned(body: readonly Stmt[], names: Set<string>): void {
  for (const stmt of body) {
    if (stmt.kind === "declare") names.add(stmt.name);
    else if (stmt.kind === "assign" && stmt.target.kind === "name") names.add(stmt.target.name);
    else if (stmt.kind === "block") collectAssigned(stmt.body, names);
    else if (stmt.kind === "while") collectAssigned([stmt.body], names);
    else if (stmt.kind === "if") {
      collectAssigned([stmt.then, ...(stmt.otherwise === undefined ? [] : [stmt.otherwise])], names);
    }
  }
}
