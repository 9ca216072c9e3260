/** Functions to bodies: each entry point, task's main and handler, until no new one turns up. */

import type { Func } from "../../ir/types.ts";
import { Body } from "./body.ts";
import type { Linker, Pending } from "./linker.ts";
import { lowerStatements } from "./statements.ts";

/** Lowers whatever is pending, and what that makes pending. */
export function lowerPending(link: Linker, finish: (func: Func) => Func): void {
  for (let next = link.take(); next !== undefined; next = link.take()) {
    link.define(next.id, finish(lowerFunction(link, next)));
  }
}

function lowerFunction(link: Linker, { tree, role }: Pending): Func {
  const { decl } = tree;
  const body = new Body(link, decl.name, tree);
  for (const param of tree.params) body.bindParam(param);
  // Handlers are called with an argument, wanted or not.
  if (role === "handler" && tree.params.length === 0) body.out.param("unused", { kind: "int" });
  if (role === "entry" && decl.result.kind !== "void") body.out.result = link.valueType(decl.result);
  lowerStatements(body, tree.body);
  body.emit(decl.at, { op: "ret" });
  return body.out.finish();
}
