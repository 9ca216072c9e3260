/**
 * Expressions of the cat language, by precedence climbing. From loosest to tightest:
 *
 *     |   ++   ;   \   &   cartesian *   postfix * + ?   prefix ~   ^-1   application
 *
 * so that `a | b ; c \ d & e` is `a | (b ; (c \ (d & e)))`. All but `\` group to the right. A star is cartesian when
 * an operand follows it, and the closure otherwise.
 */

import type { Span } from "../../diag/source.ts";
import type { Reader } from "./reader.ts";
import type { Binary, Binding, Clause, Condition, Expr, Pattern, Unary } from "./tree.ts";

/** Operands in a row; a tree is as deep. */
const MAX_OPERANDS = 300;

interface Level {
  readonly op: Binary;
  readonly symbol: string;
  readonly left?: boolean;
}

const LEVELS: readonly Level[] = [
  { op: "union", symbol: "|" },
  { op: "add", symbol: "++" },
  { op: "seq", symbol: ";" },
  { op: "diff", symbol: "\\", left: true },
  { op: "inter", symbol: "&" },
];

/** A whole expression: a keyword form, or operators, perhaps as a tuple without parentheses. */
export function expression(reader: Reader): Expr {
  return reader.nested(() => keywordForm(reader) ?? tupleOrOperators(reader));
}

function tupleOrOperators(reader: Reader): Expr {
  const { at } = reader;
  const first = operators(reader, 0);
  if (!reader.sees(",")) return first;
  const of = [first];
  while (reader.accepts(",")) of.push(operators(reader, 0));
  return { kind: "tuple", of, at };
}

/** An expression that is no tuple, for places where a comma separates. */
function element(reader: Reader): Expr {
  return reader.nested(() => keywordForm(reader) ?? operators(reader, 0));
}

/** Right-associative chains are collected first: a union of a thousand terms is no deep recursion. */
function operators(reader: Reader, depth: number): Expr {
  const level = LEVELS[depth];
  if (level === undefined) return cartesian(reader);
  const operands = [operators(reader, depth + 1)];
  while (reader.accepts(level.symbol)) {
    operands.push(keywordForm(reader) ?? operators(reader, depth + 1));
    reader.limit(operands.length, MAX_OPERANDS);
  }
  const join = (left: Expr, right: Expr): Expr => ({
    kind: "binary",
    op: level.op,
    left,
    right,
    at: left.at,
  });
  return level.left ? operands.reduce(join) : operands.reduceRight((right, left) => join(left, right));
}

function cartesian(reader: Reader): Expr {
  const left = postfix(reader);
  if (!reader.sees("*")) return left;
  reader.take();
  const right = postfix(reader);
  return { kind: "binary", op: "cross", left, right, at: left.at };
}

const POSTFIX: Readonly<Record<string, Unary>> = { "*": "star", "+": "plus", "?": "opt", "^-1": "inverse" };

function postfix(reader: Reader): Expr {
  let of = prefix(reader);
  for (let count = 0; ; count++) {
    reader.limit(count, MAX_OPERANDS);
    const { token, at } = reader;
    const op = token.kind === "symbol" ? POSTFIX[token.text] : undefined;
    if (op === undefined || (op === "star" && isCartesian(reader))) return of;
    reader.take();
    of = { kind: "unary", op, of, at };
  }
}

/** Whether the star ahead has an operand behind it. */
function isCartesian(reader: Reader): boolean {
  const place = reader.place;
  reader.take();
  const cartesian = startsOperand(reader) || reader.sees("~");
  reader.seek(place);
  return cartesian;
}

function prefix(reader: Reader): Expr {
  const { at } = reader;
  if (reader.accepts("~"))
    return { kind: "unary", op: "complement", of: reader.nested(() => prefix(reader)), at };
  const of = application(reader);
  return inverted(reader, of);
}

/** `^-1` binds tighter than `~`. */
function inverted(reader: Reader, of: Expr): Expr {
  const { at } = reader;
  return reader.accepts("^-1")
    ? reader.nested(() => inverted(reader, { kind: "unary", op: "inverse", of, at }))
    : of;
}

