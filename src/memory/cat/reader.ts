/** A cursor over the words of a cat file: what both parts of the parser share. */

import type { SourceText, Span } from "../../diag/source.ts";
import { fail } from "./failure.ts";
import { type Token, tokenize } from "./lexer.ts";

/** Words that are no names. */
const KEYWORDS = new Set(
  (
    "let rec and in when acyclic irreflexive empty as show unshow include fun try with if then else end match " +
    "procedure call forall do from flag assert undefined_unless enum instructions default not subset catdep begin"
  ).split(" "),
);

/** Deeper nesting is refused: an expression that people wrote is never so deep, and the parser recurses. */
const MAX_DEPTH = 150;

export class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(file: SourceText) {
    this.#tokens = tokenize(file);
  }

  get token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** The word after the next. */
  get following(): Token {
    return this.#tokens[Math.min(this.#next + 1, this.#tokens.length - 1)] as Token;
  }

  get at(): Span {
    return this.token.at;
  }

  /** Where `seek` returns to. */
  get place(): number {
    return this.#next;
  }

  seek(place: number): void {
    this.#next = place;
  }

  take(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#next++;
    return token;
  }

  /** Whether the next word is this symbol or keyword. */
  sees(text: string): boolean {
    const { kind } = this.token;
    return (kind === "symbol" || kind === "name") && this.token.text === text;
  }

  /** Takes this symbol or keyword if it comes next. */
  accepts(text: string): boolean {
    if (!this.sees(text)) return false;
    this.take();
    return true;
  }

  expect(text: string): void {
    if (!this.accepts(text)) this.unexpected(`\`${text}\``);
  }

  get seesName(): boolean {
    return this.token.kind === "name" && !KEYWORDS.has(this.token.text);
  }

  name(what: string): string {
    if (!this.seesName) this.unexpected(what);
    return this.take().text;
  }

  string(what: string): string {
    if (this.token.kind !== "string") this.unexpected(what);
    return this.take().text;
  }

  tag(): string {
    if (this.token.kind !== "tag") this.unexpected("a tag such as 'once");
    return this.take().text;
  }

  unexpected(expected: string): never {
    return fail("cat-syntax", this.at, { expected, found: describe(this.token) });
  }

  /** Refuses a row of operands or operators that is too long. */
  limit(count: number, limit: number): void {
    if (count > limit) fail("cat-depth", this.at, { limit });
  }

  /** Runs one level of recursion. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) fail("cat-depth", this.at, { limit: MAX_DEPTH });
    const result = parse();
    this.#depth--;
    return result;
  }
}

function describe({ kind, text }: Token): string {
  if (kind === "end") return text;
  if (kind === "string") return `the string "${text}"`;
  return kind === "tag" ? `the tag '${text}` : `\`${text}\``;
}
