/**
 * Calls: the callee's body is lowered in place, with its parameters bound to the arguments.
 *
 * A function whose only `return` is its last statement leaves its value as an operand; any other gets a result
 * register that each `return` assigns before it jumps to the end.
 */

import { internalBug } from "../../base/assert.ts";
import type { Span } from "../../diag/source.ts";
import { reg } from "../../ir/builder.ts";
import type { Operand } from "../../ir/types.ts";
import { cycleName } from "../check/recursion.ts";
import type { CallExpr, Expr, FuncTree, Stmt } from "../tree.ts";
import type { FuncDecl } from "../types.ts";
import type { Body, Frame } from "./body.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerStatements } from "./statements.ts";

/** An argument: a value, or a function passed by name. */
export type Argument = Operand | FuncDecl;

/** A call in the text. */
export function inlineCall(body: Body, expr: CallExpr): Operand | undefined {
  const args = expr.args.map((arg) => lowerArgument(body, arg));
  const decl = "kind" in expr.callee ? expr.callee : body.functionIn(expr.callee);
  return inlineFunction(body, decl, args, expr.at);
}

function lowerArgument(body: Body, arg: Expr): Argument {
  return arg.type.kind === "fn" ? functionOf(body, arg) : lowerExpression(body, arg);
}

/** The function that an expression names. */
export function functionOf(body: Body, expr: Expr): FuncDecl {
  if (expr.kind === "func") return expr.func;
  if (expr.kind === "local") return body.functionIn(expr.local);
  return internalBug(`expression ${expr.kind} names no function`);
}

/** The body of `decl` here, as called at `at`. Its result, if it has one. */
export function inlineFunction(
  body: Body,
  decl: FuncDecl,
  args: readonly Argument[],
  at: Span,
): Operand | undefined {
  if (reportsRecursion(body, decl, at) || reportsSize(body, at)) return undefined;
  const tree = body.link.treeOf(decl);
  const label = body.out.label();
  const tail = tailReturn(tree);
  const returnsValue = decl.result.kind !== "void" && tail === undefined;
  const result = returnsValue ? body.temporary(body.link.valueType(decl.result)) : undefined;
  const frame: Frame = {
    tree,
    parent: body.frame,
    caller: body.position(at),
    values: new Map(),
    loops: [],
    exit: { label, result },
  };
  const value = body.within(frame, () => {
    bindArguments(body, tree, args);
    lowerStatements(body, tail === undefined ? tree.body : tree.body.slice(0, -1));
    return tail && lowerExpression(body, tail);
  });
  body.out.bind(label);
  return result === undefined ? value : reg(result);
}

function bindArguments(body: Body, tree: FuncTree, args: readonly Argument[]): void {
  for (const [index, param] of tree.params.entries()) {
    const arg = args[index];
    if (arg === undefined) continue;
    if ("kind" in arg) body.frame.values.set(param, arg);
    else body.bind(param, arg);
  }
}

/** A circle through a handler, which the check of direct calls cannot see. */
function reportsRecursion(body: Body, decl: FuncDecl, at: Span): boolean {
  const path: FuncDecl[] = [];
  for (let frame: Frame | undefined = body.frame; frame !== undefined; frame = frame.parent) {
    path.unshift(frame.tree.decl);
    if (frame.tree.decl !== decl) continue;
    body.report("kts-recursion", at, { cycle: cycleName(path, decl) });
    return true;
  }
  return false;
}

/** No specimen comes near; a scheme whose calls multiply is told so before memory runs out. */
const MAX_OPS = 100_000;

function reportsSize(body: Body, at: Span): boolean {
  if (body.out.length < MAX_OPS) return false;
  if (!body.oversized) body.report("kts-size", at, { name: body.out.name, limit: MAX_OPS });
  body.oversized = true;
  return true;
}

/** The value that a function returns in its last statement, when it returns nowhere else. */
function tailReturn(tree: FuncTree): Expr | undefined {
  const last = tree.body.at(-1);
  if (last?.kind !== "return" || last.value === undefined) return undefined;
  return countReturns(tree.body) === 1 ? last.value : undefined;
}

function countReturns(statements: readonly Stmt[]): number {
  let count = 0;
  for (const statement of statements) {
    if (statement.kind === "return") count++;
    else if (statement.kind === "if") count += countReturns(statement.yes) + countReturns(statement.no);
    else if ("body" in statement) count += countReturns(statement.body);
  }
  return count;
}
