/**
 * Constructs outside the subset: for each kind of syntax node, the message that says why and what to write instead.
 */

import type { DiagnosticId } from "../../diag/catalogue.ts";
import type { Details } from "../../diag/diagnostic.ts";
import type * as ast from "../syntax.ts";
import type { Expr } from "../tree.ts";
import { type Cx, failed, report } from "./unit.ts";

interface Complaint {
  readonly id: DiagnosticId;
  readonly details?: Details;
}

const about = (id: DiagnosticId, what?: string): Complaint =>
  what === undefined ? { id } : { id, details: { what } };

const expressions: Readonly<Record<string, Complaint>> = {
  ArrowFunctionExpression: about("kts-closure", "an arrow function"),
  FunctionExpression: about("kts-closure", "a function expression"),
  ClassExpression: about("kts-class", "a class"),
  Super: about("kts-class", "`super`"),
  ThisExpression: about("kts-this"),
  NewExpression: about("kts-new"),
  StringLiteral: about("kts-string", "a string"),
  TemplateLiteral: about("kts-string", "a template string"),
  TaggedTemplateExpression: about("kts-string", "a template string"),
  RegExpLiteral: about("kts-string", "a regular expression"),
  ArrayExpression: about("kts-array"),
  ObjectExpression: about("kts-object"),
  AwaitExpression: about("kts-async", "`await`"),
  YieldExpression: about("kts-async", "`yield`"),
  OptionalMemberExpression: about("kts-optional-chaining"),
  OptionalCallExpression: about("kts-optional-chaining"),
  SpreadElement: about("kts-spread"),
  TSAsExpression: about("kts-cast", "`as`"),
  TSSatisfiesExpression: about("kts-cast", "`satisfies`"),
  TSTypeAssertion: about("kts-cast", "a type assertion"),
  TSNonNullExpression: about("kts-cast", "`!` after an expression"),
  AssignmentExpression: about("kts-assignment-value"),
  UpdateExpression: about("kts-assignment-value"),
  SequenceExpression: about("kts-expression", "the comma operator"),
  Import: about("kts-expression", "`import()`"),
  NullLiteral: { id: "kts-null", details: { found: "null" } },
};

const statements: Readonly<Record<string, Complaint>> = {
  FunctionDeclaration: about("kts-closure", "a function inside a function"),
  ClassDeclaration: about("kts-class", "a class"),
  TSEnumDeclaration: about("kts-class", "an enum"),
  TryStatement: about("kts-exception", "`try`"),
  ThrowStatement: about("kts-exception", "`throw`"),
  SwitchStatement: about("kts-switch"),
  LabeledStatement: about("kts-label"),
  ForInStatement: about("kts-loop", "`for … in`"),
  WithStatement: about("kts-statement", "`with`"),
  DebuggerStatement: about("kts-statement", "`debugger`"),
  TSInterfaceDeclaration: about("kts-statement", "an interface inside a function"),
  TSTypeAliasDeclaration: about("kts-statement", "a type alias"),
};

/** An expression that is none of the subset. */
export function outsideExpression(cx: Cx, node: ast.Node): Expr {
  const known = expressions[node.type];
  if (known !== undefined) return failed(cx, known.id, node, known.details);
  if (node.type === "BigIntLiteral") return failed(cx, "kts-number", node, { literal: `${node.value}n` });
  return failed(cx, "kts-expression", node, { what: "this expression" });
}

/** A statement that is none of the subset. */
export function outsideStatement(cx: Cx, node: ast.Statement): void {
  const known = statements[node.type];
  if (known !== undefined) report(cx, known.id, node, known.details);
  else report(cx, "kts-statement", node, { what: "this statement" });
}
