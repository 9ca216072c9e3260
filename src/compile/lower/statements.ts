/**
 * Statements to ops.
 */

import { reg } from "../../ir/builder.ts";
import type { Operand } from "../../ir/types.ts";
import type { EachStmt, LoopStmt, Stmt } from "../tree.ts";
import { CPU, MASK } from "../types.ts";
import { type Body, ZERO } from "./body.ts";
import { lowerBranch, lowerExpression, lowerPlace } from "./expressions.ts";
import { known } from "./known.ts";

export function lowerStatements(body: Body, statements: readonly Stmt[]): void {
  for (const statement of statements) lowerStatement(body, statement);
}

function lowerStatement(body: Body, statement: Stmt): void {
  switch (statement.kind) {
    case "let":
      body.bind(statement.local, statement.init ? lowerExpression(body, statement.init) : ZERO);
      break;
    case "assign": {
      const a = lowerExpression(body, statement.value);
      body.emit(statement.at, { op: "mov", dst: body.register(statement.local), a });
      break;
    }
    case "store":
      lowerStore(body, statement);
      break;
    case "expr":
      lowerExpression(body, statement.value);
      break;
    case "if":
      lowerIf(body, statement);
      break;
    case "loop":
      lowerLoop(body, statement);
      break;
    case "each":
      lowerEach(body, statement);
      break;
    case "return":
      lowerReturn(body, statement);
      break;
    case "break":
    case "continue":
      lowerJump(body, statement);
      break;
    case "block":
      lowerStatements(body, statement.body);
  }
}

/** The object first, then the value, then the store. */
function lowerStore(body: Body, statement: Stmt & { kind: "store" }): void {
  const { at, fn } = statement;
  const place = lowerPlace(body, statement.place);
  let value: Operand;
  if (fn === undefined) value = lowerExpression(body, statement.value);
  else {
    const a = body.compute(at, { kind: "int" }, (dst) => ({ op: "load", dst, place, order: "plain" }));
    const b = lowerExpression(body, statement.value);
    value = body.compute(at, { kind: "int" }, (dst) => ({ op: "bin", fn, dst, a, b }));
  }
  body.emit(statement.place.at, { op: "store", place, value, order: "plain" });
}

function lowerIf(body: Body, statement: Stmt & { kind: "if" }): void {
  const test = known(body, statement.test);
  if (test !== undefined) {
    lowerStatements(body, test !== 0 ? statement.yes : statement.no);
    return;
  }
  const [yes, no, end] = [body.out.label(), body.out.label(), body.out.label()];
  lowerBranch(body, statement.test, yes, no);
  body.out.bind(yes);
  lowerStatements(body, statement.yes);
  body.jmp(statement.at, end);
  body.out.bind(no);
  lowerStatements(body, statement.no);
  body.out.bind(end);
}

function lowerLoop(body: Body, statement: LoopStmt): void {
  const [head, inside, next, done] = [body.out.label(), body.out.label(), body.out.label(), body.out.label()];
  const { test, testFirst, at } = statement;
  if (test !== undefined && testFirst && known(body, test) === 0) return;
  body.out.bind(head);
  if (test !== undefined && testFirst) lowerBranch(body, test, inside, done);
  body.out.bind(inside);
  body.frame.loops.push({ done, next });
  lowerStatements(body, statement.body);
  body.frame.loops.pop();
  body.out.bind(next);
  lowerStatements(body, statement.update);
  if (test !== undefined && !testFirst) lowerBranch(body, test, head, done);
  else body.jmp(at, head);
  body.out.bind(done);
}

/** A CPU loop: take some CPU out of the mask until it is empty. */
function lowerEach(body: Body, statement: EachStmt): void {
  const { at, local } = statement;
  const rest = body.variable(`${local.name}.rest`, MASK);
  const cpu = body.named(local.name, CPU);
  const [head, inside, done] = [body.out.label(), body.out.label(), body.out.label()];
  body.emit(at, { op: "mov", dst: rest, a: lowerMask(body, statement) });
  body.out.bind(head);
  const mask = reg(rest);
  const empty = body.compute(at, { kind: "bool" }, (dst) => ({ op: "mask.empty", dst, mask }));
  body.br(at, empty, done, inside);
  body.out.bind(inside);
  body.emit(at, { op: "mask.pick", dst: cpu, mask });
  body.emit(at, { op: "mask.without", dst: rest, mask, cpu: reg(cpu) });
  body.frame.values.set(local, reg(cpu));
  body.frame.loops.push({ done, next: head });
  lowerStatements(body, statement.body);
  body.frame.loops.pop();
  body.jmp(at, head);
  body.out.bind(done);
}

function lowerMask(body: Body, { over, at }: EachStmt): Operand {
  if (over === "possible") return body.compute(at, { kind: "mask" }, (dst) => ({ op: "mask.possible", dst }));
  if (over === "online") return body.compute(at, { kind: "mask" }, (dst) => ({ op: "cpu.online-mask", dst }));
  return lowerExpression(body, over);
}

function lowerReturn(body: Body, statement: Stmt & { kind: "return" }): void {
  const value = statement.value && lowerExpression(body, statement.value);
  const { exit } = body.frame;
  if (exit === undefined) {
    body.emit(statement.at, { op: "ret", ...(value === undefined ? {} : { value }) });
    return;
  }
  if (exit.result !== undefined && value !== undefined) {
    body.emit(statement.at, { op: "mov", dst: exit.result, a: value });
  }
  body.jmp(statement.at, exit.label);
}

function lowerJump(body: Body, statement: Stmt & { kind: "break" | "continue" }): void {
  const loop = body.frame.loops.at(-1);
  if (loop !== undefined) body.jmp(statement.at, statement.kind === "break" ? loop.done : loop.next);
}
