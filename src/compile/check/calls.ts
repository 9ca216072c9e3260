/**
 * Calls: of declared functions, of parameters that hold one, and of primitives.
 *
 * A primitive's signature (`primitives.ts`) is walked argument by argument. What one argument fixes, later ones are
 * held to: the type of a location, the struct of an object, the parameter of a handler.
 */

import { NAMED_PROPERTIES } from "../../ir/types.ts";
import { type Param, primitive, type Returned, type Signature } from "../primitives.ts";
import { namedProperty } from "../properties.ts";
import type * as ast from "../syntax.ts";
import type { Expr, Local } from "../tree.ts";
import {
  BOOL,
  CPU,
  ERROR,
  type FuncDecl,
  INT,
  isCell,
  isScalar,
  MASK,
  type StructDecl,
  type Type,
  typeName,
  VOID,
} from "../types.ts";
import { coerce } from "./coerce.ts";
import { cellMisuse, condition, expression, location } from "./expressions.ts";
import { near } from "./names.ts";
import { type Cx, errorExpr, failed, type Role, report, spanAt } from "./unit.ts";

export function call(cx: Cx, node: ast.CallExpression): Expr {
  const { callee } = node;
  for (const argument of node.arguments) {
    if (argument.type === "SpreadElement") return failed(cx, "kts-spread", argument);
  }
  if (callee.type !== "Identifier") return notCallable(cx, callee);
  const local = cx.scope.find(callee.name);
  if (local !== undefined) return callLocal(cx, node, local);
  const decl = cx.unit.modules.lookup(cx.module, callee.name);
  if (decl?.kind === "func") return callFunction(cx, node, decl);
  if (decl !== undefined) return notCallable(cx, callee);
  if (cx.unit.modules.knows(cx.module, callee.name)) return errorExpr(spanAt(cx, node));
  return callAmbient(cx, node, callee.name);
}

function notCallable(cx: Cx, callee: ast.Node): Expr {
  if (callee.type === "ArrowFunctionExpression" || callee.type === "FunctionExpression") {
    return expression(cx, callee);
  }
  if (callee.type === "MemberExpression") return failed(cx, "kts-class", callee, { what: "a method call" });
  const what = callee.type === "Identifier" ? `\`${callee.name}\`` : "this expression";
  return failed(cx, "kts-not-callable", callee, { what });
}

function callFunction(cx: Cx, node: ast.CallExpression, decl: FuncDecl): Expr {
  cx.unit.used.add(decl);
  if (cx.func !== undefined) {
    const sites = cx.unit.calls.get(cx.func) ?? [];
    sites.push({ callee: decl, at: spanAt(cx, node.callee) });
    cx.unit.calls.set(cx.func, sites);
  }
  const params = decl.params.map((param) => param.type);
  const args = declaredArguments(cx, node, decl.name, params);
  return { kind: "call", callee: decl, args, type: decl.result, at: spanAt(cx, node) };
}

function callLocal(cx: Cx, node: ast.CallExpression, local: Local): Expr {
  if (local.type.kind === "error") return errorExpr(spanAt(cx, node));
  if (local.type.kind !== "fn") return notCallable(cx, node.callee);
  const args = declaredArguments(cx, node, local.name, local.type.params);
  return { kind: "call", callee: local, args, type: local.type.result, at: spanAt(cx, node) };
}

function declaredArguments(cx: Cx, node: ast.CallExpression, name: string, params: readonly Type[]): Expr[] {
  checkCount(cx, node, name, params.length);
  return node.arguments.map((argument, index) => {
    const value = expression(cx, argument);
    return coerce(cx, value, params[index] ?? ERROR, argument, `argument ${index + 1} of \`${name}\``);
  });
}

function checkCount(cx: Cx, node: ast.CallExpression, name: string, expected: number): boolean {
  const found = node.arguments.length;
  if (found === expected) return true;
  const words = `${expected} argument${expected === 1 ? "" : "s"}`;
  report(cx, "kts-argument-count", node, { name, expected: words, found });
  return false;
}

/** The ambient names that are no ordinary primitives. */
const misplaced: Readonly<Record<string, string>> = {
  DEFINE: "`DEFINE` other than in `const G = DEFINE<X>()` at the top level",
  DEFINE_PER_CPU: "`DEFINE_PER_CPU` other than in `const G = DEFINE_PER_CPU<X>()` at the top level",
  for_each_cpu: "`for_each_cpu` outside of `for (const cpu of …)`",
  for_each_possible_cpu: "`for_each_possible_cpu` outside of `for (const cpu of …)`",
  for_each_online_cpu: "`for_each_online_cpu` outside of `for (const cpu of …)`",
};

