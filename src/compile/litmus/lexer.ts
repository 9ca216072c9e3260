/**
 * The words of a litmus test and of a `.def` file.
 *
 * A litmus test is three languages in one file. The program is C, where `(*x` is a dereference; the initial state and
 * the condition are herd7's own, where `(*` opens a comment, `/\` and `\/` are operators and `-1` is one number. So
 * tokens are made one at a time, in the mode that the parser is in; nothing is read ahead across a change of mode.
 */

import type { DiagnosticId } from "../../diag/catalogue.ts";
import type { Details, Diagnostic } from "../../diag/diagnostic.ts";
import { fromCatalogue } from "../../diag/diagnostic.ts";
import type { SourceText, Span } from "../../diag/source.ts";

export type Mode =
  /** The threads, and `.def` files. */
  | "c"
  /** Initial states and conditions. */
  | "state";

export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  readonly text: string;
  /** Where it starts and where the next one may start. */
  readonly start: number;
  readonly end: number;
}

/** The first error ends the parse of a file; `litmus.ts` turns this back into a value. */
export class SyntaxFailure extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

const NAME = /[A-Za-z_]\w*/y;
const NUMBER: Readonly<Record<Mode, RegExp>> = {
  c: /(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*/y,
  state: /-?(?:0[xX][0-9a-fA-F]+|\d+)/y,
};
const SYMBOL: Readonly<Record<Mode, RegExp>> = {
  c: /==|!=|<=|>=|<<|>>|&&|\|\||[-+*/%&|^~!=<>(){}[\];,:.?]/y,
  state: /\/\\|\\\/|=>|==|!=|<>|<<|[-+*&~=(){}[\];,:%$]/y,
};
const BLANK = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const C_COMMENT = /\/\*[\s\S]*?\*\//y;
const STRING = /"[^"]*"/y;

/** Reads tokens of one text, with one of lookahead. */
export class Lexer {
  readonly file: SourceText;
  #mode: Mode = "c";
  #next: Token | undefined;
  #at = 0;
  /** Offset of the start of each line. */
  readonly #lines: readonly number[];

  constructor(file: SourceText, at = 0) {
    this.file = file;
    this.#at = at;
    const lines = [0];
    for (let i = file.text.indexOf("\n"); i >= 0; i = file.text.indexOf("\n", i + 1)) lines.push(i + 1);
    this.#lines = lines;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** What comes next is read in another mode, even if it had been looked at. */
  setMode(mode: Mode): void {
    if (mode === this.#mode) return;
    if (this.#next !== undefined) this.#at = this.#next.start;
    this.#next = undefined;
    this.#mode = mode;
  }

  /** Where the next token is looked for. */
  get offset(): number {
    return this.#next?.start ?? this.#at;
  }

  /** Goes on from `offset`. */
  seek(offset: number): void {
    this.#next = undefined;
    this.#at = offset;
  }

  peek(): Token {
    this.#next ??= this.#scan();
    return this.#next;
  }

  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    this.#at = token.end;
    return token;
  }

  /** Whether the next token is this symbol or word. */
  sees(text: string): boolean {
    const token = this.peek();
    return token.text === text && (token.kind === "symbol" || token.kind === "name");
  }

  /** Takes the next token if it is this symbol or word. */
  accept(text: string): boolean {
    const found = this.sees(text);
    if (found) this.take();
    return found;
  }

  /** Takes this symbol or word, or fails. */
  expect(text: string, expected = `\`${text}\``): Token {
    return this.sees(text) ? this.take() : this.expected(expected);
  }

  expectName(expected: string): Token {
    return this.peek().kind === "name" ? this.take() : this.expected(expected);
  }

  /** Fails at the next token. */
  expected(what: string): never {
    const token = this.peek();
    const found = token.kind === "end" ? "the end of the file" : `\`${token.text}\``;
    return this.fail("litmus-syntax", token, { expected: what, found });
  }

  fail(id: DiagnosticId, at: Token, details: Details = {}): never {
    throw new SyntaxFailure(fromCatalogue(id, this.spanOf(at), details));
  }

  spanOf(token: Token): Span {
    const line = this.#lineOf(token.start);
    const column = token.start - (this.#lines[line] ?? 0);
    const newline = token.text.indexOf("\n");
    const length = Math.max(1, newline < 0 ? token.end - token.start : newline);
    return { file: this.file, line: line + 1, column: column + 1, length };
  }

  /** Index of the line that holds an offset. */
  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #scan(): Token {
    this.#skipBlanks();
    const start = this.#at;
    if (start >= this.file.text.length) return { kind: "end", text: "", start, end: start };
    return (
      this.#match("name", NAME) ??
      this.#match("number", NUMBER[this.#mode]) ??
      this.#match("symbol", SYMBOL[this.#mode]) ??
      this.#match("string", STRING) ??
      this.#strange(start)
    );
  }

  #match(kind: Token["kind"], pattern: RegExp): Token | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.file.text)?.[0];
    return text === undefined ? undefined : { kind, text, start: this.#at, end: this.#at + text.length };
  }

  #strange(start: number): never {
    const text = String.fromCodePoint(this.file.text.codePointAt(start) ?? 0);
    const token: Token = { kind: "symbol", text, start, end: start + text.length };
    return this.fail("litmus-character", token, { character: JSON.stringify(text) });
  }

  #skipBlanks(): void {
    while (this.#skip(BLANK) || this.#skip(LINE_COMMENT) || this.#skipLongComment());
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.file.text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #skipLongComment(): boolean {
    const { text } = this.file;
    if (text.startsWith("/*", this.#at)) {
      if (!this.#skip(C_COMMENT)) this.#unterminated("*/");
      return true;
    }
    if (this.#mode === "c" || !text.startsWith("(*", this.#at)) return false;
    this.#at = this.#endOfNestedComment(this.#at);
    return true;
  }

  /** `(* … (* … *) … *)`: the offset behind the comment that starts here. */
  #endOfNestedComment(start: number): number {
    const { text } = this.file;
    let depth = 0;
    for (let at = start; at < text.length; at++) {
      if (text.startsWith("(*", at)) depth++;
      else if (text.startsWith("*)", at)) depth--;
      else continue;
      at++;
      if (depth === 0) return at + 1;
    }
    return this.#unterminated("*)");
  }

  #unterminated(end: string): never {
    const start = this.#at;
    const token: Token = {
      kind: "symbol",
      text: this.file.text.slice(start, start + 2),
      start,
      end: start + 2,
    };
    return this.fail("litmus-syntax", token, { expected: `\`${end}\``, found: "the end of the file" });
  }
}
