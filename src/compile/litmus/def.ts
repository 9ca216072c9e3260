/**
 * `.def` files: what the primitives of a litmus test are made of.
 *
 *     READ_ONCE(X) __load{once}(X)
 *     smp_mb() { __fence{mb}; }
 *
 * A macro is an expression or a block. Arguments are substituted by name, so that `*x` reaches `__load` as the place
 * x. The format is that of the kernel's `tools/memory-model/linux-kernel.def`.
 */

import { err, ok, type Result } from "../../base/result.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { SourceText } from "../../diag/source.ts";
import { Lexer, SyntaxFailure } from "./lexer.ts";
import { StatementParser } from "./statements.ts";
import type { Expr, Macro, Stmt } from "./syntax.ts";

/** Macros by name. */
export interface Definitions {
  /** The file, for messages. */
  readonly file: string;
  readonly macros: ReadonlyMap<string, Macro>;
  readonly dialect: Dialect;
}

/**
 * Where the ordering of a read-modify-write comes from.
 * "tags": both halves carry the tag as it is written, and the bell file says what it means (Linux ≥ 6.15, the variant
 * `lkmmv2` of herd7).
 * "fences": `mb` stands for fences around two `once` accesses, `acquire` tags the read alone, `release` the write,
 * and an update without a tag reads with `noreturn` (before that).
 */
export type Dialect = "tags" | "fences";

/**
 * Reads a `.def` file.
 * @param dialect As the model's configuration says; found out from the tags' spelling when it says nothing.
 */
export function parseDefinitions(file: SourceText, dialect?: Dialect): Result<Definitions, Diagnostic> {
  const lexer = new Lexer(file);
  const parser = new StatementParser(lexer);
  const macros = new Map<string, Macro>();
  try {
    while (lexer.peek().kind !== "end") {
      const macro = parseMacro(parser);
      macros.set(macro.name, macro);
    }
  } catch (failure) {
    if (failure instanceof SyntaxFailure) return err(failure.diagnostic);
    throw failure;
  }
  return ok({ file: file.name, macros, dialect: dialect ?? guessDialect(macros) });
}

function parseMacro(parser: StatementParser): Macro {
  const { lexer } = parser;
  const at = lexer.expectName("the name of a macro");
  const formals: string[] = [];
  lexer.expect("(");
  if (!lexer.accept(")")) {
    do formals.push(lexer.expectName("an argument's name").text);
    while (lexer.accept(","));
    lexer.expect(")", "`,` or `)`");
  }
  const body = lexer.sees("{")
    ? { kind: "block" as const, body: parser.block() }
    : { kind: "expr" as const, value: parser.expression() };
  return { at, name: at.text, formals, body };
}

/** Files of the newer kind spell `MB` as a tag, or tag their value-less updates. */
function guessDialect(macros: ReadonlyMap<string, Macro>): Dialect {
  for (const { body } of macros.values()) {
    for (const builtin of builtinsOf(
      body.kind === "expr" ? { kind: "expr", at: NOWHERE, value: body.value } : body.body,
    )) {
      if (builtin.tags.includes("MB") || (builtin.name === "__atomic_op" && builtin.tags.length > 0)) {
        return "tags";
      }
    }
  }
  return "fences";
}

const NOWHERE = { kind: "end", text: "", start: 0, end: 0 } as const;

function* builtinsOf(stmt: Stmt): Generator<Extract<Expr, { kind: "builtin" }>> {
  switch (stmt.kind) {
    case "block":
      for (const inner of stmt.body) yield* builtinsOf(inner);
      return;
    case "expr":
    case "assign":
      yield* builtinsIn(stmt.value);
  }
}

function* builtinsIn(expr: Expr): Generator<Extract<Expr, { kind: "builtin" }>> {
  if (expr.kind === "builtin") yield expr;
  else if (expr.kind === "binary") {
    yield* builtinsIn(expr.left);
    yield* builtinsIn(expr.right);
  } else if (expr.kind === "unary") yield* builtinsIn(expr.of);
}
