/**
 * Type annotations to types, and the declarations that consist of them: fields of structs and signatures.
 */

import type { Reporter } from "../diag/diagnostic.ts";
import { type Span, spanOf } from "../diag/source.ts";
import { type Placement, placeFields } from "./layout.ts";
import type { Module, Modules } from "./modules.ts";
import { suggestion } from "./suggest.ts";
import type * as ast from "./syntax.ts";
import {
  BOOL,
  CPU,
  ERROR,
  type FieldDecl,
  type FuncDecl,
  INT,
  isCell,
  MASK,
  type ParamDecl,
  type StructDecl,
  type Type,
  typeName,
  VOID,
} from "./types.ts";

/** A named type that is no struct, with its width in the kernel in bytes. */
interface Named {
  readonly type: Type;
  readonly bytes: number;
}

const named: Readonly<Record<string, Named>> = {
  int: { type: INT, bytes: 4 },
  u32: { type: INT, bytes: 4 },
  u64: { type: INT, bytes: 8 },
  cpu_t: { type: CPU, bytes: 4 },
  cpumask_value: { type: MASK, bytes: 8 },
  atomic_t: { type: { kind: "atomic" }, bytes: 4 },
  cpumask_t: { type: { kind: "cpumask" }, bytes: 8 },
  spinlock_t: { type: { kind: "lock" }, bytes: 4 },
};

const BAD: Named = { type: ERROR, bytes: 4 };
const POINTER_BYTES = 8;

/** Reads the annotations of one module. */
export class Annotations {
  readonly #module: Module;
  readonly #modules: Modules;
  readonly #reporter: Reporter;

  constructor(module: Module, modules: Modules, reporter: Reporter) {
    this.#module = module;
    this.#modules = modules;
    this.#reporter = reporter;
  }

  /** Fills in the fields of a struct. */
  struct(decl: StructDecl): void {
    const fields: { name: string; named: Named; placement: Placement }[] = [];
    const names = new Set<string>();
    for (const member of decl.node.body.body) {
      const field = this.#field(member);
      if (field === undefined) continue;
      if (names.has(field.name))
        this.#reporter.report("kts-duplicate", this.#span(member), { name: field.name });
      else fields.push(field);
      names.add(field.name);
    }
    const lines = placeFields(fields.map(({ named, placement }) => ({ bytes: named.bytes, placement })));
    decl.fields = fields.map(({ name, named }, index): FieldDecl => {
      return { name, type: named.type, bytes: named.bytes, line: lines[index] ?? 0, index };
    });
  }

  /** Fills in the signature of a function. */
  signature(decl: FuncDecl): void {
    const { node } = decl;
    decl.params = node.params.map((param) => this.#param(param));
    if (node.returnType?.type === "TSTypeAnnotation") {
      decl.result = this.result(node.returnType.typeAnnotation);
    } else {
      decl.result = ERROR;
      this.#reporter.report("kts-annotation", decl.at, { what: `the result of \`${decl.name}\`` });
    }
  }

  /** The type of a local variable, from its annotation. */
  local(node: ast.TSType): Type {
    return this.#noCell(this.#type(node).type, node, "variable");
  }

  /** The struct that a type argument names. */
  structArgument(node: ast.TSType): StructDecl | undefined {
    const { type } = this.#type(node);
    return type.kind === "ptr" ? type.struct : undefined;
  }

  result(node: ast.TSType): Type {
    if (node.type === "TSVoidKeyword") return VOID;
    return this.#noCell(this.#type(node).type, node, "result");
  }

  #param(node: ast.FunctionDeclaration["params"][number]): ParamDecl {
    const at = this.#span(node);
    if (node.type !== "Identifier") {
      this.#reportParam(node);
      return { name: undefined, type: ERROR, at };
    }
    if (node.optional) this.#reporter.report("kts-parameter", at, { what: "an optional parameter" });
    if (node.typeAnnotation?.type !== "TSTypeAnnotation") {
      this.#reporter.report("kts-annotation", at, { what: `parameter \`${node.name}\`` });
      return { name: node.name, type: ERROR, at };
    }
    const annotation = node.typeAnnotation.typeAnnotation;
    const type =
      annotation.type === "TSFunctionType" ? this.#functionType(annotation) : this.#type(annotation).type;
    return { name: node.name, type: this.#noCell(type, annotation, "parameter"), at };
  }

  #reportParam(node: ast.Node): void {
    const at = this.#span(node);
    if (node.type === "RestElement") {
      this.#reporter.report("kts-spread", at);
      return;
    }
    if (node.type.endsWith("Pattern") && node.type !== "AssignmentPattern") {
      this.#reporter.report("kts-destructuring", at);
      return;
    }
    const what = node.type === "AssignmentPattern" ? "a default value of a parameter" : "this parameter";
    this.#reporter.report("kts-parameter", at, { what });
  }

