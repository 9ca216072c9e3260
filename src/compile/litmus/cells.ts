/**
 * The shared variables of a test: which cells each has, and their addresses.
 *
 * Cells are numbered from 1 in the order in which names are met: the initial state, the threads' parameters, then
 * what only a condition or a value mentions. An array has consecutive cells, so that `a + 1` is the address of `a[1]`.
 */

import { ADDRESS_BASE, type LitmusLocation } from "../../ir/litmus.ts";
import type { Lexer, Token } from "./lexer.ts";
import type { Initial } from "./parse.ts";
import type { Formula, Place, Value } from "./question.ts";

export interface Variable {
  readonly name: string;
  /** Number of its first cell. */
  readonly first: number;
  readonly count: number;
  readonly array: boolean;
}

/** Variables at most: far more than a test has, and few enough to print. */
const MOST_CELLS = 10_000;

export class Cells {
  readonly #lexer: Lexer;
  readonly #variables = new Map<string, Variable>();
  readonly #names: string[] = [];
  readonly #initial: number[] = [];

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  /** The variable of a name, made with one cell (or `size`, as an array) when it is new. */
  variable(at: Token, name: string, size?: number): Variable {
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    const array = size !== undefined;
    const made: Variable = { name, first: this.#names.length + 1, count: size ?? 1, array };
    if (this.#names.length + made.count > MOST_CELLS) {
      this.#lexer.fail("litmus-limit", at, { what: "variables", limit: MOST_CELLS });
    }
    for (let i = 0; i < made.count; i++) this.#names.push(array ? `${name}[${i}]` : name);
    this.#initial.push(...new Array<number>(made.count).fill(0));
    this.#variables.set(name, made);
    return made;
  }

  has(name: string): boolean {
    return this.#variables.has(name);
  }

  /** Number of the cell that a place of the text means. */
  cellOf({ at, name, index }: Place & { readonly kind: "variable" }): number {
    const { first, count } = this.variable(at, name);
    if ((index ?? 0) < count) return first + (index ?? 0);
    return this.#lexer.fail("litmus-index", at, { name, count });
  }

  /** The value that a text means: an integer or an address. */
  valueOf(value: Value): number {
    if (value.kind === "number") return value.value;
    if (value.kind === "address") return ADDRESS_BASE + this.cellOf(value.of);
    return this.#lexer.expected("a number or the name of a variable");
  }

  /** Makes the variables of the initial state, then of everything that it mentions. */
  initialise(items: readonly Initial[]): void {
    for (const { place, size, value } of items) {
      if (place.kind !== "variable") continue;
      const made = this.variable(place.at, place.name, sizeOf(size, value));
      if (value?.kind === "list" && value.values.length !== made.count) {
        const found = value.values.length;
        this.#lexer.fail("litmus-array", place.at, { name: made.name, count: made.count, found });
      }
    }
    for (const { place, value } of items) {
      if (place.kind !== "variable" || value === undefined) continue;
      const { first } = this.variable(place.at, place.name);
      const values = value.kind === "list" ? value.values : [value];
      for (const [i, one] of values.entries()) this.#initial[first - 1 + i] = this.valueOf(one);
    }
  }

  /** Makes the variables that a formula mentions. */
  mention(formula: Formula): void {
    if (formula.kind === "atom") {
      this.mentionPlace(formula.left);
      this.#mentionValue(formula.right);
    } else if (formula.kind === "not") this.mention(formula.of);
    else if ("left" in formula) {
      this.mention(formula.left);
      this.mention(formula.right);
    }
  }

  mentionPlace(place: Place): void {
    if (place.kind === "variable") this.cellOf(place);
  }

  #mentionValue(value: Value): void {
    if (value.kind === "address" || value.kind === "content") this.mentionPlace(value.of);
    else if (value.kind === "list") for (const one of value.values) this.#mentionValue(one);
  }

  locations(): LitmusLocation[] {
    return this.#names.map((name, i) => ({ name, object: i + 1, initial: this.#initial[i] ?? 0 }));
  }
}

function sizeOf(size: number | undefined, value: Value | undefined): number | undefined {
  return size ?? (value?.kind === "list" ? value.values.length : undefined);
}
