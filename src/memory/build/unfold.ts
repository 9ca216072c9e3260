/**
 * Expressions to nodes: functions are called, names looked up, conditions decided, until only operations on primitive
 * sets and relations are left.
 *
 * Evaluation is eager and scoping lexical, as in herd7: `let R = R | LKR` shadows R from here on, and what was defined
 * before keeps the old one. A name that is defined nowhere is an error, except under `try`.
 */

import type { Span } from "../../diag/source.ts";
import type { Node, Sort } from "../algebra/node.ts";
import { DYNAMIC } from "../algebra/node.ts";
import { Nodes } from "../algebra/nodes.ts";
import { CatFailure, fail } from "../cat/failure.ts";
import type { Binary, Binding, Condition, Expr, Pattern } from "../cat/tree.ts";
import { nameOfTag, PRIMITIVE_RELATIONS, PRIMITIVE_SETS, setOfTag } from "./primitives.ts";
import { recursion } from "./recursion.ts";
import { BUILTINS, type Builtin, describe, ofSort, Scope, type Value } from "./value.ts";

/** Unfolding steps of one model: the largest kernel model needs some 2,000. */
const MAX_STEPS = 300_000;
/** Calls inside calls. */
const MAX_CALLS = 100;

export class Unfolder {
  readonly nodes = new Nodes(() => fail("cat-depth", this.#at, { limit: 400 }));
  #at: Span = { file: { name: "", text: "" }, line: 1, column: 1, length: 1 };
  readonly #variants: ReadonlySet<string>;
  /** Sets of tags, by their names in the text. */
  readonly #tags = new Map<string, string>();
  readonly #static = new WeakMap<Node, boolean>();
  #steps = 0;
  #calls = 0;

  constructor(variants: ReadonlySet<string>) {
    this.#variants = variants;
  }

  /** Declares a tag, and with it the set of events that carry it. */
  declareTag(tag: string): void {
    this.#tags.set(nameOfTag(tag), setOfTag(tag));
  }

  // ---- expressions ----

  evaluate(expr: Expr, scope: Scope | undefined): Value {
    this.countStep(expr.at);
    switch (expr.kind) {
      case "name":
        return this.#lookUp(expr.name, expr.at, scope);
      case "tag":
        return { kind: "tag", tag: expr.tag };
      case "zero":
        return asNode(this.nodes.none("rel"));
      case "universe":
        return asNode(this.nodes.all);
      case "set":
        return this.#explicitSet(expr.of, scope);
      case "binary":
        return this.#binary(expr.op, expr.left, expr.right, scope);
      case "unary":
        return asNode(this.#unary(expr, scope));
      case "tuple":
        return { kind: "tuple", of: expr.of.map((each) => this.evaluate(each, scope)) };
      case "apply":
        return this.#apply(expr.fn, expr.to, scope);
      case "function":
        return { kind: "function", parameters: expr.parameters, body: expr.body, scope: scope ?? EMPTY };
      case "let":
        return this.evaluate(expr.body, this.bind(expr.bindings, expr.rec, scope));
      case "try":
        return this.#try(expr.first, expr.second, scope);
      case "if":
        return this.evaluate(this.decide(expr.condition, scope) ? expr.yes : expr.no, scope);
      case "match":
        return this.#match(expr, scope);
    }
  }

  countStep(at: Span): void {
    this.#at = at;
    if (++this.#steps > MAX_STEPS) fail("cat-size", at, { limit: MAX_STEPS });
  }

  #lookUp(name: string, at: Span, scope: Scope | undefined): Value {
    const found = Scope.find(scope, name);
    if (found !== undefined) return found;
    const builtin = BUILTINS.find((each) => each === name);
    if (builtin !== undefined) return { kind: "builtin", name: builtin };
    if (name === "id") return asNode(this.nodes.id);
    const set = PRIMITIVE_SETS.has(name) ? name : this.#tags.get(name);
    if (set !== undefined) return asNode(this.nodes.prim("set", set));
    if (PRIMITIVE_RELATIONS.has(name)) return asNode(this.nodes.prim("rel", name));
    return fail("cat-unknown-name", at, { name });
  }

  #explicitSet(of: readonly Expr[], scope: Scope | undefined): Value {
    const first = of[0];
    if (first === undefined) return { kind: "empty" };
    const tags = of.map((each) => this.evaluate(each, scope)).flatMap((value) => tagsOf(value));
    if (tags.every((tag) => tag !== undefined)) return { kind: "tags", tags };
    return fail("cat-unsupported", first.at, {
      what: "a set of single events",
      why: NO_SINGLE_EVENTS,
    });
  }

  #binary(op: Binary, left: Expr, right: Expr, scope: Scope | undefined): Value {
    switch (op) {
      case "seq":
        return asNode(this.#chain(left, right, scope));
      case "cross":
        return asNode(this.nodes.cross(this.set(left, scope), this.set(right, scope)));
      case "add":
        return fail("cat-unsupported", left.at, { what: "`++`", why: ONLY_ENUMERATION });
      default:
        return this.#setOrRelation(op, left, right, scope);
    }
  }

  /** `|`, `&` and `\` work on sets and on relations, but not on one of each. `_` is all pairs beside a relation. */
  #setOrRelation(op: "union" | "inter" | "diff", left: Expr, right: Expr, scope: Scope | undefined): Value {
    const first = this.evaluate(left, scope);
    const second = this.evaluate(right, scope);
    if (first.kind === "tags" && second.kind === "tags") return mergeTags(op, first.tags, second.tags);
    if (first.kind === "empty" && second.kind === "empty") return first;
    const sort = sortOf(first, left) ?? sortOf(second, right) ?? "set";
    const a = this.coerce(first, sort, left.at);
    const b = this.coerce(second, sort, right.at);
    if (op === "diff") return asNode(this.nodes.diff(a, b));
    return asNode(op === "union" ? this.nodes.union(sort, [a, b]) : this.nodes.inter(sort, [a, b]));
  }

  #chain(left: Expr, right: Expr, scope: Scope | undefined): Node {
    const factors = [this.relation(left, scope)];
    let rest = right;
    for (; rest.kind === "binary" && rest.op === "seq"; rest = rest.right)
      factors.push(this.relation(rest.left, scope));
    factors.push(this.relation(rest, scope));
    return this.nodes.chain(factors, (node) => this.#isStatic(node));
  }

  /** Whether nothing in it depends on rf or co: such parts of a sequence are joined first, and then kept. */
  #isStatic(node: Node): boolean {
    const known = this.#static.get(node);
    if (known !== undefined) return known;
    const changes = node.op === "prim" && DYNAMIC.has(node.name);
    const found =
      !changes && [...node.args, ...(node.fix?.bodies ?? [])].every((each) => this.#isStatic(each));
    this.#static.set(node, found);
    return found;
  }

  #unary({ op, of }: Expr & { readonly kind: "unary" }, scope: Scope | undefined): Node {
    const { nodes } = this;
    switch (op) {
      case "identity":
        return nodes.identity(this.set(of, scope));
      case "complement":
        return nodes.complement(this.coerce(this.evaluate(of, scope), undefined, of.at));
      case "inverse":
        return nodes.inverse(this.relation(of, scope));
      case "star":
        return nodes.star(this.relation(of, scope));
      case "plus":
        return nodes.plus(this.relation(of, scope));
      case "opt":
        return nodes.opt(this.relation(of, scope));
    }
  }

