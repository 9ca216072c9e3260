/**
 * Operators: which types they take, and their value when the operands are constants.
 */

import type { BinaryOp } from "../../ir/types.ts";
import { evaluate } from "../arithmetic.ts";
import type * as ast from "../syntax.ts";
import type { Expr } from "../tree.ts";
import { BOOL, INT, isScalar, type Type, typeName } from "../types.ts";
import { coerce, convert } from "./coerce.ts";
import { condition, expression } from "./expressions.ts";
import { type Cx, errorExpr, failed, report, spanAt } from "./unit.ts";

const arithmetic: Readonly<Record<string, BinaryOp>> = {
  "+": "add",
  "-": "sub",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "shl",
  ">>": "shr",
};
const equality: Readonly<Record<string, BinaryOp>> = { "===": "eq", "!==": "ne" };
const ordering: Readonly<Record<string, BinaryOp>> = { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };

/** What to write instead of an operator that the subset does not have. */
const instead: Readonly<Record<string, string>> = {
  "*": "add in a loop, or shift",
  "/": "shift",
  "%": "mask with `&`",
  "**": "shift",
  ">>>": "use `>>`",
  "??": "test with `if`",
  in: "compare with `===`",
  instanceof: "compare with `===`",
  typeof: "types are known at compile time",
  delete: "call free(…)",
  void: "leave it out",
  "+": "leave it out",
};

/** The IR's operator for `+=` and its kind; undefined when it is none. */
export function compoundOperator(operator: string): BinaryOp | undefined {
  return arithmetic[operator.slice(0, -1)];
}

export function binary(cx: Cx, node: ast.BinaryExpression): Expr {
  const { operator } = node;
  if (operator === "==" || operator === "!=") {
    report(cx, "kts-equality", node, { found: operator, strict: `${operator}=` });
  }
  const strict = operator === "==" || operator === "!=" ? `${operator}=` : operator;
  const known = arithmetic[strict] ?? equality[strict] ?? ordering[strict];
  if (known === undefined) return outsideOperator(cx, node, operator);
  if (node.left.type === "PrivateName") return failed(cx, "kts-class", node.left, { what: "a private name" });
  const left = expression(cx, node.left);
  const right = expression(cx, node.right);
  if (strict in equality) return compare(cx, node, known, left, right);
  return onIntegers(cx, node, { fn: known, operator, left, right, type: strict in ordering ? BOOL : INT });
}

/** An operator on integers, applied to checked operands. */
export function onIntegers(
  cx: Cx,
  node: ast.Node,
  given: { fn: BinaryOp; operator: string; left: Expr; right: Expr; type: Type },
): Expr {
  const { fn, operator, left, right, type } = given;
  for (const { type: found } of [left, right]) {
    if (found.kind === "cpu") return failed(cx, "kts-cpu-arithmetic", node, { operator });
    if (found.kind !== "int" && found.kind !== "error") {
      return failed(cx, "kts-operand", node, { operator, found: typeName(found) });
    }
  }
  return folded({ kind: "binary", fn, left, right, type, at: spanAt(cx, node) });
}

function compare(cx: Cx, node: ast.BinaryExpression, fn: BinaryOp, left: Expr, right: Expr): Expr {
  for (const { type } of [left, right]) {
    if (isScalar(type)) continue;
    return failed(cx, "kts-operand", node, { operator: node.operator, found: typeName(type) });
  }
  const leftAsRight = convert(left, right.type);
  const at = spanAt(cx, node);
  if (leftAsRight !== undefined)
    return folded({ kind: "binary", fn, left: leftAsRight, right, type: BOOL, at });
  const fitting = coerce(cx, right, left.type, node.right, "the right operand");
  return folded({ kind: "binary", fn, left, right: fitting, type: BOOL, at });
}

/** `&&` and `||` as a value: what flows out of them must be a boolean. */
export function logical(cx: Cx, node: ast.LogicalExpression): Expr {
  if (node.operator === "??") return outsideOperator(cx, node, "??");
  const left = condition(cx, node.left);
  const right = expression(cx, node.right);
  for (const operand of node.operator === "||" ? [left, right] : [right]) {
    if (operand.type.kind === "bool" || operand.type.kind === "error") continue;
    return failed(cx, "kts-operand", node, { operator: node.operator, found: typeName(operand.type) });
  }
  return shortCircuit(node.operator, left, right, spanAt(cx, node));
}

/** `&&` and `||` of two conditions, folded when the left one is a constant. */
export function shortCircuit(operator: "&&" | "||", left: Expr, right: Expr, at: Expr["at"]): Expr {
  if (left.kind === "const") {
    const decides = (left.value !== 0) === (operator === "||");
    if (decides) return { kind: "const", value: left.value !== 0 ? 1 : 0, type: BOOL, at };
    if (right.type.kind === "bool") return right;
  }
  return { kind: operator === "&&" ? "and" : "or", left, right, type: BOOL, at };
}

export function unary(cx: Cx, node: ast.UnaryExpression): Expr {
  const at = spanAt(cx, node);
  if (node.operator === "!") {
    const operand = condition(cx, node.argument);
    if (operand.kind === "const")
      return { kind: "const", value: operand.value === 0 ? 1 : 0, type: BOOL, at };
    return { kind: "not", operand, type: BOOL, at };
  }
  if (node.operator !== "-" && node.operator !== "~") return outsideOperator(cx, node, node.operator);
  const right = expression(cx, node.argument);
  const [fn, constant] = node.operator === "-" ? (["sub", 0] as const) : (["xor", -1] as const);
  const left: Expr = { kind: "const", value: constant, type: INT, at };
  return onIntegers(cx, node, { fn, operator: node.operator, left, right, type: INT });
}

function folded(node: Expr & { kind: "binary" }): Expr {
  const { fn, left, right, type, at } = node;
  if (left.type.kind === "error" || right.type.kind === "error") return errorExpr(at);
  if (left.kind !== "const" || right.kind !== "const") return node;
  return { kind: "const", value: evaluate(fn, left.value, right.value), type, at };
}

function outsideOperator(cx: Cx, node: ast.Node, operator: string): Expr {
  const advice = instead[operator] ?? "leave it out";
  return failed(cx, "kts-operator", node, { operator, instead: advice });
}
