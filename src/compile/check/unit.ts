/**
 * What the checkers of all functions of one compilation share, and where one of them stands.
 *
 * A `Unit` lives as long as the compilation. A `Cx` is the context of one node: it is copied with another scope or loop
 * on the way down, never changed.
 */

import type { DiagnosticId } from "../../diag/catalogue.ts";
import type { Details, Reporter } from "../../diag/diagnostic.ts";
import { type Span, spanOf } from "../../diag/source.ts";
import { Annotations } from "../annotations.ts";
import type { Module, Modules } from "../modules.ts";
import type * as ast from "../syntax.ts";
import type { Expr, FuncTree, Local } from "../tree.ts";
import { type Decl, ERROR, type FuncDecl, type StructDecl } from "../types.ts";

/** The two structs that a program has one of. */
export type Role = "task" | "mm";

/** A call of one function in the text of another. */
export interface CallSite {
  readonly callee: FuncDecl;
  readonly at: Span;
}

/** One compilation. */
export class Unit {
  readonly modules: Modules;
  readonly reporter: Reporter;
  readonly config: ReadonlyMap<string, boolean>;
  /** Checked functions. */
  readonly trees = new Map<FuncDecl, FuncTree>();
  /** Direct calls by caller, to find recursion. */
  readonly calls = new Map<FuncDecl, CallSite[]>();
  /** Functions and constants that some text names. */
  readonly used = new Set<Decl>();
  /** The struct of each role, once a call has fixed it. */
  readonly roles = new Map<Role, StructDecl>();
  readonly #annotations = new Map<Module, Annotations>();

  constructor(modules: Modules, reporter: Reporter, config: ReadonlyMap<string, boolean>) {
    this.modules = modules;
    this.reporter = reporter;
    this.config = config;
  }

  annotations(module: Module): Annotations {
    let found = this.#annotations.get(module);
    if (found === undefined) {
      found = new Annotations(module, this.modules, this.reporter);
      this.#annotations.set(module, found);
    }
    return found;
  }
}

/** The names of one block. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #locals = new Map<string, Local>();

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  find(name: string): Local | undefined {
    return this.#locals.get(name) ?? this.#parent?.find(name);
  }

  /** False when the block has the name already. */
  declare(local: Local): boolean {
    if (this.#locals.has(local.name)) return false;
    this.#locals.set(local.name, local);
    return true;
  }

  /** Every name that is visible here. */
  names(): string[] {
    return [...this.#locals.keys(), ...(this.#parent?.names() ?? [])];
  }
}

/** The loop around a statement. */
export interface Loop {
  /** Whether a `break` leaves it. */
  broken: boolean;
}

/** Where a node stands. */
export interface Cx {
  readonly unit: Unit;
  readonly module: Module;
  /** Undefined at the top level. */
  readonly func: FuncDecl | undefined;
  readonly scope: Scope;
  readonly loop: Loop | undefined;
}

const NOWHERE = { start: { line: 1, column: 0 }, end: { line: 1, column: 1 } };

export function spanAt(cx: Cx, node: ast.Node): Span {
  return spanOf(cx.module.source, node.loc ?? NOWHERE);
}

export function report(cx: Cx, id: DiagnosticId, node: ast.Node, details: Details = {}): void {
  cx.unit.reporter.report(id, spanAt(cx, node), details);
}

/** Reports and stands in for an expression that cannot be typed. */
export function failed(cx: Cx, id: DiagnosticId, node: ast.Node, details: Details = {}): Expr {
  report(cx, id, node, details);
  return errorExpr(spanAt(cx, node));
}

export function errorExpr(at: Span): Expr {
  return { kind: "error", type: ERROR, at };
}