  /** The expression as a set of events. */
  set(expr: Expr, scope: Scope | undefined): Node {
    return this.coerce(this.evaluate(expr, scope), "set", expr.at);
  }

  /** The expression as a relation. */
  relation(expr: Expr, scope: Scope | undefined): Node {
    return this.coerce(this.evaluate(expr, scope), "rel", expr.at);
  }

  /** The value as a node of a sort, or of whichever it has. */
  coerce(value: Value, sort: Sort | undefined, at: Span): Node {
    if (value.kind === "empty") return this.nodes.none(sort ?? "set");
    if (value.kind === "node" && (sort === undefined || value.node.sort === sort)) return value.node;
    if (value.kind === "node" && value.node === this.nodes.all)
      return this.nodes.cross(this.nodes.all, this.nodes.all);
    const expected = sort === undefined ? "a set of events or a relation" : ofSort(sort);
    return fail("cat-kind", at, { what: "this", found: describe(value), expected });
  }

  // ---- functions ----

  #apply(fn: Expr, to: Expr, scope: Scope | undefined): Value {
    const called = this.evaluate(fn, scope);
    const argument = this.evaluate(to, scope);
    if (called.kind === "builtin") return asNode(this.#builtin(called.name, argument, to.at));
    if (called.kind !== "function")
      return fail("cat-kind", fn.at, { what: "this", found: describe(called), expected: "a function" });
    return this.#inside(fn.at, () =>
      this.evaluate(called.body, this.bindPattern(called.parameters, argument, to.at, called.scope)),
    );
  }

  #inside<T>(at: Span, call: () => T): T {
    if (++this.#calls > MAX_CALLS) fail("cat-depth", at, { limit: MAX_CALLS });
    const result = call();
    this.#calls--;
    return result;
  }

  #builtin(name: Builtin, argument: Value, at: Span): Node {
    const { nodes } = this;
    switch (name) {
      case "domain":
        return nodes.domain(this.coerce(argument, "rel", at));
      case "range":
        return nodes.range(this.coerce(argument, "rel", at));
      case "different-values":
        return nodes.inter("rel", [this.coerce(argument, "rel", at), nodes.prim("rel", name)]);
      case "tag2events":
        return this.#eventsOf(argument, at);
    }
  }

  #eventsOf(argument: Value, at: Span): Node {
    const tags = tagsOf(argument).filter((tag) => tag !== undefined);
    if (argument.kind !== "tag" && argument.kind !== "tags")
      fail("cat-kind", at, { what: "this", found: describe(argument), expected: "a tag" });
    return this.nodes.union(
      "set",
      tags.map((tag) => this.nodes.prim("set", setOfTag(tag))),
    );
  }

  // ---- names ----

  /** The scope after a `let`. */
  bind(bindings: readonly Binding[], rec: boolean, scope: Scope | undefined): Scope | undefined {
    if (rec) return recursion(this, bindings, scope);
    const values = bindings.map((binding) => this.evaluate(binding.value, scope));
    return bindings.reduce<Scope | undefined>((inner, { pattern, at }, i) => {
      const value = values[i];
      return value === undefined ? inner : this.bindPattern(pattern, value, at, inner);
    }, scope);
  }

  /** The scope in which a pattern's names stand for a value's parts. */
  bindPattern(pattern: Pattern, value: Value, at: Span, scope: Scope | undefined): Scope | undefined {
    if (pattern.kind === "one")
      return pattern.name === undefined ? scope : new Scope(pattern.name, value, scope);
    const { names } = pattern;
    if (value.kind !== "tuple" || value.of.length !== names.length)
      return fail("cat-kind", at, {
        what: "this",
        found: value.kind === "tuple" ? `a tuple of ${value.of.length}` : describe(value),
        expected: `a tuple of ${names.length}`,
      });
    return names.reduce<Scope | undefined>((inner, name, i) => {
      const part = value.of[i];
      return name === undefined || part === undefined ? inner : new Scope(name, part, inner);
    }, scope);
  }

  // ---- choices ----

  #try(first: Expr, second: Expr, scope: Scope | undefined): Value {
    const calls = this.#calls;
    try {
      return this.evaluate(first, scope);
    } catch (failure) {
      if (!(failure instanceof CatFailure) || failure.diagnostic.id !== "cat-unknown-name") throw failure;
      this.#calls = calls;
      return this.evaluate(second, scope);
    }
  }

  decide(condition: Condition, scope: Scope | undefined): boolean {
    switch (condition.kind) {
      case "variant":
        return this.#variants.has(condition.name);
      case "not":
        return !this.decide(condition.of, scope);
      case "and":
        return this.decide(condition.left, scope) && this.decide(condition.right, scope);
      case "or":
        return this.decide(condition.left, scope) || this.decide(condition.right, scope);
      default:
        return this.#compare(condition, scope);
    }
  }

  /** Comparisons are decided for tags; what events a set has is not known here. */
  #compare(
    { kind, left, right, at }: Condition & { readonly kind: "equal" | "subset" | "in" },
    scope: Scope | undefined,
  ): boolean {
    const a = this.evaluate(left, scope);
    const b = this.evaluate(right, scope);
    const [tags, others] = [tagsOf(a), tagsOf(b)];
    if (tags.includes(undefined) || others.includes(undefined))
      fail("cat-unsupported", at, {
        what: "a comparison of sets of events",
        why: NO_SINGLE_EVENTS,
      });
    const inside = tags.every((tag) => others.includes(tag));
    return kind === "equal" ? inside && others.every((tag) => tags.includes(tag)) : inside;
  }

  #match({ on, clauses, at }: Expr & { readonly kind: "match" }, scope: Scope | undefined): Value {
    const value = this.evaluate(on, scope);
    if (clauses.some(({ pattern }) => pattern.kind === "set"))
      return fail("cat-unsupported", at, { what: "a match on the elements of a set", why: ONLY_ENUMERATION });
    if (value.kind !== "tag")
      return fail("cat-kind", on.at, { what: "this", found: describe(value), expected: "a tag" });
    const clause = clauses.find(
      ({ pattern }) => pattern.kind === "default" || (pattern.kind === "tag" && pattern.tag === value.tag),
    );
    if (clause === undefined)
      return fail("cat-kind", on.at, {
        what: "this",
        found: `'${value.tag}`,
        expected: "a tag of the clauses",
      });
    return this.evaluate(clause.body, scope);
  }
}

const EMPTY = new Scope("", { kind: "empty" }, undefined);

/** Why constructs that take events one by one are refused. */
export const ONLY_ENUMERATION =
  "it serves to enumerate executions, which the engine does; `cos.cat` and `lock.cat` are replaced";

/** Why constructs that name events are. */
export const NO_SINGLE_EVENTS = "a model is compiled once for all executions, so that no event has a name";

export function asNode(node: Node): Value {
  return { kind: "node", node };
}

function sortOf(value: Value, { kind }: Expr): Sort | undefined {
  return value.kind === "node" && kind !== "universe" ? value.node.sort : undefined;
}

function tagsOf(value: Value): readonly (string | undefined)[] {
  if (value.kind === "tag") return [value.tag];
  if (value.kind === "empty") return [];
  return value.kind === "tags" ? value.tags : [undefined];
}

function mergeTags(op: "union" | "inter" | "diff", a: readonly string[], b: readonly string[]): Value {
  if (op === "union") return { kind: "tags", tags: [...new Set([...a, ...b])] };
  return { kind: "tags", tags: a.filter((tag) => b.includes(tag) === (op === "inter")) };
}
