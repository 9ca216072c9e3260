/**
 * A second evaluator of the cat language, for comparison: walks the syntax tree and works on sets of events and sets
 * of pairs as strings, one operation at a time, as the language is defined. It shares the parser with the compiler and
 * nothing else: no nodes, no bits, no simplification.
 */

import type { Binding, Condition, Expr, Instruction, Pattern, Test } from "../../src/memory/cat/tree.ts";
import type { TestGraph } from "./test_graph.ts";

type Value =
  | { readonly kind: "set"; readonly of: ReadonlySet<number> }
  | { readonly kind: "rel"; readonly of: ReadonlySet<string> }
  | { readonly kind: "empty" }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "tuple"; readonly of: readonly Value[] }
  | { readonly kind: "fun"; readonly call: (argument: Value) => Value }
  | { readonly kind: "procedure"; readonly run: (argument: Value) => void };

type Names = Map<string, Value>;

class Unknown extends Error {}

const key = (from: number, to: number): string => `${from}>${to}`;
const ends = (pair: string): readonly [number, number] => {
  const [from = "", to = ""] = pair.split(">");
  return [Number(from), Number(to)];
};
const rel = (of: Iterable<string>): Value => ({ kind: "rel", of: new Set(of) });
const set = (of: Iterable<number>): Value => ({ kind: "set", of: new Set(of) });

export interface Outcome {
  /** Names of the rejecting tests that fail. */
  readonly failed: readonly string[];
  /** Names of the flags that are raised, each once. */
  readonly flags: readonly string[];
}

/** Evaluates a model's parts on a graph. */
export function interpret(
  parts: readonly (readonly Instruction[])[],
  include: (file: string) => readonly Instruction[],
  variants: ReadonlySet<string>,
  graph: TestGraph,
): Outcome {
  const interpreter = new Interpreter(graph, include, variants);
  const names: Names = new Map();
  for (const part of parts) interpreter.run(part, names);
  return { failed: interpreter.failed, flags: [...new Set(interpreter.flags)] };
}

class Interpreter {
  readonly failed: string[] = [];
  readonly flags: string[] = [];
  readonly #included = new Set<string>();
  readonly #all: readonly number[];

  readonly graph: TestGraph;
  readonly include: (file: string) => readonly Instruction[];
  readonly variants: ReadonlySet<string>;

  constructor(
    graph: TestGraph,
    include: (file: string) => readonly Instruction[],
    variants: ReadonlySet<string>,
  ) {
    this.graph = graph;
    this.include = include;
    this.variants = variants;
    this.#all = graph.ids();
  }

  run(instructions: readonly Instruction[], names: Names): void {
    for (const each of instructions) this.#step(each, names);
  }

  #step(instruction: Instruction, names: Names): void {
    switch (instruction.kind) {
      case "let":
        this.#bind(instruction.bindings, instruction.rec, names);
        return;
      case "test":
        this.#test(instruction, names);
        return;
      case "include":
        if (this.#included.has(instruction.file)) return;
        this.#included.add(instruction.file);
        this.run(this.include(instruction.file), names);
        return;
      case "procedure": {
        const scope = new Map(names);
        const run = (argument: Value): void =>
          this.run(instruction.body, match(instruction.parameters, argument, new Map(scope)));
        names.set(instruction.name, { kind: "procedure", run });
        return;
      }
      case "call": {
        const procedure = names.get(instruction.name);
        if (procedure?.kind !== "procedure") throw new Unknown(instruction.name);
        procedure.run(this.eval(instruction.argument, names));
        return;
      }
      case "if":
        this.run(this.#holds(instruction.condition, names) ? instruction.yes : instruction.no, names);
        return;
      case "enum":
        for (const tag of instruction.tags) {
          const name = capital(tag);
          if (this.graph.sets.has(name)) names.set(name, set(this.graph.members(name)));
          else names.set(name, set([]));
        }
        names.set(instruction.name, { kind: "tags", tags: instruction.tags });
        return;
      case "with":
      case "forall":
        throw new Error(`the reference does not do ${instruction.kind}`);
      default:
        return;
    }
  }

  #test(test: Test, names: Names): void {
    const holds = this.#passes(test, this.eval(test.of, names)) !== test.negated;
    const name = test.name ?? `${test.test} at ${test.at.file.name}:${test.at.line}`;
    if (test.role === "require" && !holds) this.failed.push(name);
    if (test.role === "flag" && holds) this.flags.push(name);
    if ((test.role === "undefined_unless" || test.role === "assert") && !holds) this.flags.push(name);
  }

