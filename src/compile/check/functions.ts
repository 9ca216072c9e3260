/**
 * Whole programs: every function of every loaded file is checked, reached or not, so that a file's errors do not depend
 * on who imports it.
 */

import { spanOf } from "../../diag/source.ts";
import type { Module } from "../modules.ts";
import type { Local } from "../tree.ts";
import type { FuncDecl, GlobalDecl } from "../types.ts";
import { typeName } from "../types.ts";
import { constant } from "./names.ts";
import { reportRecursion } from "./recursion.ts";
import { block } from "./statements.ts";
import { type Cx, Scope, type Unit } from "./unit.ts";

/** Checks everything; the unit then holds the trees. */
export function checkProgram(unit: Unit): void {
  const modules = unit.modules.all();
  unit.modules.checkImports();
  for (const module of modules) resolveDeclarations(unit, module);
  for (const module of modules) checkModule(unit, module);
  reportRecursion(unit);
}

/** Field types, signatures and the structs of globals: what bodies are checked against. */
function resolveDeclarations(unit: Unit, module: Module): void {
  const annotations = unit.annotations(module);
  for (const decl of module.decls.values()) {
    if (decl.kind === "struct") annotations.struct(decl);
    if (decl.kind === "func") annotations.signature(decl);
    if (decl.kind === "global") resolveGlobal(unit, decl);
  }
}

function resolveGlobal(unit: Unit, decl: GlobalDecl): void {
  const [argument] = decl.node.typeParameters?.params ?? [];
  const struct = argument && unit.annotations(decl.module).structArgument(argument);
  decl.struct = struct;
  if (struct === undefined) {
    const at = spanOf(
      decl.module.source,
      decl.node.loc ?? { start: { line: 1, column: 0 }, end: { line: 1, column: 1 } },
    );
    unit.reporter.report("kts-define", at, { what: decl.percpu ? "DEFINE_PER_CPU" : "DEFINE" });
    return;
  }
  const shared = struct.use !== undefined && (decl.percpu || struct.use !== "plain");
  if (shared) {
    const owner = struct.use === "plain" ? decl : (struct.use?.percpu ?? decl);
    unit.reporter.report("kts-percpu-struct", decl.at, { struct: struct.name, name: owner.name });
    return;
  }
  struct.use = decl.percpu ? { percpu: decl } : "plain";
}

function checkModule(unit: Unit, module: Module): void {
  const cx: Cx = { unit, module, func: undefined, scope: new Scope(), loop: undefined };
  for (const decl of module.decls.values()) {
    if (decl.kind === "const") constant(cx, decl);
    if (decl.kind === "func") checkFunction(cx, decl);
  }
}

function checkFunction(outer: Cx, decl: FuncDecl): void {
  const scope = new Scope();
  const cx: Cx = { ...outer, func: decl, scope };
  const params = decl.params.map(({ name, type, at }): Local => {
    return { name: name ?? "", type, at, constant: false, assigned: false };
  });
  for (const param of params) {
    if (param.name !== "" && !scope.declare(param))
      outer.unit.reporter.report("kts-duplicate", param.at, { name: param.name });
  }
  const { body, ends } = block(cx, decl.node.body.body);
  if (!ends && decl.result.kind !== "void" && decl.result.kind !== "error") {
    const type = typeName(decl.result);
    outer.unit.reporter.report("kts-return-missing", decl.at, { name: decl.name, type });
  }
  outer.unit.trees.set(decl, { decl, params, body });
}
