/**
 * The statements of a specimen by line, and what its author says of lines that nothing executes:
 *
 *     // @unreached REASON        above a statement: for it and all that is in it; behind one: for that line
 *      * @unreached REASON        in the comment of a function: for all of it
 *
 * For figures of coverage, which count lines of source: what was never lowered has no op that could tell.
 */

import type { SourceText } from "../diag/source.ts";
import { parseText } from "./parse.ts";
import type * as ast from "./syntax.ts";

/** A line on which a statement begins that does something. */
export interface StatementLine {
  readonly line: number;
  readonly func: string;
}

export interface SourceLines {
  readonly statements: readonly StatementLine[];
  /** The function whose text a line is in. */
  readonly funcs: ReadonlyMap<number, string>;
  /** Reasons by line. */
  readonly reasons: ReadonlyMap<number, string>;
  /** Lines of the text, from 1. */
  readonly text: readonly string[];
}

export function sourceLines(source: SourceText): SourceLines {
  const reader = new Reader(source.text.split("\n"));
  for (const statement of parseText(source).body) {
    const decl = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (decl?.type === "FunctionDeclaration") reader.func(decl, statement);
  }
  return reader;
}

class Reader implements SourceLines {
  readonly statements: StatementLine[] = [];
  readonly funcs = new Map<number, string>();
  readonly reasons = new Map<number, string>();
  readonly text: readonly string[];
  #func = "";

  constructor(lines: readonly string[]) {
    this.text = ["", ...lines];
  }

  func(decl: ast.FunctionDeclaration, outer: ast.Node): void {
    this.#func = decl.id?.name ?? "";
    const [first, last] = linesOf(outer);
    for (let line = first; line <= last; line++) this.funcs.set(line, this.#func);
    this.#explain(first, last);
    for (const statement of decl.body.body) this.#statement(statement);
  }

  #statement(statement: ast.Statement): void {
    const [first, last] = linesOf(statement);
    this.#explain(first, last);
    if (statement.type === "BlockStatement") {
      this.#all(statement.body);
      return;
    }
    // What is under a condition counts, not the condition: it may be known beforehand.
    if (statement.type === "IfStatement") {
      const { consequent, alternate } = statement;
      this.#all(alternate ? [consequent, alternate] : [consequent]);
      return;
    }
    if (!isTrivial(statement) && this.statements.at(-1)?.line !== first)
      this.statements.push({ line: first, func: this.#func });
    if ("body" in statement && isStatement(statement.body)) this.#statement(statement.body);
  }

  #all(statements: readonly ast.Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  /** Notes the reason given above the lines, if there is one, for all of them, and those behind them. */
  #explain(first: number, last: number): void {
    const reason = reasonIn(this.#commentAbove(first));
    for (let line = first; line <= last; line++) {
      const behind = /^\s*[^\s/].*\/\/.*@unreached/.test(this.text[line] ?? "");
      const known = behind ? reasonIn(this.text[line] ?? "") : reason;
      if (known !== undefined) this.reasons.set(line, known);
    }
  }

  #commentAbove(line: number): string {
    let from = line;
    while (/^\s*(\/\/|\/?\*)/.test(this.text[from - 1] ?? "")) from--;
    const lines = this.text.slice(from, line);
    return lines
      .map((text) => text.replace(/^\s*(\/\/|\/\*\*|\*\/|\*)\s?/, "").replace(/\*\/\s*$/, ""))
      .join(" ");
  }
}

function reasonIn(comment: string): string | undefined {
  const reason = /@unreached\s+(.*)$/.exec(comment)?.[1];
  return reason?.replace(/\s+/g, " ").trim();
}

function linesOf(node: ast.Node): [number, number] {
  return [node.loc?.start.line ?? 0, node.loc?.end.line ?? 0];
}

function isStatement(body: unknown): body is ast.Statement {
  return typeof body === "object" && body !== null && "type" in body;
}

/** A name for a value that is there already, or its return: nothing that a program would have an op for. */
function isTrivial(statement: ast.Statement): boolean {
  if (statement.type === "ReturnStatement") return isValue(statement.argument);
  if (statement.type !== "VariableDeclaration") return statement.type === "EmptyStatement";
  return statement.declarations.every(({ init }) => isValue(init));
}

function isValue(expression: ast.Expression | null | undefined): boolean {
  return !expression || /^(Identifier|.*Literal)$/.test(expression.type);
}
