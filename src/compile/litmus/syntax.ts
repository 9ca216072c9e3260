/**
 * The syntax tree of a litmus test's C, and of the macros of a `.def` file.
 *
 * Types are not kept: every value is a word. `x[i]` is parsed as `*(x + i)`. A built-in (`__load{once}(*x)`) is what
 * macros are made of; tests rarely write one themselves.
 */

import type { BinaryOp } from "../../ir/types.ts";
import type { Token } from "./lexer.ts";

interface Node {
  /** For positions and messages. */
  readonly at: Token;
}

export type Expr =
  | (Node & { readonly kind: "number"; readonly value: number })
  | (Node & { readonly kind: "name"; readonly name: string })
  /** `*place`: a plain read, where it is not the argument of a built-in that says otherwise. */
  | (Node & { readonly kind: "deref"; readonly place: Expr })
  /** `&name`. */
  | (Node & { readonly kind: "address"; readonly name: string })
  | (Node & { readonly kind: "unary"; readonly fn: "neg" | "not" | "complement"; readonly of: Expr })
  | (Node & { readonly kind: "binary"; readonly fn: BinaryOp; readonly left: Expr; readonly right: Expr })
  /** `&&`, `||`: the right side is evaluated only if needed. */
  | (Node & { readonly kind: "and" | "or"; readonly left: Expr; readonly right: Expr })
  | (Node & { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] })
  | Builtin;

/** `__atomic_fetch_op{mb}(X, +, V)`. */
export type Builtin = Node & {
  readonly kind: "builtin";
  readonly name: BuiltinName;
  readonly tags: readonly string[];
  readonly args: readonly Expr[];
  /** The operator among the arguments, if the built-in takes one. */
  readonly fn: UpdateFn | undefined;
};

export type UpdateFn = "add" | "sub" | "and" | "or" | "xor" | "andnot";

/** Every built-in: arguments besides the operator, whether it takes one, whether it has a value. */
export const BUILTINS = {
  __load: { args: [1], operator: false, value: true },
  __store: { args: [2], operator: false, value: false },
  __fence: { args: [0], operator: false, value: false },
  __xchg: { args: [2], operator: false, value: true },
  __cmpxchg: { args: [3], operator: false, value: true },
  __atomic_op: { args: [2], operator: true, value: false },
  __atomic_op_return: { args: [2], operator: true, value: true },
  __atomic_fetch_op: { args: [2], operator: true, value: true },
  __atomic_add_unless: { args: [3], operator: false, value: true },
  /** As an expression it begins a section, as a statement it ends one or waits. */
  __srcu: { args: [1, 2], operator: false, value: true },
  __lock: { args: [1], operator: false, value: false },
  __unlock: { args: [1], operator: false, value: false },
  __trylock: { args: [1], operator: false, value: true },
  __islocked: { args: [1], operator: false, value: true },
} as const satisfies Record<
  string,
  { readonly args: readonly number[]; readonly operator: boolean; readonly value: boolean }
>;

export type BuiltinName = keyof typeof BUILTINS;

export function isBuiltin(name: string): name is BuiltinName {
  return Object.hasOwn(BUILTINS, name);
}

export type Stmt =
  | (Node & { readonly kind: "declare"; readonly name: string; readonly value: Expr | undefined })
  | (Node & { readonly kind: "assign"; readonly target: Expr; readonly value: Expr })
  /** A call, or `(void) e`. */
  | (Node & { readonly kind: "expr"; readonly value: Expr })
  | (Node & {
      readonly kind: "if";
      readonly test: Expr;
      readonly then: Stmt;
      readonly otherwise: Stmt | undefined;
    })
  /** `before`: the body runs once before the test (`do … while`). */
  | (Node & { readonly kind: "while"; readonly test: Expr; readonly body: Stmt; readonly before: boolean })
  | (Node & { readonly kind: "block"; readonly body: readonly Stmt[] });

/** P0, P1, … */
export interface Thread {
  readonly at: Token;
  readonly number: number;
  readonly params: readonly Token[];
  readonly body: readonly Stmt[];
}

/** A macro of a `.def` file: its arguments are substituted by name. */
export interface Macro {
  readonly at: Token;
  readonly name: string;
  readonly formals: readonly string[];
  /** An expression, or statements. */
  readonly body:
    | { readonly kind: "expr"; readonly value: Expr }
    | { readonly kind: "block"; readonly body: Stmt };
}
