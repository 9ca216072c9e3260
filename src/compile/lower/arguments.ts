/** What the families of primitives share: a call's arguments as operands and locations. */

import { internalBug } from "../../base/assert.ts";
import type { Operand, Place } from "../../ir/types.ts";
import type { Expr, PrimExpr } from "../tree.ts";
import type { Body } from "./body.ts";
import { lowerExpression, lowerPlace } from "./expressions.ts";

/** Emits the ops of one call; the operand is its result. */
export type Lowering = (body: Body, call: PrimExpr) => Operand | undefined;

/** Argument `index` as a value. */
export function argument(body: Body, call: PrimExpr, index: number): Operand {
  return lowerExpression(body, argumentOf(call, index));
}

/** Argument `index` as a location. */
export function placeArgument(body: Body, call: PrimExpr, index: number): Place {
  const expr = argumentOf(call, index);
  return expr.kind === "field" ? lowerPlace(body, expr) : internalBug(`${call.name}: no location`);
}

export function argumentOf(call: PrimExpr, index: number): Expr {
  return call.args[index] ?? internalBug(`${call.name}: argument ${index} is missing`);
}
