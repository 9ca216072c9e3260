/**
 * Values that are known while lowering: constants, the addresses of globals, and what follows from them after
 * inlining. Code under a condition that is known false is not lowered at all, so a build option that is off costs
 * nothing and names nothing.
 */

import type { BinaryOp } from "../../ir/types.ts";
import { evaluate } from "../arithmetic.ts";
import type { Expr } from "../tree.ts";
import type { Body } from "./body.ts";

/** The expression's value; undefined when it takes code to find out. */
export function known(body: Body, expr: Expr): number | undefined {
  switch (expr.kind) {
    case "const":
      return expr.value;
    case "global":
      return expr.global.percpu ? undefined : body.link.addressOf(expr.global);
    case "local":
      return knownLocal(body, expr);
    case "not":
      return negated(known(body, expr.operand));
    case "binary":
      return knownBinary(body, expr.fn, expr.left, expr.right);
    case "and":
    case "or":
      return knownShortCircuit(body, expr);
    case "cond":
      return knownCond(body, expr);
    default:
      return undefined;
  }
}

function knownLocal(body: Body, expr: Expr & { kind: "local" }): number | undefined {
  if (expr.type.kind === "fn") return undefined;
  const value = body.value(expr.local);
  return "imm" in value ? value.imm : undefined;
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value === 0);
}

function knownBinary(body: Body, fn: BinaryOp, left: Expr, right: Expr): number | undefined {
  const a = known(body, left);
  const b = a === undefined ? undefined : known(body, right);
  return a === undefined || b === undefined ? undefined : evaluate(fn, a, b);
}

/** Known when the left operand is: the right one may stay unevaluated, the left one may not. */
function knownShortCircuit(body: Body, expr: Expr & { kind: "and" | "or" }): number | undefined {
  const left = known(body, expr.left);
  if (left === undefined) return undefined;
  if ((left !== 0) === (expr.kind === "or")) return Number(left !== 0);
  const right = known(body, expr.right);
  return right === undefined ? undefined : Number(right !== 0);
}

function knownCond(body: Body, expr: Expr & { kind: "cond" }): number | undefined {
  const test = known(body, expr.test);
  if (test === undefined) return undefined;
  return known(body, test !== 0 ? expr.yes : expr.no);
}
