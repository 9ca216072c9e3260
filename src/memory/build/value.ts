/** What an expression of the cat language can be worth while a model is unfolded, and the scopes that hold names. */

import type { Node, Sort } from "../algebra/node.ts";
import type { Expr, Instruction, Pattern } from "../cat/tree.ts";

export type Value =
  | { readonly kind: "node"; readonly node: Node }
  /** `{}`: nothing, a set or a relation as the context wants. */
  | { readonly kind: "empty" }
  | { readonly kind: "function"; readonly parameters: Pattern; readonly body: Expr; readonly scope: Scope }
  | { readonly kind: "builtin"; readonly name: Builtin }
  | {
      readonly kind: "procedure";
      readonly parameters: Pattern;
      readonly body: readonly Instruction[];
      readonly scope: Scope;
    }
  | { readonly kind: "tuple"; readonly of: readonly Value[] }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] };

export type Builtin = "domain" | "range" | "different-values" | "tag2events";

export const BUILTINS: readonly Builtin[] = ["domain", "range", "different-values", "tag2events"];

/** Names in force at one place. A scope never changes once something refers to it: rebinding makes a new one. */
export class Scope {
  readonly #name: string;
  readonly #value: Value;
  readonly #outer: Scope | undefined;

  constructor(name: string, value: Value, outer: Scope | undefined) {
    this.#name = name;
    this.#value = value;
    this.#outer = outer;
  }

  static find(start: Scope | undefined, name: string): Value | undefined {
    for (let scope = start; scope !== undefined; scope = scope.#outer)
      if (scope.#name === name) return scope.#value;
    return undefined;
  }
}

/** A value's kind, for messages. */
export function describe(value: Value): string {
  if (value.kind === "node") return ofSort(value.node.sort);
  const names = {
    empty: "an empty set",
    function: "a function",
    builtin: "a function",
    procedure: "a procedure",
    tuple: "a tuple",
    tag: "a tag",
    tags: "a set of tags",
  };
  return names[value.kind];
}

export function ofSort(sort: Sort): string {
  return sort === "set" ? "a set of events" : "a relation";
}
