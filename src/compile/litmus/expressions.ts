/** Parses C expressions as far as litmus tests have them, with C's precedences. */

import type { BinaryOp } from "../../ir/types.ts";
import { wordOf } from "./integers.ts";
import type { Lexer, Token } from "./lexer.ts";
import { BUILTINS, type Builtin, type Expr, isBuiltin, type UpdateFn } from "./syntax.ts";

/** Expressions nested deeper than this are refused: the parser is recursive, and the text is not ours. */
const DEPTH = 100;

/** So are longer chains of operators: they become trees as deep as they are long. */
const LENGTH = 1000;

type Operator = BinaryOp | "and-also" | "or-else";

/** From loose to tight. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { "||": "or-else" },
  { "&&": "and-also" },
  { "|": "or" },
  { "^": "xor" },
  { "&": "and" },
  { "==": "eq", "!=": "ne" },
  { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" },
  { "<<": "shl", ">>": "shr" },
  { "+": "add", "-": "sub" },
  { "*": "mul", "/": "div" },
];

const UNARY: Readonly<Record<string, "neg" | "not" | "complement">> = {
  "-": "neg",
  "!": "not",
  "~": "complement",
};

/** Words that only types are made of. */
const TYPE_WORDS = new Set(
  "int long short char unsigned signed void bool _Bool struct union const volatile _Atomic static".split(" "),
);

/** Whether a word begins a type: a keyword, or a name in the style of type names. */
export function isTypeWord(name: string): boolean {
  return TYPE_WORDS.has(name) || /^(?:[us](?:8|16|32|64)|\w+_t)$/.test(name);
}

export class ExpressionParser {
  readonly lexer: Lexer;
  #depth = 0;

  constructor(lexer: Lexer) {
    this.lexer = lexer;
  }

  expression(): Expr {
    return this.nested(() => this.#binary(0));
  }

  /** Guards a recursive rule against texts that would exhaust the stack. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > DEPTH) {
      this.lexer.fail("litmus-limit", this.lexer.peek(), { what: "levels of nesting", limit: DEPTH });
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Arguments in parentheses. */
  args(): Expr[] {
    const found: Expr[] = [];
    this.lexer.expect("(");
    if (this.lexer.accept(")")) return found;
    do found.push(this.expression());
    while (this.lexer.accept(","));
    this.lexer.expect(")", "`,` or `)`");
    return found;
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let length = 0; ; length++) {
      if (length > LENGTH) this.#tooLong();
      const at = this.lexer.peek();
      const fn = at.kind === "symbol" ? operators[at.text] : undefined;
      if (fn === undefined) return left;
      this.lexer.take();
      left = combine(at, fn, left, this.#binary(level + 1));
    }
  }

  #unary(): Expr {
    const at = this.lexer.peek();
    if (at.kind === "symbol") {
      if (this.lexer.accept("*")) return { kind: "deref", at, place: this.nested(() => this.#unary()) };
      if (this.lexer.accept("&")) {
        return { kind: "address", at, name: this.lexer.expectName("a variable").text };
      }
      const fn = UNARY[at.text];
      if (fn !== undefined) {
        this.lexer.take();
        const next = this.lexer.peek();
        if (fn === "neg" && next.kind === "number") {
          return { kind: "number", at, value: wordOf(this.lexer, this.lexer.take(), true) };
        }
        return { kind: "unary", at, fn, of: this.nested(() => this.#unary()) };
      }
      if (this.#acceptCast()) return this.nested(() => this.#unary());
    }
    return this.#postfix();
  }

  /** `(int *)`: types say nothing here. Names that are no type words are types before `*)`. */
  #acceptCast(): boolean {
    const { lexer } = this;
    const start = lexer.offset;
    if (lexer.accept("(") && lexer.peek().kind === "name") {
      const sure = isTypeWord(lexer.peek().text);
      while (lexer.peek().kind === "name") lexer.take();
      const stars = this.#skipStars();
      if ((sure || stars > 0) && lexer.accept(")")) return true;
    }
    lexer.seek(start);
    return false;
  }

  #skipStars(): number {
    let count = 0;
    while (this.lexer.accept("*") || this.lexer.accept("const") || this.lexer.accept("volatile")) count++;
    return count;
  }

  #postfix(): Expr {
    let value = this.#primary();
    for (let at = this.lexer.peek(), length = 0; this.lexer.accept("["); at = this.lexer.peek()) {
      if (++length > LENGTH) this.#tooLong();
      const index = this.expression();
      this.lexer.expect("]");
      value = { kind: "deref", at, place: { kind: "binary", at, fn: "add", left: value, right: index } };
    }
    return value;
  }

  #tooLong(): never {
    this.lexer.fail("litmus-limit", this.lexer.peek(), { what: "operators in a row", limit: LENGTH });
  }

  #primary(): Expr {
    const { lexer } = this;
    const at = lexer.peek();
    if (at.kind === "number") {
      lexer.take();
      return { kind: "number", at, value: wordOf(lexer, at) };
    }
    if (lexer.accept("(")) {
      const value = this.expression();
      lexer.expect(")");
      return value;
    }
    if (at.kind !== "name") lexer.expected("an expression");
    lexer.take();
    if (isBuiltin(at.text) && (lexer.sees("{") || lexer.sees("("))) return this.#builtin(at, at.text);
    if (lexer.sees("(")) return { kind: "call", at, name: at.text, args: this.args() };
    return at.text === "NULL" ? { kind: "number", at, value: 0 } : { kind: "name", at, name: at.text };
  }

  #builtin(at: Token, name: Builtin["name"]): Builtin {
    const { lexer } = this;
    const tags = lexer.sees("{") ? this.#tags() : [];
    const args: Expr[] = [];
    let fn: UpdateFn | undefined;
    if (lexer.accept("(") && !lexer.accept(")")) {
      do {
        const operator = BUILTINS[name].operator && args.length === 1 && fn === undefined;
        if (operator) fn = this.#updateFn();
        else args.push(this.expression());
      } while (lexer.accept(","));
      lexer.expect(")", "`,` or `)`");
    }
    const counts: readonly number[] = BUILTINS[name].args;
    if (!counts.includes(args.length)) {
      lexer.fail("litmus-arguments", at, { name, expected: counts.join(" or "), found: args.length });
    }
    return { kind: "builtin", at, name, tags, args, fn };
  }

  /** `{after-unlock-lock}`: dashes belong to the tag. */
  #tags(): string[] {
    const { lexer } = this;
    const tags: string[] = [];
    lexer.expect("{");
    do {
      const parts = [lexer.expectName("a tag").text];
      while (lexer.accept("-")) parts.push(lexer.expectName("a tag").text);
      tags.push(parts.join("-"));
    } while (lexer.accept(","));
    lexer.expect("}");
    return tags;
  }

  #updateFn(): UpdateFn {
    const { lexer } = this;
    if (lexer.accept("+")) return "add";
    if (lexer.accept("-")) return "sub";
    if (lexer.accept("|")) return "or";
    if (lexer.accept("^")) return "xor";
    if (lexer.accept("&")) return lexer.accept("~") ? "andnot" : "and";
    return lexer.expected("one of `+ - & | ^ &~`");
  }
}

function combine(at: Token, fn: Operator, left: Expr, right: Expr): Expr {
  if (fn === "and-also") return { kind: "and", at, left, right };
  return fn === "or-else" ? { kind: "or", at, left, right } : { kind: "binary", at, fn, left, right };
}
