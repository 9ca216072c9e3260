/**
 * Statements: declarations, assignments, control flow.
 *
 * Each check returns the tree's statements and whether control can reach what follows. `break` is remembered in the
 * loop of the context, so that `for (;;)` without one counts as an end.
 */

import type { BinaryOp } from "../../ir/types.ts";
import type * as ast from "../syntax.ts";
import type { EachStmt, Expr, FieldExpr, Local, Stmt } from "../tree.ts";
import { CPU, ERROR, INT, isCell, MASK, type Type, typeName, VOID } from "../types.ts";
import { coerce } from "./coerce.ts";
import { cellMisuse, condition, expression, location } from "./expressions.ts";
import { compoundOperator, onIntegers } from "./operators.ts";
import { outsideStatement } from "./outside.ts";
import { type Cx, type Loop, report, Scope, spanAt } from "./unit.ts";

/** Checked statements. */
export interface Checked {
  readonly body: readonly Stmt[];
  /** Control never reaches the statement after them. */
  readonly ends: boolean;
}

const NOTHING: Checked = { body: [], ends: false };
const flowsOn = (...body: Stmt[]): Checked => ({ body, ends: false });

/** A block's statements, in a scope of their own. */
export function block(outer: Cx, nodes: readonly ast.Statement[]): Checked {
  return statements({ ...outer, scope: new Scope(outer.scope) }, nodes);
}

function statements(cx: Cx, nodes: readonly ast.Statement[]): Checked {
  const body: Stmt[] = [];
  let ends = false;
  let complained = false;
  for (const node of nodes) {
    if (ends && !complained && node.type !== "EmptyStatement") {
      report(cx, "kts-unreachable", node);
      complained = true;
    }
    const checked = statement(cx, node);
    body.push(...checked.body);
    ends ||= checked.ends;
  }
  return { body, ends };
}

function statement(cx: Cx, node: ast.Statement): Checked {
  switch (node.type) {
    case "VariableDeclaration":
      return variables(cx, node);
    case "ExpressionStatement":
      return effect(cx, node.expression);
    case "IfStatement":
      return branch(cx, node);
    case "WhileStatement":
      return loop(cx, node, { test: node.test, testFirst: true, update: null });
    case "DoWhileStatement":
      return loop(cx, node, { test: node.test, testFirst: false, update: null });
    case "ForStatement":
      return forLoop(cx, node);
    case "ForOfStatement":
      return each(cx, node);
    case "ReturnStatement":
      return returns(cx, node);
    case "BreakStatement":
    case "ContinueStatement":
      return jump(cx, node);
    case "BlockStatement": {
      const { body, ends } = block(cx, node.body);
      return { body: [{ kind: "block", body, at: spanAt(cx, node) }], ends };
    }
    case "EmptyStatement":
      return NOTHING;
    default:
      outsideStatement(cx, node);
      return NOTHING;
  }
}

// ---- declarations and assignments ------------------------------------------------------------------------------

function variables(cx: Cx, node: ast.VariableDeclaration): Checked {
  if (node.kind === "var") report(cx, "kts-var", node);
  const constant = node.kind === "const";
  return flowsOn(...node.declarations.flatMap((declarator) => variable(cx, declarator, constant)));
}

function variable(cx: Cx, node: ast.VariableDeclarator, constant: boolean): Stmt[] {
  const at = spanAt(cx, node.id);
  if (node.id.type !== "Identifier") {
    report(cx, "kts-destructuring", node.id);
    return [];
  }
  const name = node.id.name;
  const annotation = node.id.typeAnnotation?.type === "TSTypeAnnotation" ? node.id.typeAnnotation : undefined;
  const declared = annotation && cx.unit.annotations(cx.module).local(annotation.typeAnnotation);
  const value = node.init == null ? undefined : expression(cx, node.init);
  const init =
    value === undefined || declared === undefined
      ? value
      : coerce(cx, value, declared, node.init ?? node, `\`${name}\``);
  const type = declared ?? inferred(cx, node, init);
  const local: Local = { name, type, at, constant, assigned: false };
  if (!cx.scope.declare(local)) report(cx, "kts-duplicate", node.id, { name });
  return [{ kind: "let", local, init, at }];
}

/** The type of a variable from what it starts with. */
function inferred(cx: Cx, node: ast.VariableDeclarator, init: Expr | undefined): Type {
  const name = node.id.type === "Identifier" ? node.id.name : "?";
  if (init === undefined || init.type.kind === "null") {
    report(cx, "kts-annotation", node.id, { what: `\`${name}\`` });
    return ERROR;
  }
  if (init.type.kind === "void" || init.type.kind === "fn" || init.type.kind === "percpu") {
    report(cx, "kts-mismatch", node.init ?? node, {
      what: `\`${name}\``,
      found: typeName(init.type),
      expected: "a value",
    });
    return ERROR;
  }
  return init.type;
}

