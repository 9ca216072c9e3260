/**
 * Names as values: locals, constants, globals, functions, and the constants of the ambient API.
 */

import { TASK_IDLE, TASK_LATE, TASK_NEW, TASK_PREEMPTIBLE } from "../../ir/types.ts";
import { primitives } from "../primitives.ts";
import { suggestion } from "../suggest.ts";
import type * as ast from "../syntax.ts";
import type { Expr } from "../tree.ts";
import {
  type ConstDecl,
  type Decl,
  type FuncDecl,
  type GlobalDecl,
  INT,
  isCell,
  NULL,
  type Type,
} from "../types.ts";
import { coerce } from "./coerce.ts";
import { expression } from "./expressions.ts";
import { type Cx, errorExpr, failed, report, Scope, spanAt } from "./unit.ts";

const ambient: Readonly<Record<string, { readonly type: Type; readonly value: number }>> = {
  NULL: { type: NULL, value: 0 },
  TASK_PREEMPTIBLE: { type: INT, value: TASK_PREEMPTIBLE },
  TASK_LATE: { type: INT, value: TASK_LATE },
  TASK_IDLE: { type: INT, value: TASK_IDLE },
  TASK_NEW: { type: INT, value: TASK_NEW },
};

/** The value that a name stands for. */
export function name(cx: Cx, node: ast.Identifier): Expr {
  const at = spanAt(cx, node);
  const local = cx.scope.find(node.name);
  if (local !== undefined) return { kind: "local", local, type: local.type, at };
  const decl = cx.unit.modules.lookup(cx.module, node.name);
  if (decl !== undefined) return declared(cx, node, decl);
  if (cx.unit.modules.knows(cx.module, node.name)) return errorExpr(at);
  return ambientName(cx, node);
}

function declared(cx: Cx, node: ast.Identifier, decl: Decl): Expr {
  const at = spanAt(cx, node);
  cx.unit.used.add(decl);
  switch (decl.kind) {
    case "const": {
      const known = constant(cx, decl);
      return known === undefined ? errorExpr(at) : { kind: "const", ...known, at };
    }
    case "global":
      return global(decl, at);
    case "func":
      return { kind: "func", func: decl, type: functionType(decl), at };
    case "struct":
      return failed(cx, "kts-not-a-value", node, {
        name: node.name,
        what: "a struct",
        instead: `write \`alloc<${node.name}>()\` for a new object`,
      });
  }
}

function global(decl: GlobalDecl, at: Expr["at"]): Expr {
  if (decl.struct === undefined) return errorExpr(at);
  const type: Type = { kind: decl.percpu ? "percpu" : "ptr", struct: decl.struct };
  return { kind: "global", global: decl, type, at };
}

export function functionType(decl: FuncDecl): Type {
  return { kind: "fn", params: decl.params.map((param) => param.type), result: decl.result };
}

function ambientName(cx: Cx, node: ast.Identifier): Expr {
  const at = spanAt(cx, node);
  if (node.name === "nr_cpu_ids") {
    return { kind: "prim", name: "nr_cpu_ids", args: [], struct: undefined, type: INT, at };
  }
  const known = Object.hasOwn(ambient, node.name) ? ambient[node.name] : undefined;
  if (known !== undefined) return { kind: "const", ...known, at };
  if (node.name === "undefined") return failed(cx, "kts-null", node, { found: "undefined" });
  if (Object.hasOwn(primitives, node.name)) {
    return failed(cx, "kts-not-a-value", node, {
      name: node.name,
      what: "a primitive",
      instead: "call it; to pass it on, declare a function that calls it",
    });
  }
  return failed(cx, "kts-unknown-name", node, { name: node.name, suggestion: near(cx, node.name) });
}

/** The known name that resembles an unknown one, in words. */
export function near(cx: Cx, unknown: string): string {
  const { decls, imports } = cx.module;
  const known = [...cx.scope.names(), ...decls.keys(), ...imports.keys()];
  return suggestion(unknown, [...known, ...Object.keys(ambient), ...Object.keys(primitives)]);
}

/** The value of a top-level constant; undefined when it has none and that was reported. */
export function constant(cx: Cx, decl: ConstDecl): { value: number; type: Type } | undefined {
  if (typeof decl.state === "object") return { ...decl.state };
  if (decl.state === "failed") return undefined;
  if (decl.state === "folding") {
    cx.unit.reporter.report("kts-constant-cycle", decl.at, { name: decl.name });
    return undefined;
  }
  decl.state = "folding";
  const known = fold(
    { unit: cx.unit, module: decl.module, func: undefined, scope: new Scope(), loop: undefined },
    decl,
  );
  decl.state = known ?? "failed";
  return known;
}

function fold(cx: Cx, decl: ConstDecl): { value: number; type: Type } | undefined {
  const { init, id } = decl.node;
  if (init == null) {
    report(cx, "kts-constant", decl.node, { name: decl.name });
    return undefined;
  }
  const annotation = id.type === "Identifier" ? id.typeAnnotation : undefined;
  let value = expression(cx, init);
  if (annotation?.type === "TSTypeAnnotation") {
    const expected = cx.unit.annotations(decl.module).local(annotation.typeAnnotation);
    value = coerce(cx, value, expected, init, `constant \`${decl.name}\``);
  }
  if (value.kind === "const") return { value: value.value, type: value.type };
  if (value.kind !== "error" && !isCell(value.type)) report(cx, "kts-constant", init, { name: decl.name });
  return undefined;
}