function callAmbient(cx: Cx, node: ast.CallExpression, name: string): Expr {
  if (name === "CONFIG") return config(cx, node);
  if (Object.hasOwn(misplaced, name)) {
    return failed(cx, "kts-expression", node, { what: misplaced[name] ?? name });
  }
  const signature = primitive(name);
  if (signature !== undefined) return new PrimitiveCall(cx, node, name, signature).check();
  return failed(cx, "kts-unknown-name", node.callee, { name, suggestion: near(cx, name) });
}

/** A build option: its value in this compilation, or the fallback. */
function config(cx: Cx, node: ast.CallExpression): Expr {
  const [option, fallback, ...others] = node.arguments;
  if (option?.type !== "StringLiteral" || fallback?.type !== "BooleanLiteral" || others.length > 0) {
    return failed(cx, "kts-config", node);
  }
  const value = cx.unit.config.get(option.value) ?? fallback.value;
  return { kind: "const", value: Number(value), type: BOOL, at: spanAt(cx, node) };
}

/** One call of a primitive while its arguments are checked. */
class PrimitiveCall {
  readonly #cx: Cx;
  readonly #node: ast.CallExpression;
  readonly #name: string;
  readonly #signature: Signature;
  /** Type of the location passed, for `value` arguments and results. */
  #location: Type = ERROR;
  /** Parameter of the handler passed; undefined when it takes none. */
  #handled: Type | undefined = ERROR;
  #struct: StructDecl | undefined;

  constructor(cx: Cx, node: ast.CallExpression, name: string, signature: Signature) {
    this.#cx = cx;
    this.#node = node;
    this.#name = name;
    this.#signature = signature;
  }

