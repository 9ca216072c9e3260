/** Parses the statements of a thread, and those of a macro. */

import { ExpressionParser, isTypeWord } from "./expressions.ts";
import type { Expr, Stmt } from "./syntax.ts";

/** What C has and herd7 has not. */
const FOREIGN = new Set(["for", "goto", "switch", "case", "default", "break", "continue", "return"]);

export class StatementParser extends ExpressionParser {
  /** `{ … }`. */
  block(): Stmt {
    const at = this.lexer.expect("{");
    const body: Stmt[] = [];
    while (!this.lexer.accept("}")) {
      if (this.lexer.peek().kind === "end") this.lexer.expected("`}`");
      body.push(...this.nested(() => this.#statement()));
    }
    return { kind: "block", at, body };
  }

  /** One statement; several for `int r1, r2;`. */
  #statement(): Stmt[] {
    const { lexer } = this;
    const at = lexer.peek();
    if (lexer.sees("{")) return [this.block()];
    if (lexer.accept(";")) return [];
    if (lexer.accept("if")) return [this.#conditional(at)];
    if (lexer.accept("while")) {
      const test = this.#parenthesised();
      return [{ kind: "while", at, test, body: this.#single(), before: false }];
    }
    if (lexer.accept("do")) return [this.#doWhile(at)];
    if (at.kind === "name" && FOREIGN.has(at.text)) lexer.fail("litmus-statement", at, { word: at.text });
    if (this.#isDeclaration()) return this.#declaration();
    return [this.#simple(at)];
  }

  #single(): Stmt {
    const at = this.lexer.peek();
    const body = this.nested(() => this.#statement());
    const [only] = body;
    return only !== undefined && body.length === 1 ? only : { kind: "block", at, body };
  }

  #parenthesised(): Expr {
    this.lexer.expect("(");
    const value = this.expression();
    this.lexer.expect(")");
    return value;
  }

  #conditional(at: Stmt["at"]): Stmt {
    const test = this.#parenthesised();
    const then = this.#single();
    const otherwise = this.lexer.accept("else") ? this.#single() : undefined;
    return { kind: "if", at, test, then, otherwise };
  }

  #doWhile(at: Stmt["at"]): Stmt {
    const body = this.#single();
    this.lexer.expect("while");
    const test = this.#parenthesised();
    this.lexer.expect(";");
    return { kind: "while", at, test, body, before: true };
  }

  /** A name, then another name or a star: nothing else begins like that. */
  #isDeclaration(): boolean {
    const { lexer } = this;
    const start = lexer.offset;
    const [first, second] = [lexer.take(), lexer.peek()];
    lexer.seek(start);
    if (first.kind !== "name") return false;
    return isTypeWord(first.text) || second.kind === "name" || second.text === "*";
  }

  #declaration(): Stmt[] {
    const { lexer } = this;
    const found: Stmt[] = [];
    let name = lexer.expectName("a type");
    for (;;) {
      if (lexer.peek().kind === "name") name = lexer.take();
      else if (!lexer.accept("*")) break;
    }
    for (;;) {
      const value = lexer.accept("=") ? this.expression() : undefined;
      found.push({ kind: "declare", at: name, name: name.text, value });
      if (!lexer.accept(",")) break;
      while (lexer.accept("*"));
      name = lexer.expectName("a register");
    }
    lexer.expect(";", "`=`, `,` or `;`");
    return found;
  }

  /** An assignment, or an expression for its effect. */
  #simple(at: Stmt["at"]): Stmt {
    const { lexer } = this;
    const target = this.expression();
    if (!lexer.accept("=")) {
      // A value that nobody gets is a slip of the pen, unless `(void)` says otherwise.
      const useful = target.kind === "call" || target.kind === "builtin" || at.text === "(";
      if (!useful) lexer.expected("`=`");
      lexer.expect(";");
      return { kind: "expr", at, value: target };
    }
    if (target.kind !== "name" && target.kind !== "deref") {
      lexer.fail("litmus-syntax", at, {
        expected: "a register or `*x` before `=`",
        found: "another expression",
      });
    }
    const value = this.expression();
    lexer.expect(";");
    return { kind: "assign", at, target, value };
  }
}
