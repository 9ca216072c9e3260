/**
 * Whether a value fits where it is used.
 *
 * There are no conversions but two: NULL is a pointer to any struct, and an integer constant is a CPU number. An `int`
 * variable is no `cpu_t`, nor the other way round: the checker renames CPU numbers and must know all of them.
 */

import type * as ast from "../syntax.ts";
import type { Expr } from "../tree.ts";
import { sameType, type Type, typeName } from "../types.ts";
import { type Cx, errorExpr, report, spanAt } from "./unit.ts";

/** The expression as a value of type `expected`, or a report about `what` at `node`. */
export function coerce(cx: Cx, value: Expr, expected: Type, node: ast.Node, what: string): Expr {
  const fitting = convert(value, expected);
  if (fitting !== undefined) return fitting;
  const cpuAndInt = [value.type.kind, expected.kind].sort().join() === "cpu,int";
  report(cx, cpuAndInt ? "kts-cpu-int" : "kts-mismatch", node, {
    what,
    found: typeName(value.type),
    expected: typeName(expected),
  });
  return errorExpr(spanAt(cx, node));
}

/** The expression with type `expected`; undefined when it does not have it. */
export function convert(value: Expr, expected: Type): Expr | undefined {
  if (value.type.kind === "error" || expected.kind === "error") return value;
  if (sameType(value.type, expected)) return value;
  if (value.kind === "cond") {
    const yes = convert(value.yes, expected);
    const no = convert(value.no, expected);
    return yes && no ? { ...value, yes, no, type: expected } : undefined;
  }
  if (value.kind !== "const") return undefined;
  const fits =
    (value.type.kind === "null" && expected.kind === "ptr") ||
    (value.type.kind === "int" && expected.kind === "cpu");
  return fits ? { ...value, type: expected } : undefined;
}
