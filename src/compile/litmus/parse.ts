/**
 * A litmus test's text to its syntax tree.
 *
 *     C MP+poonceonces          the language and the name; then, up to the first brace, comments and `Key=value` lines
 *     { int x=1; int *p=&x; }   the initial state
 *     P0(int *x, int **p) { … } the threads
 *     exists (1:r0=1 /\ x=2)    the question
 */

import type { SourceText } from "../../diag/source.ts";
import { parseHeader } from "./header.ts";
import { Lexer } from "./lexer.ts";
import {
  type Place,
  parseList,
  parsePlace,
  parseQuestion,
  parseValue,
  type Question,
  type Value,
} from "./question.ts";
import { StatementParser } from "./statements.ts";
import type { Thread } from "./syntax.ts";

/** One entry of the initial state. */
export interface Initial {
  readonly place: Place;
  /** Elements, for an array (`place.index` is not set then). */
  readonly size: number | undefined;
  readonly value: Value | undefined;
}

export interface ParsedTest {
  readonly name: string;
  /** `Hash=…` and other lines between the name and the initial state. */
  readonly info: ReadonlyMap<string, string>;
  readonly initial: readonly Initial[];
  readonly threads: readonly Thread[];
  readonly question: Question;
}

/** @throws SyntaxFailure at the first error. */
export function parseTest(file: SourceText): ParsedTest {
  const { name, info, brace } = parseHeader(file);
  const lexer = new Lexer(file, brace);
  const initial = parseInitial(lexer);
  const threads = parseThreads(lexer);
  return { name, info, initial, threads, question: parseQuestion(lexer) };
}

// ---- initial state -------------------------------------------------------------------------------------------

/** Elements of an array at most; a test has two or three. */
const MOST_ELEMENTS = 1000;

function parseInitial(lexer: Lexer): Initial[] {
  lexer.setMode("state");
  const found: Initial[] = [];
  lexer.expect("{");
  while (!lexer.accept("}")) {
    if (lexer.accept(";")) continue;
    found.push(parseItem(lexer));
    if (!lexer.sees("}")) lexer.expect(";", "`;` or `}`");
  }
  return found;
}

/** `[type] [*…] place [= value]`: the last name before `=`, `[`, `;` or `}` is the variable. */
function parseItem(lexer: Lexer): Initial {
  let place = parseItemPlace(lexer);
  while (lexer.sees("*") || lexer.sees("[") || ["name", "number"].includes(lexer.peek().kind)) {
    if (lexer.accept("*")) continue;
    if (lexer.sees("[") && !opensPlace(lexer)) break;
    place = parseItemPlace(lexer);
  }
  const size = place.kind === "variable" ? place.index : undefined;
  if (place.kind === "variable" && size !== undefined) {
    if (size < 1 || size > MOST_ELEMENTS) {
      lexer.fail("litmus-limit", place.at, { what: "elements of an array", limit: MOST_ELEMENTS });
    }
    place = { ...place, index: undefined };
  }
  return { place, size, value: lexer.accept("=") ? parseInitialValue(lexer) : undefined };
}

/** Whether `[` begins `[x]`, a variable in brackets. */
function opensPlace(lexer: Lexer): boolean {
  const start = lexer.offset;
  lexer.take();
  const opens = lexer.peek().kind === "name";
  lexer.seek(start);
  return opens;
}

function parseItemPlace(lexer: Lexer): Place {
  while (lexer.accept("*"));
  if (lexer.accept("[")) {
    const place = parsePlace(lexer);
    lexer.expect("]");
    return place;
  }
  return parsePlace(lexer);
}

function parseInitialValue(lexer: Lexer): Value {
  if (lexer.accept("{")) return parseList(lexer);
  if (!lexer.accept("ATOMIC_INIT")) return parseValue(lexer);
  lexer.expect("(");
  const value = parseValue(lexer);
  lexer.expect(")");
  return value;
}

// ---- threads -------------------------------------------------------------------------------------------------

function parseThreads(lexer: Lexer): Thread[] {
  const threads: Thread[] = [];
  const parser = new StatementParser(lexer);
  for (;;) {
    // Comments between threads are in either style.
    lexer.setMode("state");
    while (lexer.accept("void") || lexer.accept("static") || lexer.accept(";") || skipBlock(lexer));
    const at = lexer.peek();
    if (at.kind !== "name" || !/^P\d+$/.test(at.text)) break;
    lexer.take();
    lexer.setMode("c");
    const number = Number.parseInt(at.text.slice(1), 10);
    if (number !== threads.length) {
      lexer.fail("litmus-thread", at, { expected: `P${threads.length}`, found: at.text });
    }
    const params = parseParams(lexer);
    const block = parser.block();
    threads.push({ at, number, params, body: block.kind === "block" ? block.body : [] });
  }
  if (threads.length === 0) lexer.expected("the first thread, `P0(…) { … }`");
  return threads;
}

/** C of its own between threads, such as `{ #include "api.h" }`: for other tools, herd7 does not read it either. */
function skipBlock(lexer: Lexer): boolean {
  if (!lexer.sees("{")) return false;
  const open = lexer.peek();
  const { text } = lexer.file;
  let depth = 0;
  let at = lexer.offset;
  do {
    if (at >= text.length)
      lexer.fail("litmus-syntax", open, { expected: "`}`", found: "the end of the file" });
    if (text[at] === "{") depth++;
    else if (text[at] === "}") depth--;
    at++;
  } while (depth > 0);
  lexer.seek(at);
  return true;
}

/** The last word of each parameter is the variable that it names. */
function parseParams(lexer: Lexer): Thread["params"] {
  const params = new Map<string, Thread["params"][number]>();
  lexer.expect("(");
  while (!lexer.accept(")")) {
    let name = lexer.expectName("a parameter such as `int *x`");
    while (lexer.peek().kind === "name" || lexer.sees("*")) {
      const token = lexer.take();
      if (token.kind === "name") name = token;
    }
    if (lexer.accept("[")) {
      if (!lexer.sees("]")) lexer.take();
      lexer.expect("]");
    }
    if (name.text !== "void") params.set(name.text, name);
    if (!lexer.sees(")")) lexer.expect(",", "`,` or `)`");
  }
  return [...params.values()];
}