/** Names are applied to what follows: `f x`, `f(a, b)`, `domain [r]`. */
function application(reader: Reader): Expr {
  let expr = operand(reader);
  for (let count = 0; expr.kind === "name" || expr.kind === "apply"; count++) {
    if (!startsOperand(reader)) break;
    reader.limit(count, MAX_OPERANDS);
    expr = { kind: "apply", fn: expr, to: operand(reader), at: expr.at };
  }
  return expr;
}

function startsOperand(reader: Reader): boolean {
  const { kind, text } = reader.token;
  return (
    reader.seesName || kind === "tag" || (kind === "symbol" && /^[([{0_]$/.test(text)) || reader.sees("begin")
  );
}

function operand(reader: Reader): Expr {
  const { at } = reader;
  if (reader.seesName) return { kind: "name", name: reader.take().text, at };
  if (reader.token.kind === "tag") return { kind: "tag", tag: reader.tag(), at };
  if (reader.accepts("0")) return { kind: "zero", at };
  if (reader.accepts("_")) return { kind: "universe", at };
  if (reader.accepts("[")) return { kind: "unary", op: "identity", of: closed(reader, "]"), at };
  if (reader.accepts("begin")) return closed(reader, "end");
  if (reader.accepts("{")) return { kind: "set", of: list(reader, "}"), at };
  if (!reader.accepts("(")) reader.unexpected("an expression");
  return reader.accepts(")") ? { kind: "tuple", of: [], at } : closed(reader, ")");
}

function closed(reader: Reader, end: string): Expr {
  const inside = expression(reader);
  reader.expect(end);
  return inside;
}

/** Elements up to a closing symbol, which is taken. */
export function list(reader: Reader, end: string): readonly Expr[] {
  const of: Expr[] = [];
  if (reader.accepts(end)) return of;
  do of.push(element(reader));
  while (reader.accepts(","));
  reader.expect(end);
  return of;
}

function keywordForm(reader: Reader): Expr | undefined {
  const { at, token } = reader;
  if (token.kind !== "name") return undefined;
  switch (token.text) {
    case "let":
      return letExpression(reader, at);
    case "fun":
      return functionExpression(reader, at);
    case "try":
      return tryExpression(reader, at);
    case "if":
      return ifExpression(reader, at);
    case "match":
      return matchExpression(reader, at);
    default:
      return undefined;
  }
}

function letExpression(reader: Reader, at: Span): Expr {
  reader.take();
  const rec = reader.accepts("rec");
  const bindings = bindingList(reader);
  reader.expect("in");
  return { kind: "let", rec, bindings, body: expression(reader), at };
}

function functionExpression(reader: Reader, at: Span): Expr {
  reader.take();
  const parameters = reader.accepts("(") ? tuplePattern(reader) : onePattern(reader);
  reader.expect("->");
  return { kind: "function", parameters, body: expression(reader), at };
}

function tryExpression(reader: Reader, at: Span): Expr {
  reader.take();
  const first = expression(reader);
  reader.expect("with");
  return { kind: "try", first, second: expression(reader), at };
}

function ifExpression(reader: Reader, at: Span): Expr {
  reader.take();
  const test = condition(reader);
  reader.expect("then");
  const yes = expression(reader);
  reader.expect("else");
  return { kind: "if", condition: test, yes, no: expression(reader), at };
}

function matchExpression(reader: Reader, at: Span): Expr {
  reader.take();
  const on = expression(reader);
  reader.expect("with");
  reader.accepts("||");
  const clauses: Clause[] = [];
  do clauses.push(clause(reader));
  while (reader.accepts("||"));
  reader.expect("end");
  return { kind: "match", on, clauses, at };
}

function clause(reader: Reader): Clause {
  const { at } = reader;
  const pattern = clausePattern(reader);
  reader.expect("->");
  return { pattern, body: expression(reader), at };
}

/** `'tag`, `_`, or the patterns on sets `{}`, `x ++ xs`, `xs | x ++ ys`. */
function clausePattern(reader: Reader): Clause["pattern"] {
  if (reader.token.kind === "tag") return { kind: "tag", tag: reader.tag() };
  if (reader.sees("_") && reader.following.text === "->") {
    reader.take();
    return { kind: "default" };
  }
  if (reader.accepts("{")) reader.expect("}");
  else
    do variable(reader);
    while (reader.accepts("++") || reader.accepts("|"));
  return { kind: "set" };
}

/** Bindings of a `let`, joined by `and`. */
export function bindingList(reader: Reader): readonly Binding[] {
  const bindings: Binding[] = [];
  do bindings.push(binding(reader));
  while (reader.accepts("and"));
  return bindings;
}

function binding(reader: Reader): Binding {
  const { at } = reader;
  if (reader.accepts("(")) return bound(reader, tuplePattern(reader), at);
  const name = variable(reader);
  if (reader.sees(",")) return bound(reader, restOfTuple(reader, name), at);
  if (reader.sees("=")) return bound(reader, { kind: "one", name }, at);
  const parameters = reader.accepts("(") ? tuplePattern(reader) : onePattern(reader);
  reader.expect("=");
  const value: Expr = { kind: "function", parameters, body: expression(reader), at };
  return { pattern: { kind: "one", name }, value, at };
}

function bound(reader: Reader, pattern: Pattern, at: Span): Binding {
  reader.expect("=");
  return { pattern, value: expression(reader), at };
}

function restOfTuple(reader: Reader, first: string | undefined): Pattern {
  const names = [first];
  while (reader.accepts(",")) names.push(variable(reader));
  return { kind: "tuple", names };
}

/** The pattern after `(`; one name in parentheses is no tuple. */
export function tuplePattern(reader: Reader): Pattern {
  if (reader.accepts(")")) return { kind: "tuple", names: [] };
  const name = variable(reader);
  const pattern: Pattern = reader.sees(",") ? restOfTuple(reader, name) : { kind: "one", name };
  reader.expect(")");
  return pattern;
}

/** A pattern without parentheses. */
export function onePattern(reader: Reader): Pattern {
  return { kind: "one", name: variable(reader) };
}

function variable(reader: Reader): string | undefined {
  return reader.accepts("_") ? undefined : reader.name("a name");
}

/** What `if` tests: variants by name, and constant comparisons. */
export function condition(reader: Reader): Condition {
  return reader.nested(() => joined(reader, "||", (r) => joined(r, "&&", negation)));
}

function joined(reader: Reader, symbol: "||" | "&&", operand: (reader: Reader) => Condition): Condition {
  let left = operand(reader);
  for (let count = 0; reader.accepts(symbol); count++) {
    reader.limit(count, MAX_OPERANDS);
    const kind = symbol === "||" ? "or" : "and";
    left = { kind, left, right: operand(reader), at: left.at };
  }
  return left;
}

function negation(reader: Reader): Condition {
  const { at } = reader;
  if (reader.accepts("not")) return { kind: "not", of: reader.nested(() => negation(reader)), at };
  if (reader.token.kind === "string") return { kind: "variant", name: reader.take().text, at };
  return parenthesised(reader) ?? comparison(reader);
}

/** `( condition )`: told from a parenthesised expression by trying. */
function parenthesised(reader: Reader): Condition | undefined {
  const { place } = reader;
  if (!reader.accepts("(")) return undefined;
  if (reader.token.kind === "string" || reader.sees("not") || reader.sees("(")) {
    const inside = condition(reader);
    reader.expect(")");
    return inside;
  }
  reader.seek(place);
  return undefined;
}

function comparison(reader: Reader): Condition {
  const { at } = reader;
  const left = operators(reader, 0);
  const kind = reader.accepts("=")
    ? "equal"
    : reader.accepts("subset")
      ? "subset"
      : reader.accepts("in")
        ? "in"
        : reader.unexpected("`=`, `subset` or `in`");
  return { kind, left, right: operators(reader, 0), at };
}
