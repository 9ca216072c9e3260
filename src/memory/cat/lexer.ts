/**
 * The words of the cat language, the model language of herd7 (Alglave, Cousot, Maranget: "Syntax and semantics of the
 * weak consistency model specification language cat", 2016).
 *
 * What is unusual: names hold dots and dashes (`po-loc`, `dmb.full` are one word, `a - b` does not exist); comments
 * come in three forms, one of which nests; `^-1` is one word here, since `^` has no other use.
 */

import type { SourceText, Span } from "../../diag/source.ts";
import { fail } from "./failure.ts";

export type TokenKind = "name" | "tag" | "string" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** A tag without its quote, a string without its quotes. */
  readonly text: string;
  readonly at: Span;
}

const WORD = /_?[A-Za-z][A-Za-z0-9_.-]*'?/y;
const TAG = /'[A-Za-z_][A-Za-z0-9_.-]*/y;
const SYMBOL = /\^\s*-1|\+\+|\|\||&&|->|[|;\\&*+?~()[\]{},=0_]/y;
const BLANK = /[ \t\r\n\f]+|\/\/[^\n]*|#[^\n]*/y;

/** All words of a text, the last of kind `end`. */
export function tokenize(file: SourceText): readonly Token[] {
  const scanner = new Scanner(file);
  const tokens: Token[] = [];
  for (;;) {
    const token = scanner.next();
    tokens.push(token);
    if (token.kind === "end") return tokens;
  }
}

class Scanner {
  readonly #file: SourceText;
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(file: SourceText) {
    this.#file = file;
    this.#text = file.text;
  }

  next(): Token {
    this.#skipBlank();
    if (this.#at >= this.#text.length) return { kind: "end", text: "the end of the file", at: this.#span(1) };
    if (this.#text[this.#at] === '"') return this.#string();
    return (
      this.#match(WORD, "name", (word) => word) ??
      this.#match(TAG, "tag", (word) => word.slice(1)) ??
      this.#match(SYMBOL, "symbol", (word) => (word.startsWith("^") ? "^-1" : word)) ??
      fail("cat-character", this.#span(1), { found: describe(this.#text.charAt(this.#at)) })
    );
  }

  #match(pattern: RegExp, kind: TokenKind, textOf: (word: string) => string): Token | undefined {
    pattern.lastIndex = this.#at;
    const word = pattern.exec(this.#text)?.[0];
    if (word === undefined) return undefined;
    const at = this.#span(word.length);
    this.#advance(word.length);
    return { kind, text: textOf(word), at };
  }

  #string(): Token {
    const end = this.#text.indexOf('"', this.#at + 1);
    const at = this.#span(end < 0 ? 1 : end + 1 - this.#at);
    if (end < 0) fail("cat-unterminated", at, { what: "string", closing: '"' });
    const text = this.#text.slice(this.#at + 1, end);
    this.#advance(end + 1 - this.#at);
    return { kind: "string", text, at };
  }

  #skipBlank(): void {
    for (;;) {
      BLANK.lastIndex = this.#at;
      const blank = BLANK.exec(this.#text)?.[0];
      if (blank !== undefined) this.#advance(blank.length);
      else if (this.#text.startsWith("(*", this.#at)) this.#skipComment();
      else return;
    }
  }

  /** `(* … *)`, which nests. */
  #skipComment(): void {
    const start = this.#span(2);
    const edge = /\(\*|\*\)/g;
    edge.lastIndex = this.#at;
    for (let depth = 0; ; ) {
      const found = edge.exec(this.#text);
      if (found === null) fail("cat-unterminated", start, { what: "comment", closing: "*)" });
      depth += found[0] === "(*" ? 1 : -1;
      if (depth > 0) continue;
      this.#advance(edge.lastIndex - this.#at);
      return;
    }
  }

  #advance(length: number): void {
    const end = this.#at + length;
    for (
      let at = this.#text.indexOf("\n", this.#at);
      at >= 0 && at < end;
      at = this.#text.indexOf("\n", at + 1)
    ) {
      this.#line++;
      this.#lineStart = at + 1;
    }
    this.#at = end;
  }

  #span(length: number): Span {
    return {
      file: this.#file,
      line: this.#line,
      column: this.#at - this.#lineStart + 1,
      length: Math.max(1, length),
    };
  }
}

function describe(character: string): string {
  const code = character.charCodeAt(0);
  return code > 32 && code < 127 ? `\`${character}\`` : `character ${code}`;
}
