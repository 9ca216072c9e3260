/**
 * What a test asks: `locations [x; 0:r1;]`, `filter (…)`, then `exists`, `~exists` or `forall (…)`.
 *
 * The tree keeps what was written, because herd7 prints it back; `resolve.ts` makes an `ir/litmus.ts` proposition of
 * it. As in herd7, `=>` binds tighter than `/\`, which binds tighter than `\/`.
 */

import type { Quantifier } from "../../ir/litmus.ts";
import { wordOf } from "./integers.ts";
import type { Lexer, Token } from "./lexer.ts";

/** A register of a thread, a variable, or an element of an array. */
export type Place =
  | { readonly kind: "register"; readonly at: Token; readonly thread: number; readonly name: string }
  | {
      readonly kind: "variable";
      readonly at: Token;
      readonly name: string;
      readonly index: number | undefined;
    };

/** What a place is compared with or initialised to. */
export type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "address"; readonly of: Place & { readonly kind: "variable" } }
  | { readonly kind: "list"; readonly values: readonly Value[] }
  /** The content of another place. */
  | { readonly kind: "content"; readonly of: Place };

export type Formula =
  | { readonly kind: "true" | "false" }
  | { readonly kind: "atom"; readonly left: Place; readonly right: Value }
  | { readonly kind: "not"; readonly of: Formula }
  | { readonly kind: "and" | "or" | "implies"; readonly left: Formula; readonly right: Formula };

export interface Question {
  readonly locations: readonly Place[];
  readonly filter: Formula | undefined;
  readonly quantifier: Quantifier;
  readonly condition: Formula;
}

/** Formulas nested deeper than this are refused. */
const DEPTH = 200;
/** And longer ones. */
const TERMS = 2000;

/** Parses from the lexer's position to the end of the file. */
export function parseQuestion(lexer: Lexer): Question {
  lexer.setMode("state");
  return new QuestionParser(lexer).question();
}

/** `0:r1`, `x`, `a[1]`. */
export function parsePlace(lexer: Lexer): Place {
  const at = lexer.peek();
  if (at.kind === "number" || (at.kind === "name" && /^P\d+$/.test(at.text))) {
    lexer.take();
    if (at.kind === "number" || lexer.sees(":")) {
      lexer.expect(":");
      lexer.accept("%");
      const name = lexer.expectName("a register").text;
      return { kind: "register", at, thread: Number.parseInt(at.text.replace("P", ""), 10), name };
    }
    return indexed(lexer, at);
  }
  lexer.expectName("a register such as `0:r1` or a variable");
  return indexed(lexer, at);
}

function indexed(lexer: Lexer, at: Token): Place & { readonly kind: "variable" } {
  let index: number | undefined;
  if (lexer.accept("[")) {
    if (lexer.peek().kind !== "number") lexer.expected("an index");
    index = wordOf(lexer, lexer.take());
    lexer.expect("]");
  }
  return { kind: "variable", at, name: at.text, index };
}

/** An integer, or a variable, whose address is meant. */
export function parseValue(lexer: Lexer): Value {
  if (lexer.peek().kind === "number") return { kind: "number", value: wordOf(lexer, lexer.take()) };
  lexer.accept("&");
  const at = lexer.expectName("a number or the name of a variable");
  if (at.text === "NULL") return { kind: "number", value: 0 };
  return { kind: "address", of: indexed(lexer, at) };
}

/** `{1, 2}`, behind the brace. */
export function parseList(lexer: Lexer): Value {
  const values = [parseValue(lexer)];
  while (lexer.accept(",")) if (!lexer.sees("}")) values.push(parseValue(lexer));
  lexer.expect("}", "`,` or `}`");
  return { kind: "list", values };
}

