/** What the parser makes of texts: trees as nested lists, most of them about precedence. */

import { describe, expect, it } from "vitest";
import { CatFailure } from "./failure.ts";
import { parseCat } from "./parser.ts";
import type { Binding, Condition, Expr, Instruction } from "./tree.ts";

const parse = (text: string): readonly Instruction[] => parseCat({ name: "t.cat", text }).instructions;

function show(expr: Expr): string {
  switch (expr.kind) {
    case "name":
      return expr.name;
    case "tag":
      return `'${expr.tag}`;
    case "zero":
      return "0";
    case "universe":
      return "_";
    case "set":
      return `{${expr.of.map(show).join(" ")}}`;
    case "binary":
      return `(${expr.op} ${show(expr.left)} ${show(expr.right)})`;
    case "unary":
      return `(${expr.op} ${show(expr.of)})`;
    case "tuple":
      return `<${expr.of.map(show).join(" ")}>`;
    case "apply":
      return `(${show(expr.fn)} @ ${show(expr.to)})`;
    case "function":
      return `(fun ${pattern(expr.parameters)} ${show(expr.body)})`;
    case "let":
      return `(let${expr.rec ? " rec" : ""} ${expr.bindings.map(binding).join(" and ")} in ${show(expr.body)})`;
    case "try":
      return `(try ${show(expr.first)} ${show(expr.second)})`;
    case "if":
      return `(if ${test(expr.condition)} ${show(expr.yes)} ${show(expr.no)})`;
    case "match":
      return `(match ${show(expr.on)} ${expr.clauses.map(({ body }) => show(body)).join(" ")})`;
  }
}

function pattern(of: Binding["pattern"]): string {
  return of.kind === "one" ? (of.name ?? "_") : `<${of.names.map((name) => name ?? "_").join(" ")}>`;
}

const binding = ({ pattern: of, value }: Binding): string => `${pattern(of)} = ${show(value)}`;

function test(condition: Condition): string {
  switch (condition.kind) {
    case "variant":
      return `"${condition.name}"`;
    case "not":
      return `(not ${test(condition.of)})`;
    case "and":
    case "or":
      return `(${condition.kind} ${test(condition.left)} ${test(condition.right)})`;
    default:
      return `(${condition.kind} ${show(condition.left)} ${show(condition.right)})`;
  }
}

/** The expression that `let x = …` binds. */
function tree(text: string): string {
  const [first, ...others] = parse(`let x = ${text}`);
  expect(others).toEqual([]);
  return first?.kind === "let" && first.bindings[0] ? show(first.bindings[0].value) : "";
}

describe("expressions", () => {
  it.each([
    ["a | b ; c \\ d & e", "(union a (seq b (diff c (inter d e))))"],
    ["a ; b ; c", "(seq a (seq b c))"],
    ["a \\ b \\ c", "(diff (diff a b) c)"],
    ["a | b ++ c", "(union a (add b c))"],
    ["R * W & po", "(inter (cross R W) po)"],
    ["po & R*W", "(inter po (cross R W))"],
    ["hb* ; [W]", "(seq (star hb) (identity W))"],
    ["(a|b)*", "(star (union a b))"],
    ["a* | b+ | c?", "(union (star a) (union (plus b) (opt c)))"],
    ["a*b", "(cross a b)"],
    ["a^-1 ; b", "(seq (inverse a) b)"],
    ["~a^-1", "(complement (inverse a))"],
    ["~a | b", "(union (complement a) b)"],
    ["M \\ IW * _", "(diff M (cross IW _))"],
    ["f a ; g(b, c)", "(seq (f @ a) (g @ <b c>))"],
    ["domain r & f [S]", "(inter (domain @ r) (f @ (identity S)))"],
    ["f(a) b", "((f @ a) @ b)"],
    ["r+^-1", "(inverse (plus r))"],
    ["{} | {'a, 'b}", "(union {} {'a 'b})"],
    ["a, b", "<a b>"],
    ["fun (a, b) -> a ; b", "(fun <a b> (seq a b))"],
    ["let f r = r ; r and g = po in f g", "(let f = (fun r (seq r r)) and g = po in (f @ g))"],
    ["let rec r = a | r ; r in r", "(let rec r = (union a (seq r r)) in r)"],
    ["try RL with emptyset | R", "(try RL (union emptyset R))"],
    ['if "v" && not ("w" || a = b) then 0 else _', '(if (and "v" (not (or "w" (equal a b)))) 0 _)'],
    ["match t with || 'a -> x || 'b -> y || _ -> z end", "(match t x y z)"],
    ["begin a | b end ; c", "(seq (union a b) c)"],
    ["a | let b = c in b", "(union a (let b = c in b))"],
  ])("%s", (text, expected) => expect(tree(text)).toBe(expected));

  it("has names with dots, dashes and a quote", () => {
    expect(tree("dmb.full ; po-loc ; A-cumul'")).toBe("(seq dmb.full (seq po-loc A-cumul'))");
    expect(tree("_x & _")).toBe("(inter _x _)");
  });

  it("skips comments of all forms", () => {
    const text = "a (* one (* inside *) ; *) | // two\n b # three\n | c";
    expect(tree(text)).toBe("(union a (union b c))");
  });
});

describe("files", () => {
  it.each([
    ["SC\nlet a = po", "SC"],
    ['"Linux-kernel memory consistency model"', "Linux-kernel memory consistency model"],
    ['AArch64 "ARMv8" catdep let a = po', "ARMv8"],
    ['X86 TSO\ninclude "cos.cat"', "X86 TSO"],
    ["let a = po", "t.cat"],
  ])("title of %s", (text, title) => expect(parseCat({ name: "t.cat", text }).title).toBe(title));

  it("has instructions of all kinds", () => {
    const text = `let rec a = b and b = a in
      flag ~empty a as n  undefined_unless irreflexive a  acyclic a
      show a, b  unshow a  show a \\ b as c  include "f.cat"
      procedure p(x, y) = empty x \\ y end  call p(a, b)
      forall e in S do empty a end  with co from g(S)
      if "v" let c = a else let d = a end
      enum E = 'a || 'b  instructions R[{'a, 'b}, E]  default W['a]`;
    const kinds = parse(text).map(({ kind }) => kind);
    expect(kinds.join(" ")).toBe(
      "let test test test show show show include procedure call forall with if enum instructions instructions",
    );
  });

  it("tells the roles of tests apart", () => {
    const tests = parse("flag ~acyclic a as x  empty a  undefined_unless irreflexive a as y  assert empty a");
    expect(
      tests.map((each) => (each.kind === "test" ? [each.role, each.negated, each.test, each.name] : [])),
    ).toEqual([
      ["flag", true, "acyclic", "x"],
      ["require", false, "empty", undefined],
      ["undefined_unless", false, "irreflexive", "y"],
      ["assert", false, "empty", undefined],
    ]);
  });

  it("refuses what is nested too deep instead of running out of stack", () => {
    for (const text of [
      "(".repeat(5000),
      "~".repeat(5000),
      "if not ".repeat(3000),
      "let a = fun x -> ".repeat(3000),
    ])
      expect(() => parse(`let x = ${text}`)).toThrow(CatFailure);
    expect(() => parse(`let x = ${"a ; ".repeat(250)}a`)).not.toThrow();
  });
});
