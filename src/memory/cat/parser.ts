/** Instructions of the cat language: a file is a title and a list of them. */

import type { SourceText, Span } from "../../diag/source.ts";
import { bindingList, condition, expression, list, onePattern, tuplePattern } from "./expressions.ts";
import { Reader } from "./reader.ts";
import type { CatFile, Instruction, Test, TestKind, TestRole } from "./tree.ts";

/**
 * Parses a `.cat` or `.bell` file.
 * @throws CatFailure at the first word that does not fit.
 */
export function parseCat(file: SourceText): CatFile {
  const reader = new Reader(file);
  const title = readTitle(reader, file.name);
  const instructions: Instruction[] = [];
  while (reader.token.kind !== "end") instructions.push(instruction(reader));
  return { title, instructions };
}

/** `X86 TSO`, `SC`, `"Linux-kernel memory consistency model"`, `AArch64 "ARMv8"`, or nothing; then perhaps `catdep`. */
function readTitle(reader: Reader, fallback: string): string {
  const words: string[] = [];
  while (reader.seesName && words.length < 2) words.push(reader.take().text);
  const title = reader.token.kind === "string" ? reader.take().text : words.join(" ");
  reader.accepts("catdep");
  return title === "" ? fallback : title;
}

const ROLES: readonly TestRole[] = ["flag", "undefined_unless", "assert"];
const TESTS: readonly TestKind[] = ["acyclic", "irreflexive", "empty"];

function instruction(reader: Reader): Instruction {
  return reader.nested(() => {
    const { at, token } = reader;
    const read = token.kind === "name" ? READERS[token.text] : undefined;
    if (read === undefined) return test(reader, "an instruction such as let, acyclic, include");
    reader.take();
    return read(reader, at);
  });
}

/** By the word that starts them; it has been taken. */
const READERS: Readonly<Record<string, (reader: Reader, at: Span) => Instruction>> = {
  let: letInstruction,
  show: showInstruction,
  unshow: showInstruction,
  include: (reader, at) => ({ kind: "include", file: reader.string("a file name in quotes"), at }),
  procedure: procedureInstruction,
  call: callInstruction,
  forall: forallInstruction,
  with: withInstruction,
  if: ifInstruction,
  enum: enumInstruction,
  instructions: instructionsInstruction,
  default: instructionsInstruction,
};

function test(reader: Reader, otherwise: string): Test {
  const { at } = reader;
  const role = ROLES.find((each) => reader.accepts(each)) ?? "require";
  const negated = reader.accepts("~");
  const kind = TESTS.find((each) => reader.accepts(each));
  if (kind === undefined)
    reader.unexpected(role === "require" && !negated ? otherwise : "acyclic, irreflexive or empty");
  const of = expression(reader);
  const name = reader.accepts("as") ? reader.name("the test's name") : undefined;
  return { kind: "test", role, negated, test: kind, of, name, at };
}

function letInstruction(reader: Reader, at: Span): Instruction {
  const rec = reader.accepts("rec");
  const bindings = bindingList(reader);
  const when = reader.accepts("when") ? test(reader, "acyclic, irreflexive or empty") : undefined;
  reader.accepts("in");
  return { kind: "let", rec, bindings, at, ...(when === undefined ? {} : { when }) };
}

/** `show e as n`, `show a, b`, `unshow a`. */
function showInstruction(reader: Reader, at: Span): Instruction {
  expression(reader);
  if (reader.accepts("as")) reader.name("a name");
  return { kind: "show", at };
}

function procedureInstruction(reader: Reader, at: Span): Instruction {
  if (reader.sees("rec")) reader.unexpected("the name of a procedure that does not call itself");
  const name = reader.name("the procedure's name");
  const parameters = reader.accepts("(") ? tuplePattern(reader) : onePattern(reader);
  reader.expect("=");
  return { kind: "procedure", name, parameters, body: block(reader, ["end"]), at };
}

function callInstruction(reader: Reader, at: Span): Instruction {
  const name = reader.name("a procedure's name");
  const argument = expression(reader);
  if (reader.accepts("as")) reader.name("a name");
  return { kind: "call", name, argument, at };
}

function forallInstruction(reader: Reader, at: Span): Instruction {
  const name = reader.name("a name");
  reader.expect("in");
  const over = expression(reader);
  reader.expect("do");
  return { kind: "forall", name, over, body: block(reader, ["end"]), at };
}

function withInstruction(reader: Reader, at: Span): Instruction {
  const name = reader.name("a name");
  reader.expect("from");
  return { kind: "with", name, from: expression(reader), at };
}

function ifInstruction(reader: Reader, at: Span): Instruction {
  const test = condition(reader);
  reader.accepts("then");
  const yes: Instruction[] = [];
  while (!reader.sees("else") && !reader.sees("end")) yes.push(instruction(reader));
  if (!reader.accepts("else")) {
    reader.expect("end");
    return { kind: "if", condition: test, yes, no: [], at };
  }
  return { kind: "if", condition: test, yes, no: block(reader, ["end"]), at };
}

/** Instructions up to a word that ends them, which is taken. */
function block(reader: Reader, ends: readonly string[]): readonly Instruction[] {
  const body: Instruction[] = [];
  while (!ends.some((end) => reader.accepts(end))) {
    if (reader.token.kind === "end") reader.unexpected(`\`${ends.join("` or `")}\``);
    body.push(instruction(reader));
  }
  return body;
}

function enumInstruction(reader: Reader, at: Span): Instruction {
  const name = reader.name("the enumeration's name");
  reader.expect("=");
  reader.accepts("||");
  const tags = [reader.tag()];
  while (reader.accepts("||")) tags.push(reader.tag());
  return { kind: "enum", name, tags, at };
}

function instructionsInstruction(reader: Reader, at: Span): Instruction {
  const name = reader.name("a kind of instruction such as R, W, RMW, F");
  reader.expect("[");
  return { kind: "instructions", name, tags: list(reader, "]"), at };
}