class QuestionParser {
  readonly #lexer: Lexer;
  #depth = 0;
  #terms = 0;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  question(): Question {
    const lexer = this.#lexer;
    const locations = lexer.accept("locations") ? this.#locations() : [];
    const filter = lexer.accept("filter") ? this.#or() : undefined;
    const { quantifier, condition } = this.#condition();
    lexer.accept(";");
    // herd7 stops reading at `<<`; `with` begins verdicts that models are expected to give, which nobody reads.
    if (!lexer.sees("<<") && !lexer.sees("with") && lexer.peek().kind !== "end") {
      lexer.expected(EXPECTED[quantifier]);
    }
    return { locations, filter, quantifier, condition };
  }

  #locations(): Place[] {
    const lexer = this.#lexer;
    const found: Place[] = [];
    lexer.expect("[");
    while (!lexer.accept("]")) {
      found.push(this.#place());
      // A type may follow, which changes how other tools print the value.
      while (lexer.peek().kind === "name" || lexer.sees("*")) lexer.take();
      if (!lexer.accept(";") && !lexer.sees("]")) lexer.expected("`;` or `]`");
    }
    return found;
  }

  #condition(): { quantifier: Quantifier; condition: Formula } {
    const lexer = this.#lexer;
    if (lexer.peek().kind === "end") return { quantifier: "forall", condition: { kind: "true" } };
    if (lexer.accept("forall")) return { quantifier: "forall", condition: this.#or() };
    if (lexer.accept("exists") || lexer.accept("final"))
      return { quantifier: "exists", condition: this.#or() };
    if (lexer.accept("~") || lexer.accept("not")) {
      lexer.expect("exists");
      return { quantifier: "~exists", condition: this.#or() };
    }
    if (lexer.sees("(")) return { quantifier: "exists", condition: this.#or() };
    return lexer.expected("a thread, `locations`, `filter`, `exists`, `~exists` or `forall`, in this order");
  }

  #or(): Formula {
    let left = this.#and();
    while (this.#accepts("\\/")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Formula {
    let left = this.#implies();
    while (this.#accepts("/\\")) left = { kind: "and", left, right: this.#implies() };
    return left;
  }

  #implies(): Formula {
    const left = this.#unary();
    return this.#lexer.accept("=>")
      ? { kind: "implies", left, right: this.#nested(() => this.#implies()) }
      : left;
  }

  /** A connective; too many of them make a tree too deep to walk. */
  #accepts(connective: string): boolean {
    const at = this.#lexer.peek();
    if (!this.#lexer.accept(connective)) return false;
    if (++this.#terms > TERMS)
      this.#lexer.fail("litmus-limit", at, { what: "terms in a condition", limit: TERMS });
    return true;
  }

  #nested(parse: () => Formula): Formula {
    if (++this.#depth > DEPTH) {
      this.#lexer.fail("litmus-limit", this.#lexer.peek(), { what: "levels of nesting", limit: DEPTH });
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  #unary(): Formula {
    const lexer = this.#lexer;
    if (lexer.accept("~") || lexer.accept("not"))
      return { kind: "not", of: this.#nested(() => this.#unary()) };
    if (lexer.accept("true")) return { kind: "true" };
    if (lexer.accept("false")) return { kind: "false" };
    if (!lexer.accept("(")) return this.#atom();
    const inner = this.#nested(() => this.#or());
    lexer.expect(")", "`/\\`, `\\/`, `=>` or `)`");
    return inner;
  }

  #atom(): Formula {
    const lexer = this.#lexer;
    const left = this.#place();
    const differs = lexer.accept("!=") || lexer.accept("<>");
    if (!differs && !lexer.accept("==")) lexer.expect("=", "`=` or `!=`");
    const atom: Formula = { kind: "atom", left, right: this.#right() };
    return differs ? { kind: "not", of: atom } : atom;
  }

  /** A place, also as `[x]` or `*x`. */
  #place(): Place {
    const lexer = this.#lexer;
    if (lexer.accept("[")) {
      const place = parsePlace(lexer);
      lexer.expect("]");
      return place;
    }
    lexer.accept("*");
    return parsePlace(lexer);
  }

  #right(): Value {
    const lexer = this.#lexer;
    if (lexer.accept("{")) return parseList(lexer);
    const start = lexer.offset;
    const content = lexer.sees("[") || lexer.sees("*");
    if (content) return { kind: "content", of: this.#place() };
    const first = lexer.take();
    const register = lexer.sees(":");
    lexer.seek(start);
    if (register && first.kind !== "symbol") return { kind: "content", of: this.#place() };
    return parseValue(lexer);
  }
}

const EXPECTED: Readonly<Record<Quantifier, string>> = {
  exists: "`/\\`, `\\/`, `=>` or the end of the file",
  "~exists": "`/\\`, `\\/`, `=>` or the end of the file",
  forall: "a thread, `/\\`, `\\/`, `=>` or the end of the file",
};

// ---- printing ------------------------------------------------------------------------------------------------

/** The condition with its quantifier, as herd7 prints it. */
export function printCondition({ quantifier, condition }: Question): string {
  return `${quantifier} (${print(condition, "top")})`;
}

function print(formula: Formula, above: "top" | "and" | "or" | "implies"): string {
  switch (formula.kind) {
    case "true":
    case "false":
      return formula.kind;
    case "not":
      return `not (${print(formula.of, "top")})`;
    case "atom":
      return `${printPlace(formula.left, formula.right.kind === "list")}=${printValue(formula.right)}`;
    default: {
      const { kind, left, right } = formula;
      const text = `${print(left, kind)} ${SIGNS[kind]} ${print(right, kind)}`;
      return above === "top" || above === kind || (above === "or" && kind === "and") ? text : `(${text})`;
    }
  }
}

const SIGNS = { and: "/\\", or: "\\/", implies: "=>" } as const;

function printPlace(place: Place, whole: boolean): string {
  if (place.kind === "register") return `${place.thread}:${place.name}`;
  if (place.index !== undefined) return `${place.name}[${place.index}]`;
  return whole ? place.name : `[${place.name}]`;
}

function printValue(value: Value): string {
  switch (value.kind) {
    case "number":
      return String(value.value);
    case "address":
      return value.of.index === undefined ? value.of.name : `${value.of.name}[${value.of.index}]`;
    case "content":
      return printPlace(value.of, false);
    case "list":
      return `{${value.values.map(printValue).join(",")}}`;
  }
}
