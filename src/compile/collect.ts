/**
 * The top level of a file: which names it declares, imports and exports.
 *
 * Bodies, field types and signatures are looked at later, when every file is loaded. Whatever is no declaration of the
 * subset is reported here and otherwise ignored.
 */

import type { DiagnosticId } from "../diag/catalogue.ts";
import type { Details, Reporter } from "../diag/diagnostic.ts";
import { type Span, spanOf } from "../diag/source.ts";
import { NAMED_PROPERTIES, type NamedProperty } from "../ir/types.ts";
import type { Import, Module } from "./modules.ts";
import { namedProperty } from "./properties.ts";
import type * as ast from "./syntax.ts";
import { type Decl, type FuncDecl, type GlobalDecl, type StructDecl, VOID } from "./types.ts";

/** Fills in the tables of a module. */
export function collectDeclarations(
  module: Module,
  body: readonly ast.Statement[],
  reporter: Reporter,
): void {
  new Collector(module, reporter).statements(body);
}

/** What every declaration carries. */
type Common = Pick<Decl, "name" | "module" | "at" | "exported">;

class Collector {
  readonly #module: Module;
  readonly #reporter: Reporter;

  constructor(module: Module, reporter: Reporter) {
    this.#module = module;
    this.#reporter = reporter;
  }

  statements(body: readonly ast.Statement[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #statement(node: ast.Statement): void {
    switch (node.type) {
      case "ImportDeclaration":
        this.#imports(node);
        return;
      case "ExportNamedDeclaration":
        this.#exports(node);
        return;
      case "ExportAllDeclaration":
        this.#report("kts-import-form", node, { form: "`export *`" });
        return;
      case "ExportDefaultDeclaration":
        this.#report("kts-import-form", node, { form: "a default export" });
        return;
      case "EmptyStatement":
        return;
      default:
        this.#declaration(node, false);
        return;
    }
  }

  #imports(node: ast.ImportDeclaration): void {
    for (const specifier of node.specifiers) {
      if (specifier.type !== "ImportSpecifier") {
        const form = specifier.type === "ImportDefaultSpecifier" ? "a default import" : "`import *`";
        this.#report("kts-import-form", specifier, { form });
      } else {
        const taken = this.#import(node.source.value, nameOf(specifier.imported), specifier);
        this.#enter(this.#module.imports, specifier.local.name, taken, specifier);
      }
    }
  }

