/**
 * Builds nodes, each distinct one once, simplified. Every rule here is an equation of sets and relations; the tests
 * compare built nodes with an interpreter that knows none of them.
 */

import { internalBug } from "../../base/assert.ts";
import {
  type Fixpoint,
  isDiagonal,
  isInternal,
  isTransitive,
  type Node,
  type Op,
  type Sort,
} from "./node.ts";

/** Deeper operations are refused: everything that walks nodes recurses. The kernel's model has some 60 levels. */
const MAX_DEPTH = 400;

export class Nodes {
  readonly #tooDeep: () => never;
  readonly #known = new Map<string, Node>();
  #count = 0;

  readonly all: Node = this.#make("set", "all");
  readonly id: Node = this.#make("rel", "id");
  readonly #noSet: Node = this.#make("set", "none");
  readonly #noRel: Node = this.#make("rel", "none");

  /** @param tooDeep Refuses an operation that is nested too deep. */
  constructor(tooDeep: () => never = () => internalBug("operations are nested too deep")) {
    this.#tooDeep = tooDeep;
  }

  none(sort: Sort): Node {
    return sort === "set" ? this.#noSet : this.#noRel;
  }

  prim(sort: Sort, name: string): Node {
    return this.#make(sort, "prim", [], name);
  }

  /** A fresh variable of a fixpoint. */
  variable(sort: Sort, name: string): Node {
    return { id: this.#count++, sort, op: "var", args: [], name, depth: 0 };
  }

  /** The results of a fixpoint, in its order. */
  fixpoint(fix: Fixpoint): readonly Node[] {
    return fix.vars.map(({ sort, name }, index) => ({
      id: this.#count++,
      sort,
      op: "fix" as const,
      args: [],
      name,
      depth: 1 + Math.max(0, ...fix.bodies.map((body) => body.depth)),
      fix,
      index,
    }));
  }

  union(sort: Sort, operands: readonly Node[]): Node {
    const flat = distinct(operands.flatMap((node) => (node.op === "union" ? node.args : [node])));
    const some = this.#mergeDiagonal(flat.filter(({ op }) => op !== "none"));
    if (some.some(({ op }) => op === "all")) return this.all;
    if (some.length === 0) return this.none(sort);
    return some.length === 1 && some[0] !== undefined ? some[0] : this.#make(sort, "union", some);
  }

  /** `[S] | [T]` is `[S | T]`, and `id` covers both. */
  #mergeDiagonal(operands: readonly Node[]): readonly Node[] {
    const diagonal = operands.filter(isDiagonal);
    if (diagonal.length < 2) return operands;
    const others = operands.filter((node) => !isDiagonal(node));
    if (diagonal.includes(this.id)) return distinct([...others, this.id]);
    const sets = diagonal.map(({ args }) => args[0] ?? internalBug("an identity without a set"));
    return distinct([...others, this.identity(this.union("set", sets))]);
  }

  inter(sort: Sort, operands: readonly Node[]): Node {
    const flat = distinct(operands.flatMap((node) => (node.op === "inter" ? node.args : [node])));
    if (flat.some(({ op }) => op === "none")) return this.none(sort);
    const rest = flat.filter(({ op }) => op !== "all");
    return sort === "set" ? this.#interSets(rest) : this.#interRelations(rest);
  }