/** A call or an assignment. */
function effect(cx: Cx, node: ast.Expression): Checked {
  const at = spanAt(cx, node);
  if (node.type === "AssignmentExpression") return assignment(cx, node);
  if (node.type === "UpdateExpression") {
    const fn = node.operator === "++" ? "add" : "sub";
    const one: Expr = { kind: "const", value: 1, type: INT, at };
    return assign(cx, node, node.argument, fn, () => one);
  }
  const value = expression(cx, node);
  if (value.kind !== "call" && value.kind !== "prim" && value.kind !== "error") {
    report(cx, "kts-unused-value", node);
    return NOTHING;
  }
  return flowsOn({ kind: "expr", value, at });
}

function assignment(cx: Cx, node: ast.AssignmentExpression): Checked {
  const fn = node.operator === "=" ? undefined : compoundOperator(node.operator);
  if (node.operator !== "=" && fn === undefined) {
    const instead = "write the assignment out";
    report(cx, "kts-operator", node, { operator: node.operator, instead });
    return NOTHING;
  }
  return assign(cx, node, node.left, fn, () => expression(cx, node.right), node.right);
}

/** `target = value` or `target op= value`. The target is checked first, as it is evaluated first. */
function assign(
  cx: Cx,
  node: ast.Expression,
  target: ast.Node,
  fn: BinaryOp | undefined,
  value: () => Expr,
  valueNode: ast.Node = node,
): Checked {
  if (target.type === "Identifier") return assignName(cx, node, target, fn, value, valueNode);
  if (target.type === "ArrayPattern" || target.type === "ObjectPattern") {
    report(cx, "kts-destructuring", target);
    return NOTHING;
  }
  if (target.type !== "MemberExpression") {
    const checked = expression(cx, target);
    if (checked.kind !== "error") {
      const instead = "assign to a variable or a field";
      report(cx, "kts-assign-target", target, { what: "this expression", instead });
    }
    return NOTHING;
  }
  const place = location(cx, target);
  const given = value();
  return place === undefined ? NOTHING : store(cx, { node, target, place, fn, given, valueNode });
}

function store(
  cx: Cx,
  assigned: {
    node: ast.Node;
    target: ast.Node;
    place: FieldExpr;
    fn: BinaryOp | undefined;
    given: Expr;
    valueNode: ast.Node;
  },
): Checked {
  const { node, target, place, fn, given, valueNode } = assigned;
  if (isCell(place.type)) {
    cellMisuse(cx, target, place.field, "assigned");
    return NOTHING;
  }
  if (fn !== undefined) onIntegers(cx, node, { fn, operator: "op=", left: place, right: given, type: INT });
  const value = coerce(cx, given, place.type, valueNode, `the value for field \`${place.field.name}\``);
  return flowsOn({ kind: "store", place, fn, value, at: spanAt(cx, node) });
}

function assignName(
  cx: Cx,
  node: ast.Expression,
  target: ast.Identifier,
  fn: BinaryOp | undefined,
  value: () => Expr,
  valueNode: ast.Node,
): Checked {
  const local = cx.scope.find(target.name);
  const given = value();
  if (local === undefined || local.constant || local.type.kind === "fn") {
    noVariable(cx, target, local);
    return NOTHING;
  }
  local.assigned = true;
  const at = spanAt(cx, node);
  const left: Expr = { kind: "local", local, type: local.type, at: spanAt(cx, target) };
  const result =
    fn === undefined ? given : onIntegers(cx, node, { fn, operator: "op=", left, right: given, type: INT });
  const fitting = coerce(cx, result, local.type, valueNode, `the value for \`${local.name}\``);
  return flowsOn({ kind: "assign", local, value: fitting, at });
}

function noVariable(cx: Cx, target: ast.Identifier, local: Local | undefined): void {
  if (local !== undefined) {
    const instead = "declare it with `let`";
    report(cx, "kts-assign-target", target, { what: `constant \`${target.name}\``, instead });
    return;
  }
  const known = expression(cx, target);
  if (known.kind === "error") return;
  const instead = "keep changing state in a field of a DEFINEd object";
  report(cx, "kts-assign-target", target, { what: `\`${target.name}\``, instead });
}

// ---- control flow ----------------------------------------------------------------------------------------------

function branch(cx: Cx, node: ast.IfStatement): Checked {
  const test = condition(cx, node.test);
  const yes = nested(cx, node.consequent);
  const no = node.alternate == null ? NOTHING : nested(cx, node.alternate);
  const at = spanAt(cx, node);
  return { body: [{ kind: "if", test, yes: yes.body, no: no.body, at }], ends: yes.ends && no.ends };
}

/** The statement under an `if` or a loop: a scope of its own, with or without braces. */
function nested(cx: Cx, node: ast.Statement): Checked {
  return block(cx, node.type === "BlockStatement" ? node.body : [node]);
}

interface LoopHead {
  readonly test: ast.Expression | null | undefined;
  readonly testFirst: boolean;
  readonly update: ast.Expression | null | undefined;
}

