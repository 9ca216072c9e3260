/**
 * Types of Kernel TypeScript as the checker sees them, and the declarations that they name.
 *
 * A struct is its declaration: two structs of one name in two files differ. The IR's `ValueType` is what is left of a
 * type once structs have numbers; `null`, `void`, `fn` and `percpu` exist only here.
 */

import type { Span } from "../diag/source.ts";
import type { NamedProperty } from "../ir/types.ts";
import type { Module } from "./modules.ts";
import type * as ast from "./syntax.ts";

export type Type =
  | { readonly kind: "int" }
  | { readonly kind: "bool" }
  | { readonly kind: "cpu" }
  | { readonly kind: "mask" }
  | { readonly kind: "ptr"; readonly struct: StructDecl }
  /** The type of NULL, which agrees with every pointer. */
  | { readonly kind: "null" }
  | { readonly kind: "void" }
  /** Cells: values that exist in a field only. */
  | { readonly kind: "atomic" }
  | { readonly kind: "cpumask" }
  | { readonly kind: "lock" }
  /** A function that is passed on by name. */
  | { readonly kind: "fn"; readonly params: readonly Type[]; readonly result: Type }
  /** A per-CPU variable before this_cpu or per_cpu has chosen an instance. */
  | { readonly kind: "percpu"; readonly struct: StructDecl }
  /** Something that was reported already; it agrees with everything. */
  | { readonly kind: "error" };

export const INT: Type = { kind: "int" };
export const BOOL: Type = { kind: "bool" };
export const CPU: Type = { kind: "cpu" };
export const MASK: Type = { kind: "mask" };
export const NULL: Type = { kind: "null" };
export const VOID: Type = { kind: "void" };
export const ERROR: Type = { kind: "error" };

/** `interface X extends struct`, or `struct<"property">`. */
export interface StructDecl {
  readonly kind: "struct";
  readonly name: string;
  readonly module: Module;
  readonly at: Span;
  readonly exported: boolean;
  readonly node: ast.TSInterfaceDeclaration;
  /** What the use of a freed object violates, where that is not `uaf`. */
  readonly property: NamedProperty | undefined;
  /** In order; filled in once all modules are loaded, because a field may point at a struct of any of them. */
  fields: readonly FieldDecl[];
  /** The per-CPU variable whose instances are all objects of this struct, or that it has plain objects. */
  use: { readonly percpu: GlobalDecl } | "plain" | undefined;
}

/** A declared field. */
export interface FieldDecl {
  readonly name: string;
  readonly type: Type;
  readonly bytes: number;
  /** Cache line of the object, from 0. */
  readonly line: number;
  readonly index: number;
}

/** `const G = DEFINE<X>()` or `DEFINE_PER_CPU<X>()`. */
export interface GlobalDecl {
  readonly kind: "global";
  readonly name: string;
  readonly module: Module;
  readonly at: Span;
  readonly exported: boolean;
  readonly percpu: boolean;
  readonly node: ast.CallExpression;
  struct: StructDecl | undefined;
}

/** `const NAME = constant`. */
export interface ConstDecl {
  readonly kind: "const";
  readonly name: string;
  readonly module: Module;
  readonly at: Span;
  readonly exported: boolean;
  readonly node: ast.VariableDeclarator;
  /** Not asked for yet, being folded (a use now is a circle), without a value (reported), or known. */
  state: "unknown" | "folding" | "failed" | { readonly value: number; readonly type: Type };
}

/** `function`. */
export interface FuncDecl {
  readonly kind: "func";
  readonly name: string;
  readonly module: Module;
  readonly at: Span;
  readonly exported: boolean;
  readonly node: ast.FunctionDeclaration;
  /** Filled in with the structs' fields. */
  params: readonly ParamDecl[];
  result: Type;
}

/** A declared parameter. */
export interface ParamDecl {
  /** Undefined for a pattern, which was reported. */
  readonly name: string | undefined;
  readonly type: Type;
  readonly at: Span;
}

export type Decl = StructDecl | GlobalDecl | ConstDecl | FuncDecl;

/** The type in words, as the user writes it. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "int":
    case "void":
      return type.kind;
    case "bool":
      return "boolean";
    case "cpu":
      return "cpu_t";
    case "mask":
      return "cpumask_value";
    case "ptr":
      return type.struct.name;
    case "null":
      return "NULL";
    case "atomic":
      return "atomic_t";
    case "cpumask":
      return "cpumask_t";
    case "lock":
      return "spinlock_t";
    case "fn":
      return signatureName(type.params, type.result);
    case "percpu":
      return `percpu<${type.struct.name}>`;
    case "error":
      return "unknown";
  }
}

/** A signature in words. */
export function signatureName(params: readonly Type[], result: Type): string {
  return `(${params.map(typeName).join(", ")}) => ${typeName(result)}`;
}

/** Whether two types are one. */
export function sameType(a: Type, b: Type): boolean {
  if (a.kind === "ptr" || a.kind === "percpu") return a.kind === b.kind && a.struct === b.struct;
  if (a.kind !== "fn" || b.kind !== "fn") return a.kind === b.kind;
  return (
    a.params.length === b.params.length && a.params.every((type, i) => sameType(type, b.params[i] ?? ERROR))
  );
}

/** A cell exists in memory only: its primitives take its location. */
export function isCell(type: Type): boolean {
  return type.kind === "atomic" || type.kind === "cpumask" || type.kind === "lock";
}

/** Something a register can hold and a condition can test. */
export function isScalar(type: Type): boolean {
  return ["int", "bool", "cpu", "ptr", "null", "error"].includes(type.kind);
}