  #exports(node: ast.ExportNamedDeclaration): void {
    if (node.declaration) {
      this.#declaration(node.declaration, true);
      return;
    }
    const source = node.source?.value;
    if (source === undefined) {
      this.#report("kts-import-form", node, { form: "`export { … }`" });
      return;
    }
    for (const specifier of node.specifiers) {
      if (specifier.type !== "ExportSpecifier") {
        this.#report("kts-import-form", specifier, { form: "`export *`" });
        continue;
      }
      const taken = this.#import(source, specifier.local.name, specifier);
      this.#module.reexports.set(nameOf(specifier.exported), taken);
    }
  }

  #import(specifier: string, name: string, node: ast.Node): Import {
    return { specifier, name, at: this.#span(node), from: undefined };
  }

  #declaration(node: ast.Statement, exported: boolean): void {
    switch (node.type) {
      case "TSInterfaceDeclaration":
        this.#struct(node, exported);
        return;
      case "FunctionDeclaration":
        this.#function(node, exported);
        return;
      case "VariableDeclaration":
        this.#variables(node, exported);
        return;
      default:
        this.#outside(node);
        return;
    }
  }

  /** What is no declaration of the subset, with a message of its own where one fits. */
  #outside(node: ast.Statement): void {
    if (node.type === "ClassDeclaration") {
      this.#report("kts-class", node, { what: "a class" });
      return;
    }
    if (node.type === "TSEnumDeclaration") {
      this.#report("kts-class", node, { what: "an enum" });
      return;
    }
    this.#report("kts-declaration", node, { what: describeStatement(node) });
  }

  #struct(node: ast.TSInterfaceDeclaration, exported: boolean): void {
    const name = node.id.name;
    if (node.typeParameters) this.#report("kts-generic", node.id, { name });
    const [base, ...others] = node.extends ?? [];
    const extendsStruct = base?.expression.type === "Identifier" && base.expression.name === "struct";
    if (!extendsStruct || others.length > 0) this.#report("kts-interface", node.id, { name });
    const decl: StructDecl = {
      kind: "struct",
      ...this.#common(name, node.id, exported),
      node,
      property: this.#property(base),
      fields: [],
      use: undefined,
    };
    this.#enter(this.#module.decls, name, decl, node.id);
  }

  /** The argument of `struct<"property">`. */
  #property(base: ast.TSExpressionWithTypeArguments | undefined): NamedProperty | undefined {
    const [argument, ...others] = base?.typeParameters?.params ?? [];
    if (argument === undefined) return undefined;
    const literal = argument.type === "TSLiteralType" ? argument.literal : undefined;
    const property = literal?.type === "StringLiteral" ? namedProperty(literal.value) : undefined;
    if (property === undefined || others.length > 0) {
      this.#report("kts-property", argument, { expected: NAMED_PROPERTIES.join(", ") });
    }
    return property;
  }

  #function(node: ast.FunctionDeclaration, exported: boolean): void {
    const name = node.id?.name;
    if (node.id == null || name === undefined) return;
    if (node.async) this.#report("kts-async", node.id, { what: "an async function" });
    if (node.generator) this.#report("kts-async", node.id, { what: "a generator" });
    if (node.typeParameters) this.#report("kts-generic", node.id, { name });
    const common = this.#common(name, node.id, exported);
    const decl: FuncDecl = { kind: "func", ...common, node, params: [], result: VOID };
    this.#enter(this.#module.decls, name, decl, node.id);
  }

  #variables(node: ast.VariableDeclaration, exported: boolean): void {
    if (node.kind === "var") {
      this.#report("kts-var", node);
      return;
    }
    if (node.kind !== "const" || node.declare) {
      this.#report("kts-declaration", node, { what: `\`${node.declare ? "declare" : node.kind}\`` });
      return;
    }
    for (const declarator of node.declarations) this.#variable(declarator, exported);
  }

  #variable(node: ast.VariableDeclarator, exported: boolean): void {
    if (node.id.type !== "Identifier") {
      this.#report("kts-destructuring", node.id);
      return;
    }
    const common = this.#common(node.id.name, node.id, exported);
    const percpu = defines(node.init);
    const decl: Decl =
      percpu === undefined
        ? { kind: "const", ...common, node, state: "unknown" }
        : this.#global(common, percpu, node.init as ast.CallExpression);
    this.#enter(this.#module.decls, common.name, decl, node.id);
  }

  #global(common: Common, percpu: boolean, node: ast.CallExpression): GlobalDecl {
    return { kind: "global", ...common, percpu, node, struct: undefined };
  }

  #common(name: string, node: ast.Node, exported: boolean): Common {
    return { name, module: this.#module, at: this.#span(node), exported };
  }

  #enter<T>(table: Map<string, T>, name: string, value: T, node: ast.Node): void {
    const { decls, imports } = this.#module;
    if (decls.has(name) || imports.has(name)) {
      this.#report("kts-duplicate", node, { name });
      return;
    }
    table.set(name, value);
  }

  #span(node: ast.Node): Span {
    return spanOf(
      this.#module.source,
      node.loc ?? { start: { line: 1, column: 0 }, end: { line: 1, column: 1 } },
    );
  }

  #report(id: DiagnosticId, node: ast.Node, details: Details = {}): void {
    this.#reporter.report(id, this.#span(node), details);
  }
}

/** Whether an initialiser is DEFINE_PER_CPU (true), DEFINE (false) or neither. */
function defines(init: ast.Expression | null | undefined): boolean | undefined {
  if (init?.type !== "CallExpression" || init.callee.type !== "Identifier") return undefined;
  if (init.callee.name === "DEFINE") return false;
  return init.callee.name === "DEFINE_PER_CPU" ? true : undefined;
}

function nameOf(node: ast.Identifier | ast.StringLiteral): string {
  return node.type === "Identifier" ? node.name : node.value;
}

/** A statement at the top level in words. */
function describeStatement(node: ast.Statement): string {
  if (node.type === "TSTypeAliasDeclaration") return "a type alias";
  if (node.type === "ExpressionStatement") return "an expression";
  if (node.type.startsWith("TS")) return "this TypeScript declaration";
  return "a statement";
}