  #functionType(node: ast.TSFunctionType): Type {
    const params = node.parameters.map((param) => {
      const annotation = param.type === "Identifier" ? param.typeAnnotation : undefined;
      if (annotation?.type === "TSTypeAnnotation") return this.#type(annotation.typeAnnotation).type;
      this.#reporter.report("kts-annotation", this.#span(param), { what: "this parameter" });
      return ERROR;
    });
    const result = node.typeAnnotation;
    return {
      kind: "fn",
      params,
      result: result?.type === "TSTypeAnnotation" ? this.result(result.typeAnnotation) : VOID,
    };
  }

  #field(node: ast.TSTypeElement): { name: string; named: Named; placement: Placement } | undefined {
    const problem = fieldProblem(node);
    if (problem !== undefined || node.type !== "TSPropertySignature" || node.key.type !== "Identifier") {
      this.#reporter.report("kts-field", this.#span(node), { what: problem ?? "this" });
      return undefined;
    }
    const annotation = node.typeAnnotation?.typeAnnotation;
    if (annotation === undefined) {
      this.#reporter.report("kts-annotation", this.#span(node), { what: `field \`${node.key.name}\`` });
      return { name: node.key.name, named: BAD, placement: "packed" };
    }
    const placed = this.#placed(annotation);
    if (placed.named.type.kind === "mask") {
      this.#reporter.report("kts-mask-field", this.#span(annotation), { type: typeName(MASK) });
    }
    return { name: node.key.name, ...placed };
  }

  /** A field's type without its placement. */
  #placed(node: ast.TSType): { named: Named; placement: Placement } {
    const [argument] = typeArguments(node);
    const wrapper = referenceName(node);
    if (argument !== undefined && wrapper === "own_cacheline") {
      return { named: this.#type(argument), placement: "own" };
    }
    if (argument !== undefined && wrapper === "cacheline_aligned") {
      return { named: this.#type(argument), placement: "aligned" };
    }
    return { named: this.#type(node), placement: "packed" };
  }

  #type(node: ast.TSType): Named {
    if (node.type === "TSBooleanKeyword") return { type: BOOL, bytes: 1 };
    const name = referenceName(node);
    if (name === undefined || typeArguments(node).length > 0) {
      this.#reporter.report("kts-type", this.#span(node), { what: describeType(node) });
      return BAD;
    }
    const decl = this.#modules.lookup(this.#module, name);
    if (decl?.kind === "struct") return { type: { kind: "ptr", struct: decl }, bytes: POINTER_BYTES };
    if (decl === undefined && Object.hasOwn(named, name)) return named[name] ?? BAD;
    // An import that failed was reported where it stands.
    if (decl !== undefined || !this.#modules.knows(this.#module, name)) this.#unknown(node, name);
    return BAD;
  }

  #unknown(node: ast.TSType, name: string): void {
    const { decls, imports } = this.#module;
    const known = [...decls.keys(), ...imports.keys(), ...Object.keys(named)];
    const details = { name, suggestion: suggestion(name, known) };
    this.#reporter.report("kts-unknown-type", this.#span(node), details);
  }

  #noCell(type: Type, node: ast.Node, what: string): Type {
    if (!isCell(type)) return type;
    this.#reporter.report("kts-cell-type", this.#span(node), { type: typeName(type), what });
    return ERROR;
  }

  #span(node: ast.Node): Span {
    return spanOf(
      this.#module.source,
      node.loc ?? { start: { line: 1, column: 0 }, end: { line: 1, column: 1 } },
    );
  }
}

function referenceName(node: ast.TSType): string | undefined {
  if (node.type !== "TSTypeReference" || node.typeName.type !== "Identifier") return undefined;
  return node.typeName.name;
}

/** The type arguments of a reference. */
function typeArguments(node: ast.TSType): readonly ast.TSType[] {
  return node.type === "TSTypeReference" ? (node.typeParameters?.params ?? []) : [];
}

/** Why a member of an interface is no field, if it is none. */
function fieldProblem(node: ast.TSTypeElement): string | undefined {
  if (node.type === "TSMethodSignature") return "a method";
  if (node.type !== "TSPropertySignature") return "this member";
  if (node.optional) return "an optional member";
  if (node.computed || node.key.type !== "Identifier") return "a computed name";
  return undefined;
}

function describeType(node: ast.TSType): string {
  switch (node.type) {
    case "TSNumberKeyword":
      return "`number`";
    case "TSStringKeyword":
      return "`string`";
    case "TSAnyKeyword":
      return "`any`";
    case "TSArrayType":
      return "an array";
    case "TSUnionType":
      return "a union (a pointer may always be NULL)";
    case "TSFunctionType":
      return "a function";
    default:
      return "this type";
  }
}