  #interSets(sets: readonly Node[]): Node {
    if (sets.length === 0) return this.all;
    return this.#outOfDifferences("set", sets) ?? this.#interPlain("set", sets);
  }

  #interRelations(relations: readonly Node[]): Node {
    for (const node of relations) {
      const others = relations.filter((other) => other !== node);
      if (others.length === 0) return node;
      const hoisted = this.#hoist(node, others);
      if (hoisted !== undefined) return hoisted;
    }
    return this.#outOfDifferences("rel", relations) ?? this.#interPlain("rel", relations);
  }

  /** `S * T & r` and `[S] ; q ; [T] & r` filter; `& int` and `& ext` of what lies within threads is known. */
  #hoist(node: Node, others: readonly Node[]): Node | undefined {
    const [a, b, c] = node.args;
    if (node.op === "cross" && a && b) return this.filter(this.inter("rel", others), a, b);
    if (node.op === "filter" && a && b && c) return this.filter(this.inter("rel", [a, ...others]), b, c);
    if (node.op === "prim" && (node.name === "int" || node.name === "ext") && others.some(isInternal))
      return node.name === "int" ? this.inter("rel", others) : this.none("rel");
    return undefined;
  }

  /** `a & (b \ c)` is `(a & b) \ c`: complements never get built. */
  #outOfDifferences(sort: Sort, operands: readonly Node[]): Node | undefined {
    const differences = operands.filter(({ op }) => op === "diff");
    if (differences.length === 0 || operands.length < 2) return undefined;
    const kept = operands.map((node) => (node.op === "diff" ? node.args[0] : node));
    const taken = differences.map(({ args }) => args[1]);
    return this.diff(this.inter(sort, kept.filter(isNode)), this.union(sort, taken.filter(isNode)));
  }

  #interPlain(sort: Sort, operands: readonly Node[]): Node {
    return operands.length === 1 && operands[0] !== undefined
      ? operands[0]
      : this.#make(sort, "inter", distinct(operands));
  }

  diff(a: Node, b: Node): Node {
    const { sort } = a;
    if (a.op === "none" || a === b || b.op === "all") return this.none(sort);
    if (b.op === "none") return a;
    if (b.op === "union" && b.args.includes(a)) return this.none(sort);
    const [c, d] = a.args;
    if (a.op === "diff" && c && d) return this.diff(c, this.union(sort, [d, b]));
    return this.#make(sort, "diff", [a, b]);
  }

  complement(node: Node): Node {
    return this.diff(node.sort === "set" ? this.all : this.cross(this.all, this.all), node);
  }

  /** `a ; b ; c …`. Runs of operands for which `prefer` holds are joined first, the rest from the right. */
  chain(factors: readonly Node[], prefer: (node: Node) => boolean): Node {
    const joined: Node[] = [];
    let before: Node | undefined;
    for (const node of factors) {
      const last = joined.at(-1);
      if (node.op === "identity" && node.args[0] !== undefined) {
        if (last === undefined) before = before ? this.inter("set", [before, node.args[0]]) : node.args[0];
        else joined[joined.length - 1] = this.filter(last, this.all, node.args[0]);
      } else if (last !== undefined && prefer(last) && prefer(node))
        joined[joined.length - 1] = this.seq(last, node);
      else joined.push(node);
      const first = joined[0];
      if (before === undefined || first === undefined) continue;
      joined[0] = this.filter(first, before, this.all);
      before = undefined;
    }
    if (joined.length === 0) return this.identity(before ?? this.all);
    return joined.reduceRight((right, left) => this.seq(left, right));
  }

  seq(a: Node, b: Node): Node {
    if (a.op === "none" || b.op === "none") return this.none("rel");
    if (a.op === "id") return b;
    if (b.op === "id") return a;
    if (a.op === "identity" && a.args[0]) return this.filter(b, a.args[0], this.all);
    if (b.op === "identity" && b.args[0]) return this.filter(a, this.all, b.args[0]);
    return this.#make("rel", "seq", [a, b]);
  }

  /** `[rows] ; node ; [columns]`. */
  filter(node: Node, rows: Node, columns: Node): Node {
    if (node.op === "none" || rows.op === "none" || columns.op === "none") return this.none("rel");
    if (rows.op === "all" && columns.op === "all") return node;
    const [a, b, c] = node.args;
    if (node.op === "filter" && a && b && c)
      return this.filter(a, this.inter("set", [rows, b]), this.inter("set", [columns, c]));
    if (node.op === "id") return this.identity(this.inter("set", [rows, columns]));
    if (node.op === "identity" && a) return this.identity(this.inter("set", [rows, columns, a]));
    if (node.op === "cross" && a && b)
      return this.cross(this.inter("set", [rows, a]), this.inter("set", [columns, b]));
    if (node.op === "union" && node.args.some(isDiagonal))
      return this.#filterAround(node.args, rows, columns);
    return this.#make("rel", "filter", [node, rows, columns]);
  }

  /** A filter of `id | r` is `[S & T] | filtered r`: the diagonal stays visible to `seq`. */
  #filterAround(operands: readonly Node[], rows: Node, columns: Node): Node {
    const rest = this.union(
      "rel",
      operands.filter((node) => !isDiagonal(node)),
    );
    const diagonal = operands.filter(isDiagonal).map((node) => this.filter(node, rows, columns));
    return this.union("rel", [...diagonal, this.filter(rest, rows, columns)]);
  }

  inverse(node: Node): Node {
    const [a, b, c] = node.args;
    if (node.op === "none" || isDiagonal(node)) return node;
    if (node.op === "prim" && ["loc", "int", "ext", "different-values"].includes(node.name)) return node;
    if (node.op === "inverse" && a) return a;
    if (node.op === "cross" && a && b) return this.cross(b, a);
    if (node.op === "filter" && a && b && c) return this.filter(this.inverse(a), c, b);
    return this.#make("rel", "inverse", [node]);
  }

  plus(node: Node): Node {
    if (isTransitive(node)) return node;
    if (node.op === "union" && node.args.includes(this.id))
      return this.opt(
        this.plus(
          this.union(
            "rel",
            node.args.filter((arg) => arg !== this.id),
          ),
        ),
      );
    return this.#make("rel", "plus", [node]);
  }

  opt(node: Node): Node {
    return this.union("rel", [node, this.id]);
  }

  star(node: Node): Node {
    return this.opt(this.plus(node));
  }

  cross(a: Node, b: Node): Node {
    return a.op === "none" || b.op === "none" ? this.none("rel") : this.#make("rel", "cross", [a, b]);
  }

  identity(set: Node): Node {
    if (set.op === "none") return this.none("rel");
    return set.op === "all" ? this.id : this.#make("rel", "identity", [set]);
  }

  domain(node: Node): Node {
    if (node.op === "none") return this.none("set");
    if (node.op === "id") return this.all;
    if (node.op === "identity" && node.args[0]) return node.args[0];
    return this.#make("set", "domain", [node]);
  }

  range(node: Node): Node {
    if (node.op === "none" || isDiagonal(node)) return this.domain(node);
    return this.#make("set", "range", [node]);
  }

  #make(sort: Sort, op: Op, args: readonly Node[] = [], name = ""): Node {
    const key = `${sort} ${op} ${name} ${args.map(({ id }) => id).join(" ")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const depth = 1 + Math.max(0, ...args.map((arg) => arg.depth));
    if (depth > MAX_DEPTH) this.#tooDeep();
    const node: Node = { id: this.#count++, sort, op, args, name, depth };
    this.#known.set(key, node);
    return node;
  }
}

const isNode = (node: Node | undefined): node is Node => node !== undefined;

/** Each once, by id, so that the order of writing does not matter. */
function distinct(nodes: readonly Node[]): readonly Node[] {
  return [...new Set(nodes)].sort((a, b) => a.id - b.id);
}
