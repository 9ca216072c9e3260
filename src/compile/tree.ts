/**
 * Checked functions: what lowering works on.
 *
 * The tree is the user's function with every name resolved, every type known and every constant folded. A node's `at`
 * is its place in the text of the function that holds it. A `field` node is a location; where a value is wanted it is
 * the plain read of that location, and lowering emits one load exactly there. Trees are made once per compilation and
 * lowered as often as the function is inlined.
 */

import type { Span } from "../diag/source.ts";
import type { BinaryOp } from "../ir/types.ts";
import type { FieldDecl, FuncDecl, GlobalDecl, StructDecl, Type } from "./types.ts";

/** A local variable or parameter. */
export interface Local {
  readonly name: string;
  readonly type: Type;
  readonly at: Span;
  /** `const`, or a loop variable. */
  readonly constant: boolean;
  /** Whether it is assigned after its declaration; if not, its name stands for the value. */
  assigned: boolean;
}

interface Node {
  readonly type: Type;
  readonly at: Span;
}

export type Expr =
  | ConstExpr
  | LocalExpr
  | FieldExpr
  | CallExpr
  | PrimExpr
  | (Node & { readonly kind: "func"; readonly func: FuncDecl })
  | (Node & { readonly kind: "global"; readonly global: GlobalDecl })
  | (Node & { readonly kind: "binary"; readonly fn: BinaryOp; readonly left: Expr; readonly right: Expr })
  | (Node & { readonly kind: "not"; readonly operand: Expr })
  /** Operands are conditions: anything that can be tested for non-zero. */
  | (Node & { readonly kind: "and" | "or"; readonly left: Expr; readonly right: Expr })
  | (Node & { readonly kind: "cond"; readonly test: Expr; readonly yes: Expr; readonly no: Expr })
  /** Reported already. */
  | (Node & { readonly kind: "error" });

export type ConstExpr = Node & { readonly kind: "const"; readonly value: number };
export type LocalExpr = Node & { readonly kind: "local"; readonly local: Local };
export type FieldExpr = Node & {
  readonly kind: "field";
  readonly object: Expr;
  readonly struct: StructDecl;
  readonly field: FieldDecl;
};
/** A call of a declared function, or of a parameter that holds one. */
export type CallExpr = Node & {
  readonly kind: "call";
  readonly callee: FuncDecl | Local;
  readonly args: readonly Expr[];
};
/** A call of a primitive. */
export type PrimExpr = Node & {
  readonly kind: "prim";
  readonly name: string;
  readonly args: readonly Expr[];
  /** The struct that the call is about: its type argument, or that of the object passed. */
  readonly struct: StructDecl | undefined;
};

export type Stmt =
  | { readonly kind: "let"; readonly local: Local; readonly init: Expr | undefined; readonly at: Span }
  | { readonly kind: "assign"; readonly local: Local; readonly value: Expr; readonly at: Span }
  /** `x.f = v`, or `x.f op= v` with `fn`: the object is computed once. */
  | {
      readonly kind: "store";
      readonly place: FieldExpr;
      readonly fn: BinaryOp | undefined;
      readonly value: Expr;
      readonly at: Span;
    }
  | { readonly kind: "expr"; readonly value: Expr; readonly at: Span }
  | {
      readonly kind: "if";
      readonly test: Expr;
      readonly yes: readonly Stmt[];
      readonly no: readonly Stmt[];
      readonly at: Span;
    }
  | LoopStmt
  | EachStmt
  | { readonly kind: "return"; readonly value: Expr | undefined; readonly at: Span }
  | { readonly kind: "break" | "continue"; readonly at: Span }
  | { readonly kind: "block"; readonly body: readonly Stmt[]; readonly at: Span };

/** `while`, `do … while` and `for (init; test; update)` without its `init`. */
export interface LoopStmt {
  readonly kind: "loop";
  /** Undefined: for ever. */
  readonly test: Expr | undefined;
  readonly testFirst: boolean;
  readonly body: readonly Stmt[];
  readonly update: readonly Stmt[];
  readonly at: Span;
}

/** `for (const cpu of …)`. */
export interface EachStmt {
  readonly kind: "each";
  readonly local: Local;
  /** A mask value, or one of the two masks that the machine knows. */
  readonly over: Expr | "possible" | "online";
  readonly body: readonly Stmt[];
  readonly at: Span;
}

/** A checked function. */
export interface FuncTree {
  readonly decl: FuncDecl;
  readonly params: readonly Local[];
  readonly body: readonly Stmt[];
}
