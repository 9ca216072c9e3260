/**
 * Expressions to ops: operands left to right, each access once, exactly where it is written.
 */

import { internalBug } from "../../base/assert.ts";
import { imm, type Label, reg } from "../../ir/builder.ts";
import type { Operand, Place } from "../../ir/types.ts";
import type { Expr, FieldExpr } from "../tree.ts";
import { type Body, ZERO } from "./body.ts";
import { inlineCall } from "./inline.ts";
import { known } from "./known.ts";
import { lowerPrimitive } from "./primitives.ts";

/** The value of an expression. */
export function lowerExpression(body: Body, expr: Expr): Operand {
  const value = known(body, expr);
  if (value !== undefined) return imm(value);
  switch (expr.kind) {
    case "local":
      return body.value(expr.local);
    case "field":
      return load(body, expr);
    case "binary": {
      const a = lowerExpression(body, expr.left);
      const b = lowerExpression(body, expr.right);
      return body.compute(expr.at, typeOf(body, expr), (dst) => ({ op: "bin", fn: expr.fn, dst, a, b }));
    }
    case "not": {
      const a = lowerExpression(body, expr.operand);
      return body.compute(expr.at, { kind: "bool" }, (dst) => ({ op: "not", dst, a }));
    }
    case "and":
    case "or":
      return shortCircuit(body, expr);
    case "cond":
      return conditional(body, expr);
    case "call":
      return inlineCall(body, expr) ?? ZERO;
    case "prim":
      return lowerPrimitive(body, expr) ?? ZERO;
    default:
      return internalBug(`expression ${expr.kind} has no value`);
  }
}

/** Where a field is: the object is computed now. */
export function lowerPlace(body: Body, expr: FieldExpr): Place {
  const obj = lowerExpression(body, expr.object);
  return { obj, struct: body.link.structId(expr.struct), field: expr.field.index };
}

/** Goes to `yes` or `no`. */
export function lowerBranch(body: Body, expr: Expr, yes: Label, no: Label): void {
  const value = known(body, expr);
  if (value !== undefined) {
    body.jmp(expr.at, value !== 0 ? yes : no);
    return;
  }
  switch (expr.kind) {
    case "not":
      lowerBranch(body, expr.operand, no, yes);
      return;
    case "and":
      chain(body, expr, (right) => [right, no], yes, no);
      return;
    case "or":
      chain(body, expr, (right) => [yes, right], yes, no);
      return;
    default: {
      const a = lowerExpression(body, expr);
      body.br(expr.at, a, yes, no);
    }
  }
}

/** The left operand goes to a label before the right one, or past it. */
function chain(
  body: Body,
  expr: Expr & { kind: "and" | "or" },
  targets: (right: Label) => readonly [Label, Label],
  yes: Label,
  no: Label,
): void {
  const right = body.out.label();
  const [then, otherwise] = targets(right);
  lowerBranch(body, expr.left, then, otherwise);
  body.out.bind(right);
  lowerBranch(body, expr.right, yes, no);
}

function typeOf(body: Body, expr: Expr) {
  return body.link.valueType(expr.type);
}

function load(body: Body, expr: FieldExpr): Operand {
  const place = lowerPlace(body, expr);
  return body.compute(expr.at, typeOf(body, expr), (dst) => ({ op: "load", dst, place, order: "plain" }));
}

/** `a && b` as a value: b's where a is true. The value depends on b's as data, as in C. */
function shortCircuit(body: Body, expr: Expr & { kind: "and" | "or" }): Operand {
  const dst = body.temporary({ kind: "bool" });
  const [evaluate, skip, end] = [body.out.label(), body.out.label(), body.out.label()];
  const skipped = imm(expr.kind === "or" ? 1 : 0);
  if (expr.kind === "and") lowerBranch(body, expr.left, evaluate, skip);
  else lowerBranch(body, expr.left, skip, evaluate);
  body.out.bind(evaluate);
  body.emit(expr.at, { op: "mov", dst, a: truth(body, expr.right) });
  body.jmp(expr.at, end);
  body.out.bind(skip);
  body.emit(expr.at, { op: "mov", dst, a: skipped });
  body.out.bind(end);
  return reg(dst);
}

/** A condition as 0 or 1. */
function truth(body: Body, expr: Expr): Operand {
  const a = lowerExpression(body, expr);
  if (expr.type.kind === "bool") return a;
  return body.compute(expr.at, { kind: "bool" }, (dst) => ({ op: "bin", fn: "ne", dst, a, b: ZERO }));
}

function conditional(body: Body, expr: Expr & { kind: "cond" }): Operand {
  const test = known(body, expr.test);
  if (test !== undefined) return lowerExpression(body, test !== 0 ? expr.yes : expr.no);
  const dst = body.temporary(typeOf(body, expr));
  const [yes, no, end] = [body.out.label(), body.out.label(), body.out.label()];
  lowerBranch(body, expr.test, yes, no);
  body.out.bind(yes);
  body.emit(expr.yes.at, { op: "mov", dst, a: lowerExpression(body, expr.yes) });
  body.jmp(expr.at, end);
  body.out.bind(no);
  body.emit(expr.no.at, { op: "mov", dst, a: lowerExpression(body, expr.no) });
  body.out.bind(end);
  return reg(dst);
}
