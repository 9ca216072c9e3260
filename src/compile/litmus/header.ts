/**
 * The head of a litmus test, up to the brace that opens the initial state: the language, the name, and whatever people
 * and generators write there. It is scanned once, by hand: a file may hold anything, and patterns that could match a
 * comment in several ways would take for ever on some of it.
 */

import type { SourceText } from "../../diag/source.ts";
import { Lexer } from "./lexer.ts";

export interface Header {
  readonly name: string;
  /** `Key=value` lines. */
  readonly info: ReadonlyMap<string, string>;
  /** Offset of the brace. */
  readonly brace: number;
}

const NAME = /[ \t]+([\w./+[\]:-]+)/y;
const KEY = /^[A-Za-z][\w./-]*$/;

/** @throws SyntaxFailure */
export function parseHeader(file: SourceText): Header {
  const { text } = file;
  const lexer = new Lexer(file);
  lexer.setMode("state");
  const language = lexer.peek();
  NAME.lastIndex = language.end;
  const name = language.kind === "name" ? NAME.exec(text)?.[1] : undefined;
  if (name === undefined) return lexer.expected("a first line such as `C MP+poonceonces`");
  if (language.text !== "C") return lexer.expected("`C`, the language of the kernel's tests");
  const start = NAME.lastIndex;
  const brace = findBrace(text, start);
  if (brace >= text.length) {
    lexer.seek(text.length);
    return lexer.expected("`{`, which opens the initial state");
  }
  return { name: name.replace(/\.litmus$/, ""), info: readInfo(text.slice(start, brace)), brace };
}

/** The first brace outside comments and strings; the length of the text when there is none. */
function findBrace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "{") {
    if (text.startsWith("(*", at)) at = endOfNested(text, at);
    else if (text.startsWith("/*", at)) at = behind(text, "*/", at + 2, text.length);
    else if (text[at] === '"') at = behind(text, '"', at + 1, at + 1);
    else at++;
  }
  return at;
}

/** The offset behind the next `end`, or `otherwise`. */
function behind(text: string, end: string, from: number, otherwise: number): number {
  const found = text.indexOf(end, from);
  return found < 0 ? otherwise : found + end.length;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith("(*", at)) depth++;
    else if (text.startsWith("*)", at)) depth--;
    else continue;
    at++;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function readInfo(text: string): Map<string, string> {
  const info = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(0, equals)).trim();
    if (KEY.test(key)) info.set(key, line.slice(equals + 1).trim());
  }
  return info;
}
