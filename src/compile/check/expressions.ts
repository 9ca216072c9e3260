/**
 * Expressions: each syntax node to a typed tree node.
 *
 * There are three ways to look at an expression. `expression` wants its value: a field is a plain read. `condition`
 * wants to know whether it is zero, so that pointers and integers may stand there as in C. `location` wants the place
 * itself, for the primitives that act on it.
 */

import { suggestion } from "../suggest.ts";
import type * as ast from "../syntax.ts";
import type { Expr, FieldExpr } from "../tree.ts";
import {
  BOOL,
  type FieldDecl,
  INT,
  isCell,
  isScalar,
  type StructDecl,
  type Type,
  typeName,
} from "../types.ts";
import { call } from "./calls.ts";
import { coerce, convert } from "./coerce.ts";
import { name } from "./names.ts";
import { binary, logical, shortCircuit, unary } from "./operators.ts";
import { outsideExpression } from "./outside.ts";
import { type Cx, errorExpr, failed, report, spanAt } from "./unit.ts";

/** An expression's value. */
export function expression(cx: Cx, node: ast.Node): Expr {
  switch (node.type) {
    case "NumericLiteral":
      return number(cx, node);
    case "BooleanLiteral":
      return { kind: "const", value: Number(node.value), type: BOOL, at: spanAt(cx, node) };
    case "Identifier":
      return name(cx, node);
    case "MemberExpression":
      return read(cx, node);
    case "CallExpression":
      return call(cx, node);
    case "UnaryExpression":
      return unary(cx, node);
    case "BinaryExpression":
      return binary(cx, node);
    case "LogicalExpression":
      return logical(cx, node);
    case "ConditionalExpression":
      return conditional(cx, node);
    case "ParenthesizedExpression":
      return expression(cx, node.expression);
    default:
      return outsideExpression(cx, node);
  }
}

/** An expression that is only tested. */
export function condition(cx: Cx, node: ast.Node): Expr {
  if (node.type === "LogicalExpression" && node.operator !== "??") {
    const left = condition(cx, node.left);
    return shortCircuit(node.operator, left, condition(cx, node.right), spanAt(cx, node));
  }
  const value = expression(cx, node);
  if (isScalar(value.type)) return value;
  return failed(cx, "kts-mismatch", node, {
    what: "the condition",
    found: typeName(value.type),
    expected: "boolean, int or a pointer",
  });
}

/** The field that an expression names; undefined when it names none. What is wrong inside it is reported. */
export function location(cx: Cx, node: ast.Node): FieldExpr | undefined {
  if (node.type !== "MemberExpression") return undefined;
  const found = field(cx, node);
  return found.kind === "field" ? found : undefined;
}

function number(cx: Cx, node: ast.NumericLiteral): Expr {
  const { value } = node;
  const inRange = value >= -(2 ** 31) && value < 2 ** 32;
  const literal = String(node.extra?.raw ?? value);
  if (!Number.isInteger(value) || !inRange || /[.eE]/.test(literal.replace(/^0[xX].*/, ""))) {
    return failed(cx, "kts-number", node, { literal });
  }
  return { kind: "const", value: value | 0, type: INT, at: spanAt(cx, node) };
}

function conditional(cx: Cx, node: ast.ConditionalExpression): Expr {
  const test = condition(cx, node.test);
  const yes = expression(cx, node.consequent);
  const no = expression(cx, node.alternate);
  const at = spanAt(cx, node);
  const yesAsNo = convert(yes, no.type);
  const [first, second] =
    yesAsNo === undefined
      ? [yes, coerce(cx, no, yes.type, node.alternate, "the other alternative")]
      : [yesAsNo, no];
  if (first.kind === "error" || second.kind === "error") return errorExpr(at);
  if (test.kind === "const") return test.value !== 0 ? first : second;
  return { kind: "cond", test, yes: first, no: second, type: first.type, at };
}

/** A plain read of a field. */
function read(cx: Cx, node: ast.MemberExpression): Expr {
  const found = field(cx, node);
  if (found.kind === "field" && isCell(found.type)) return cellMisuse(cx, node, found.field, "read");
  return found;
}

/** A field of an object. */
function field(cx: Cx, node: ast.MemberExpression): Expr {
  const object = expression(cx, node.object);
  if (node.computed || node.property.type === "PrivateName") return failed(cx, "kts-computed", node.property);
  if (object.type.kind === "error" || node.property.type !== "Identifier") return errorExpr(spanAt(cx, node));
  if (object.type.kind !== "ptr") return noObject(cx, node, object.type);
  const { struct } = object.type;
  const wanted = node.property.name;
  const found = struct.fields.find((candidate) => candidate.name === wanted);
  if (found === undefined) return unknownField(cx, node.property, struct);
  return { kind: "field", object, struct, field: found, type: found.type, at: spanAt(cx, node.property) };
}

function noObject(cx: Cx, node: ast.MemberExpression, found: Type): Expr {
  if (found.kind === "percpu") {
    return failed(cx, "kts-not-a-value", node.object, {
      name: node.object.type === "Identifier" ? node.object.name : "this",
      what: "a per-CPU variable",
      instead: "choose an instance with this_cpu(…) or per_cpu(…, cpu)",
    });
  }
  const details = { what: "the object", found: typeName(found), expected: "a pointer to a struct" };
  return failed(cx, "kts-mismatch", node.object, details);
}

function unknownField(cx: Cx, node: ast.Identifier, struct: StructDecl): Expr {
  const near = suggestion(
    node.name,
    struct.fields.map((candidate) => candidate.name),
  );
  return failed(cx, "kts-unknown-field", node, { struct: struct.name, field: node.name, suggestion: near });
}

const CELL_PRIMITIVES: Readonly<Record<string, string>> = {
  atomic: "use atomic_read, atomic_set and the other atomic_… primitives",
  cpumask: "use cpumask_read, cpumask_test_cpu, cpumask_set_cpu and cpumask_clear_cpu",
  lock: "use spin_lock and spin_unlock",
};

/** Reports that a cell is used like an ordinary field. */
export function cellMisuse(cx: Cx, node: ast.Node, cell: FieldDecl, how: string): Expr {
  report(cx, "kts-cell-access", node, {
    field: cell.name,
    type: typeName(cell.type),
    how,
    instead: CELL_PRIMITIVES[cell.type.kind] ?? "use its primitives",
  });
  return errorExpr(spanAt(cx, node));
}
