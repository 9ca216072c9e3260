/**
 * The syntax of a cat file. Expressions denote sets, relations, tags, functions or tuples; which of them is found out
 * when a model is built (`../build`), since functions are generic.
 */

import type { Span } from "../../diag/source.ts";

/** Operators with two operands. `add` is `++`, `cross` is the infix `*`. */
export type Binary = "union" | "add" | "seq" | "diff" | "inter" | "cross";
/** Operators with one: `e*`, `e+`, `e?`, `~e`, `e^-1`, `[e]`. */
export type Unary = "star" | "plus" | "opt" | "complement" | "inverse" | "identity";

export type Expr = { readonly at: Span } & (
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "tag"; readonly tag: string }
  /** `0`: the empty relation. */
  | { readonly kind: "zero" }
  /** `_`: all events. */
  | { readonly kind: "universe" }
  /** `{…}`: a set written out. */
  | { readonly kind: "set"; readonly of: readonly Expr[] }
  | { readonly kind: "binary"; readonly op: Binary; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "unary"; readonly op: Unary; readonly of: Expr }
  | { readonly kind: "tuple"; readonly of: readonly Expr[] }
  | { readonly kind: "apply"; readonly fn: Expr; readonly to: Expr }
  | { readonly kind: "function"; readonly parameters: Pattern; readonly body: Expr }
  | {
      readonly kind: "let";
      readonly rec: boolean;
      readonly bindings: readonly Binding[];
      readonly body: Expr;
    }
  | { readonly kind: "try"; readonly first: Expr; readonly second: Expr }
  | { readonly kind: "if"; readonly condition: Condition; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: "match"; readonly on: Expr; readonly clauses: readonly Clause[] }
);

/** One name, or a tuple of names; `undefined` stands for `_`. */
export type Pattern =
  | { readonly kind: "one"; readonly name: string | undefined }
  | { readonly kind: "tuple"; readonly names: readonly (string | undefined)[] };

/** `pattern = value`; a function is a binding whose value is a function. */
export interface Binding {
  readonly pattern: Pattern;
  readonly value: Expr;
  readonly at: Span;
}

/** `'tag -> e`, or `_ -> e` when there is no tag. Set patterns keep their text: they are not evaluated. */
export interface Clause {
  readonly pattern:
    | { readonly kind: "tag"; readonly tag: string }
    | { readonly kind: "default" }
    | { readonly kind: "set" };
  readonly body: Expr;
  readonly at: Span;
}

export type Condition = { readonly at: Span } & (
  | { readonly kind: "variant"; readonly name: string }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "equal" | "subset" | "in"; readonly left: Expr; readonly right: Expr }
);

export type TestKind = "acyclic" | "irreflexive" | "empty";
/** What a test does: reject executions, raise a flag, or (`undefined_unless`, `assert`) raise one when it fails. */
export type TestRole = "require" | "flag" | "undefined_unless" | "assert";

export interface Test {
  readonly kind: "test";
  readonly role: TestRole;
  /** `~acyclic` and the like. */
  readonly negated: boolean;
  readonly test: TestKind;
  readonly of: Expr;
  readonly name: string | undefined;
  readonly at: Span;
}

export type Instruction = { readonly at: Span } & (
  | {
      readonly kind: "let";
      readonly rec: boolean;
      readonly bindings: readonly Binding[];
      readonly when?: Test;
    }
  | Test
  /** `show`, `unshow`: about pictures, ignored. */
  | { readonly kind: "show" }
  | { readonly kind: "include"; readonly file: string }
  | {
      readonly kind: "procedure";
      readonly name: string;
      readonly parameters: Pattern;
      readonly body: readonly Instruction[];
    }
  | { readonly kind: "call"; readonly name: string; readonly argument: Expr }
  | {
      readonly kind: "forall";
      readonly name: string;
      readonly over: Expr;
      readonly body: readonly Instruction[];
    }
  | { readonly kind: "with"; readonly name: string; readonly from: Expr }
  | {
      readonly kind: "if";
      readonly condition: Condition;
      readonly yes: readonly Instruction[];
      readonly no: readonly Instruction[];
    }
  | { readonly kind: "enum"; readonly name: string; readonly tags: readonly string[] }
  /** `instructions R[tags]`: which tags an event may carry, a promise that the engine keeps anyway. */
  | { readonly kind: "instructions"; readonly name: string; readonly tags: readonly Expr[] }
);

export interface CatFile {
  /** The title, or the architecture's name, or the file's. */
  readonly title: string;
  readonly instructions: readonly Instruction[];
}