function loop(cx: Cx, node: ast.Statement & { body: ast.Statement }, head: LoopHead): Checked {
  const around: Loop = { broken: false };
  const test = head.test == null ? undefined : condition(cx, head.test);
  const { body } = nested({ ...cx, loop: around }, node.body);
  const update = head.update == null ? [] : effect(cx, head.update).body;
  const forEver = test === undefined || (head.test?.type === "BooleanLiteral" && head.test.value);
  return {
    body: [{ kind: "loop", test, testFirst: head.testFirst, body, update, at: spanAt(cx, node) }],
    ends: forEver && !around.broken,
  };
}

function forLoop(outer: Cx, node: ast.ForStatement): Checked {
  const cx: Cx = { ...outer, scope: new Scope(outer.scope) };
  const init = node.init == null ? NOTHING : forInit(cx, node.init);
  const around = loop(cx, node, { test: node.test, testFirst: true, update: node.update });
  const at = spanAt(cx, node);
  return { body: [{ kind: "block", body: [...init.body, ...around.body], at }], ends: around.ends };
}

function forInit(cx: Cx, node: ast.VariableDeclaration | ast.Expression): Checked {
  return node.type === "VariableDeclaration" ? variables(cx, node) : effect(cx, node);
}

function each(outer: Cx, node: ast.ForOfStatement): Checked {
  const cx: Cx = { ...outer, scope: new Scope(outer.scope), loop: { broken: false } };
  if (node.await) report(cx, "kts-async", node, { what: "`for await`" });
  const over = iterable(outer, node.right);
  const declarator = node.left.type === "VariableDeclaration" ? node.left.declarations[0] : undefined;
  const name = declarator?.id.type === "Identifier" ? declarator.id.name : undefined;
  const constant = node.left.type === "VariableDeclaration" && node.left.kind === "const";
  if (declarator === undefined || name === undefined || !constant) {
    report(cx, "kts-loop", node.left, { what: "a loop over anything but `const cpu`" });
    return NOTHING;
  }
  const local: Local = { name, type: CPU, at: spanAt(cx, declarator), constant: true, assigned: false };
  cx.scope.declare(local);
  const { body } = nested(cx, node.body);
  if (over === undefined) return NOTHING;
  return flowsOn({ kind: "each", local, over, body, at: spanAt(cx, node) });
}

/** What a `for … of` runs over. */
function iterable(cx: Cx, node: ast.Expression): EachStmt["over"] | undefined {
  const callee = node.type === "CallExpression" && node.callee.type === "Identifier" ? node.callee.name : "";
  const args = node.type === "CallExpression" ? node.arguments : [];
  const expected = callee === "for_each_cpu" ? 1 : 0;
  if (callee.startsWith("for_each_") && args.length !== expected) {
    const words = `${expected} argument${expected === 1 ? "" : "s"}`;
    report(cx, "kts-argument-count", node, { name: callee, expected: words, found: args.length });
    return undefined;
  }
  const [mask] = args;
  if (callee === "for_each_cpu" && mask !== undefined) {
    return coerce(cx, expression(cx, mask), MASK, mask, "argument 1 of `for_each_cpu`");
  }
  if (callee === "for_each_possible_cpu") return "possible";
  if (callee === "for_each_online_cpu") return "online";
  report(cx, "kts-iterable", node, { what: "this" });
  return undefined;
}

function returns(cx: Cx, node: ast.ReturnStatement): Checked {
  const expected = cx.func?.result ?? VOID;
  const name = cx.func?.name ?? "?";
  const at = spanAt(cx, node);
  const found = node.argument == null ? undefined : expression(cx, node.argument);
  const problem = returnProblem(name, expected, found);
  if (problem !== undefined) report(cx, "kts-return-value", node, { problem });
  const fits = problem === undefined && found !== undefined && node.argument != null;
  const value = fits ? coerce(cx, found, expected, node.argument ?? node, "the result") : undefined;
  return { body: [{ kind: "return", value, at }], ends: true };
}

function returnProblem(name: string, expected: Type, found: Expr | undefined): string | undefined {
  if (expected.kind === "error") return undefined;
  if (expected.kind === "void" && found !== undefined && found.kind !== "error") {
    return `\`${name}\` returns void, but a value is returned here`;
  }
  if (expected.kind !== "void" && found === undefined) {
    return `\`${name}\` returns ${typeName(expected)}, but no value is returned here`;
  }
  return undefined;
}

function jump(cx: Cx, node: ast.BreakStatement | ast.ContinueStatement): Checked {
  const kind = node.type === "BreakStatement" ? "break" : "continue";
  if (node.label != null) report(cx, "kts-label", node.label);
  else if (cx.loop === undefined) report(cx, "kts-jump", node, { what: kind });
  else if (kind === "break") cx.loop.broken = true;
  return { body: [{ kind, at: spanAt(cx, node) }], ends: true };
}