  check(): Expr {
    const { params, result } = this.#signature;
    const at = spanAt(this.#cx, this.#node);
    this.#struct = this.#typeArgument();
    const complete = checkCount(this.#cx, this.#node, this.#name, params.length);
    const args = params.flatMap((param, index) => {
      const node = this.#node.arguments[index];
      return node === undefined ? [] : [this.#argument(param, node, index)];
    });
    const type = this.#result(result);
    if (!complete || type === undefined) return errorExpr(at);
    return { kind: "prim", name: this.#name, args, struct: this.#struct, type, at };
  }

  #typeArgument(): StructDecl | undefined {
    const [first] = this.#node.typeParameters?.params ?? [];
    if (first === undefined) return undefined;
    return this.#cx.unit.annotations(this.#cx.module).structArgument(first);
  }

  #argument(param: Param, node: ast.Node, index: number): Expr {
    switch (param) {
      case "int":
        return this.#value(node, INT, index);
      case "bool":
        return this.#value(node, BOOL, index);
      case "cpu":
        return this.#value(node, CPU, index);
      case "mask":
        return this.#value(node, MASK, index);
      case "value":
        return this.#value(node, this.#location, index);
      case "truth":
        return condition(this.#cx, node);
      case "property":
        return this.#property(node);
      case "lvalue":
        return this.#lvalue(node, index);
      case "atomic":
      case "cpumask":
      case "lock":
        return this.#cell(node, param, index);
      case "object":
      case "task":
      case "mm":
        return this.#object(node, param, index);
      case "percpu":
        return this.#percpu(node, index);
      case "handler":
      case "main":
        return this.#function(node, param);
      case "handler-argument":
        return this.#handled === undefined
          ? expression(this.#cx, node)
          : this.#value(node, this.#handled, index);
    }
  }

  #value(node: ast.Node, type: Type, index: number): Expr {
    return coerce(this.#cx, expression(this.#cx, node), type, node, this.#argumentName(index));
  }

  /** A property in quotes becomes its place in the list of those that may be named. */
  #property(node: ast.Node): Expr {
    const property = node.type === "StringLiteral" ? namedProperty(node.value) : undefined;
    if (property === undefined) {
      return failed(this.#cx, "kts-property", node, { expected: NAMED_PROPERTIES.join(", ") });
    }
    const value = NAMED_PROPERTIES.indexOf(property);
    return { kind: "const", value, type: INT, at: spanAt(this.#cx, node) };
  }

  #argumentName(index: number): string {
    return `argument ${index + 1} of \`${this.#name}\``;
  }

  #lvalue(node: ast.Node, index: number): Expr {
    const place = location(this.#cx, node);
    if (place === undefined) return this.#noLocation(node, "a field", index);
    if (isCell(place.type)) return cellMisuse(this.#cx, node, place.field, `passed to \`${this.#name}\``);
    this.#location = place.type;
    return place;
  }

  #cell(node: ast.Node, kind: "atomic" | "cpumask" | "lock", index: number): Expr {
    const expected = `a field of type ${typeName({ kind })}`;
    const place = location(this.#cx, node);
    if (place === undefined) return this.#noLocation(node, expected, index);
    if (place.type.kind === kind || place.type.kind === "error") return place;
    return this.#complain(node, expected, index, typeName(place.type));
  }

  /** An argument that should be a field: unless something else is wrong in it, say so. */
  #noLocation(node: ast.Node, expected: string, index: number): Expr {
    const found =
      node.type === "MemberExpression" ? errorExpr(spanAt(this.#cx, node)) : expression(this.#cx, node);
    if (found.kind === "error") return found;
    return this.#complain(node, expected, index, `a value of type ${typeName(found.type)}`);
  }

  #complain(node: ast.Node, expected: string, index: number, found: string): Expr {
    const details = { name: this.#name, expected, index: index + 1, found };
    return failed(this.#cx, "kts-lvalue", node, details);
  }

  #object(node: ast.Node, param: "object" | "task" | "mm", index: number): Expr {
    const value = expression(this.#cx, node);
    if (this.#struct !== undefined) {
      return coerce(this.#cx, value, { kind: "ptr", struct: this.#struct }, node, this.#argumentName(index));
    }
    if (value.type.kind === "ptr") {
      this.#struct = value.type.struct;
      if (param !== "object") this.#fixRole(param, value.type.struct);
    } else if (value.type.kind !== "error" && (value.type.kind !== "null" || param === "object")) {
      const details = { what: this.#argumentName(index), found: typeName(value.type) };
      return failed(this.#cx, "kts-mismatch", node, { ...details, expected: "a pointer to an object" });
    }
    return value;
  }

  #percpu(node: ast.Node, index: number): Expr {
    const value = expression(this.#cx, node);
    if (value.type.kind === "percpu") this.#struct = value.type.struct;
    else if (value.type.kind !== "error") {
      const details = { what: this.#argumentName(index), found: typeName(value.type) };
      return failed(this.#cx, "kts-mismatch", node, { ...details, expected: "a per-CPU variable" });
    }
    return value;
  }

  #function(node: ast.Node, param: "handler" | "main"): Expr {
    const value = expression(this.#cx, node);
    if (value.type.kind === "error") return value;
    const problem = functionProblem(value.type, param);
    if (problem !== undefined) {
      const what = node.type === "Identifier" ? `\`${node.name}\`` : "this";
      this.#handled = ERROR;
      return failed(this.#cx, "kts-handler", node, { what, problem });
    }
    this.#handled = value.type.kind === "fn" ? value.type.params[0] : ERROR;
    return value;
  }

  #result(result: Returned): Type | undefined {
    switch (result) {
      case "void":
        return VOID;
      case "int":
        return INT;
      case "bool":
        return BOOL;
      case "cpu":
        return CPU;
      case "mask":
        return MASK;
      case "value":
        return this.#location;
      case "struct":
      case "task":
      case "mm":
        return this.#pointerResult(result);
    }
  }

  #pointerResult(result: "struct" | "task" | "mm"): Type | undefined {
    if (this.#struct === undefined) {
      const [percpu] = this.#signature.params;
      if (percpu !== "percpu") report(this.#cx, "kts-type-argument", this.#node, { name: this.#name });
      return undefined;
    }
    if (result !== "struct") this.#fixRole(result, this.#struct);
    this.#checkNewObject(this.#struct);
    return { kind: "ptr", struct: this.#struct };
  }

  /** The objects of a per-CPU variable's struct are its instances alone. */
  #checkNewObject(struct: StructDecl): void {
    if (this.#name !== "alloc" && this.#name !== "task_create") return;
    if (struct.use === undefined || struct.use === "plain") return;
    report(this.#cx, "kts-percpu-struct", this.#node, { struct: struct.name, name: struct.use.percpu.name });
  }

  /** A program has one struct of tasks and one of roots: the first call decides. */
  #fixRole(role: Role, struct: StructDecl): void {
    const known = this.#cx.unit.roles.get(role);
    if (known === undefined) this.#cx.unit.roles.set(role, struct);
    if (known === undefined || known === struct) return;
    report(this.#cx, "kts-role-struct", this.#node, {
      name: this.#name,
      found: struct.name,
      role: role === "task" ? "tasks" : "page-table roots",
      expected: known.name,
    });
  }
}

/** Why a value cannot be called as a handler or a task's main. */
function functionProblem(type: Type, param: "handler" | "main"): string | undefined {
  if (type.kind !== "fn") return `it is a value of type ${typeName(type)}`;
  const count = type.params.length;
  if (param === "main" && count > 0) return `a task's main takes no arguments, it takes ${count}`;
  if (count > 1) return `a handler takes one argument, it takes ${count}`;
  const [only] = type.params;
  if (only !== undefined && !isScalar(only) && only.kind !== "mask") return `it takes ${typeName(only)}`;
  return undefined;
}