  #passes({ test }: Test, value: Value): boolean {
    if (value.kind === "set") return value.of.size === 0;
    const pairs = this.#pairs(value);
    if (test === "empty") return pairs.size === 0;
    const on = test === "acyclic" ? closure(pairs) : pairs;
    return this.#all.every((id) => !on.has(key(id, id)));
  }

  #bind(bindings: readonly Binding[], rec: boolean, names: Names): void {
    if (rec) {
      this.#fixpoint(bindings, names);
      return;
    }
    const values = bindings.map(({ value }) => this.eval(value, names));
    for (const [i, { pattern }] of bindings.entries()) match(pattern, values[i] as Value, names);
  }

  /** From nothing, in textual order, each seeing what came before it in this round. */
  #fixpoint(bindings: readonly Binding[], names: Names): void {
    for (const { pattern } of bindings) match(pattern, { kind: "empty" }, names);
    for (let round = 0, changed = true; changed; round++) {
      if (round > 2000) throw new Error("does not settle");
      changed = false;
      for (const { pattern, value } of bindings) {
        if (pattern.kind !== "one" || pattern.name === undefined) throw new Error("a tuple in let rec");
        const before = names.get(pattern.name);
        const after = this.eval(value, names);
        if (!same(before, after)) changed = true;
        names.set(pattern.name, after);
      }
    }
  }

  // ---- expressions ----

  eval(expr: Expr, names: Names): Value {
    switch (expr.kind) {
      case "name":
        return this.#name(expr.name, names);
      case "tag":
        return { kind: "tag", tag: expr.tag };
      case "zero":
        return rel([]);
      case "universe":
        return set(this.#all);
      case "set":
        return expr.of.length === 0
          ? { kind: "empty" }
          : { kind: "tags", tags: expr.of.flatMap((each) => tags(this.eval(each, names))) };
      case "binary":
        return this.#binary(expr, names);
      case "unary":
        return this.#unary(expr, names);
      case "tuple":
        return { kind: "tuple", of: expr.of.map((each) => this.eval(each, names)) };
      case "apply": {
        const called = this.eval(expr.fn, names);
        if (called.kind !== "fun") throw new Error("not a function");
        return called.call(this.eval(expr.to, names));
      }
      case "function": {
        const scope = new Map(names);
        return {
          kind: "fun",
          call: (argument) => this.eval(expr.body, match(expr.parameters, argument, new Map(scope))),
        };
      }
      case "let": {
        const inner = new Map(names);
        this.#bind(expr.bindings, expr.rec, inner);
        return this.eval(expr.body, inner);
      }
      case "try":
        try {
          return this.eval(expr.first, names);
        } catch (error) {
          if (!(error instanceof Unknown)) throw error;
          return this.eval(expr.second, names);
        }
      case "if":
        return this.eval(this.#holds(expr.condition, names) ? expr.yes : expr.no, names);
      case "match": {
        const [tag] = tags(this.eval(expr.on, names));
        const clause = expr.clauses.find(
          ({ pattern }) => pattern.kind === "default" || (pattern.kind === "tag" && pattern.tag === tag),
        );
        if (clause === undefined) throw new Error("no clause");
        return this.eval(clause.body, names);
      }
    }
  }

  #name(name: string, names: Names): Value {
    const found = names.get(name);
    if (found !== undefined) return found;
    if (name === "id") return rel(this.#all.map((id) => key(id, id)));
    const pairs = (value: Value): ReadonlySet<string> => this.#pairs(value);
    if (name === "domain")
      return { kind: "fun", call: (r) => set([...pairs(r)].map((pair) => ends(pair)[0])) };
    if (name === "range")
      return { kind: "fun", call: (r) => set([...pairs(r)].map((pair) => ends(pair)[1])) };
    if (name === "different-values") return { kind: "fun", call: (r) => meet(r, this.#primitive(name)) };
    if (name === "tag2events")
      return { kind: "fun", call: (t) => set(tags(t).flatMap((tag) => this.graph.members(capital(tag)))) };
    return this.#primitive(name);
  }

  #primitive(name: string): Value {
    if (/^[A-Z]/.test(name) && this.graph.sets.has(name)) return set(this.graph.members(name));
    if (!this.graph.relations.has(name)) throw new Unknown(name);
    return rel(this.graph.pairs(name).map(([from, to]) => key(from, to)));
  }

  #binary(expr: Expr & { readonly kind: "binary" }, names: Names): Value {
    const a = this.eval(expr.left, names);
    const b = this.eval(expr.right, names);
    if (a.kind === "tags" || b.kind === "tags") {
      const [left, right] = [tags(a), tags(b)];
      if (expr.op === "union") return { kind: "tags", tags: [...left, ...right] };
      return { kind: "tags", tags: left.filter((tag) => right.includes(tag) === (expr.op === "inter")) };
    }
    if (expr.op === "seq") return rel(compose(this.#pairs(a), this.#pairs(b)));
    if (expr.op === "cross")
      return rel([...members(a)].flatMap((from) => [...members(b)].map((to) => key(from, to))));
    return a.kind === "rel" || b.kind === "rel"
      ? rel(combine(expr.op, this.#pairs(a), this.#pairs(b)))
      : set(combine(expr.op, members(a), members(b)));
  }

  #unary({ op, of }: Expr & { readonly kind: "unary" }, names: Names): Value {
    const value = this.eval(of, names);
    if (op === "identity") return rel([...members(value)].map((id) => key(id, id)));
    if (op === "complement") {
      if (value.kind === "set") return set(this.#all.filter((id) => !value.of.has(id)));
      const pairs = this.#pairs(value);
      return rel(this.#allPairs().filter((pair) => !pairs.has(pair)));
    }
    const pairs = this.#pairs(value);
    if (op === "inverse") return rel([...pairs].map((pair) => key(ends(pair)[1], ends(pair)[0])));
    const diagonal = this.#all.map((id) => key(id, id));
    if (op === "opt") return rel([...pairs, ...diagonal]);
    return rel(op === "plus" ? closure(pairs) : [...closure(pairs), ...diagonal]);
  }

  #allPairs(): readonly string[] {
    return this.#all.flatMap((from) => this.#all.map((to) => key(from, to)));
  }

  /** A value as pairs; `_` beside a relation means all of them. */
  #pairs(value: Value): ReadonlySet<string> {
    if (value.kind === "rel") return value.of;
    if (value.kind === "empty") return new Set();
    if (value.kind === "set" && value.of.size === this.#all.length) return new Set(this.#allPairs());
    throw new Error(`a ${value.kind} is no relation`);
  }

  #holds(condition: Condition, names: Names): boolean {
    switch (condition.kind) {
      case "variant":
        return this.variants.has(condition.name);
      case "not":
        return !this.#holds(condition.of, names);
      case "and":
        return this.#holds(condition.left, names) && this.#holds(condition.right, names);
      case "or":
        return this.#holds(condition.left, names) || this.#holds(condition.right, names);
      default:
        throw new Error("the reference does not compare");
    }
  }
}

const capital = (tag: string): string => tag.charAt(0).toUpperCase() + tag.slice(1);

function match(pattern: Pattern, value: Value, names: Names): Names {
  if (pattern.kind === "one") {
    if (pattern.name !== undefined) names.set(pattern.name, value);
    return names;
  }
  if (value.kind !== "tuple") throw new Error("not a tuple");
  for (const [i, name] of pattern.names.entries())
    if (name !== undefined) names.set(name, value.of[i] as Value);
  return names;
}

function tags(value: Value): readonly string[] {
  if (value.kind === "tag") return [value.tag];
  if (value.kind === "tags") return value.tags;
  if (value.kind === "empty") return [];
  throw new Error("not a tag");
}

function members(value: Value): ReadonlySet<number> {
  if (value.kind === "set") return value.of;
  if (value.kind === "empty") return new Set();
  throw new Error(`a ${value.kind} is no set`);
}

function meet(a: Value, b: Value): Value {
  if (a.kind !== "rel" || b.kind !== "rel") return rel([]);
  return rel([...a.of].filter((pair) => b.of.has(pair)));
}

function combine<T>(op: string, x: ReadonlySet<T>, y: ReadonlySet<T>): Set<T> {
  if (op === "union") return new Set([...x, ...y]);
  return new Set([...x].filter((each) => y.has(each) === (op === "inter")));
}

function compose(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const next = new Map<number, number[]>();
  for (const pair of b) {
    const [from, to] = ends(pair);
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  for (const pair of a) {
    const [from, middle] = ends(pair);
    for (const to of next.get(middle) ?? []) found.add(key(from, to));
  }
  return found;
}

function closure(pairs: ReadonlySet<string>): ReadonlySet<string> {
  let all = new Set(pairs);
  for (;;) {
    const more = new Set([...all, ...compose(all, pairs)]);
    if (more.size === all.size) return all;
    all = more;
  }
}

function same(a: Value | undefined, b: Value): boolean {
  const size = (value: Value | undefined): number =>
    value?.kind === "set" || value?.kind === "rel" ? value.of.size : 0;
  if (size(a) !== size(b)) return false;
  if (a === undefined || a.kind === "empty" || b.kind === "empty") return true;
  if (a.kind === "set" && b.kind === "set") return [...a.of].every((each) => b.of.has(each));
  return a.kind === "rel" && b.kind === "rel" && [...a.of].every((each) => b.of.has(each));
}
