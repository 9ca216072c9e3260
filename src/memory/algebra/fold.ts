/**
 * Nodes built anew with some primitives known to be empty, so that what depends on them disappears: a program without
 * `synchronize_rcu()` pays nothing for RCU.
 */

import { internalBug } from "../../base/assert.ts";
import type { Fixpoint, Node } from "./node.ts";
import type { Nodes } from "./nodes.ts";

export class Folder {
  readonly #nodes: Nodes;
  readonly #absent: ReadonlySet<string>;
  readonly #known: Map<Node, Node>;
  readonly #fixpoints = new Map<Fixpoint, readonly Node[]>();

  constructor(nodes: Nodes, absent: ReadonlySet<string>, known: ReadonlyMap<Node, Node> = new Map()) {
    this.#nodes = nodes;
    this.#absent = absent;
    this.#known = new Map(known);
  }

  fold(node: Node): Node {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const folded = this.#rebuild(node);
    this.#known.set(node, folded);
    return folded;
  }

  #rebuild(node: Node): Node {
    const { op, sort, fix } = node;
    const nodes = this.#nodes;
    if (op === "prim") return this.#absent.has(node.name) ? nodes.none(sort) : node;
    if (op === "var") return node;
    if (op === "fix" && fix !== undefined && node.index !== undefined)
      return this.#foldFixpoint(fix)[node.index] ?? internalBug("a fixpoint without this result");
    const args = node.args.map((arg) => this.fold(arg));
    const [a, b, c] = args;
    if (op === "union") return nodes.union(sort, args);
    if (op === "inter") return nodes.inter(sort, args);
    if (a === undefined) return node;
    if (op === "filter" && b && c) return nodes.filter(a, b, c);
    if (op === "diff" && b) return nodes.diff(a, b);
    if (op === "seq" && b) return nodes.seq(a, b);
    if (op === "cross" && b) return nodes.cross(a, b);
    if (op === "inverse" || op === "plus" || op === "identity" || op === "domain" || op === "range")
      return nodes[op](a);
    return internalBug(`cannot rebuild ${op}`);
  }

  /** A recursion that finds nothing in its first round finds nothing at all. */
  #foldFixpoint(fix: Fixpoint): readonly Node[] {
    const known = this.#fixpoints.get(fix);
    if (known !== undefined) return known;
    const nodes = this.#nodes;
    const nothing = new Folder(nodes, this.#absent, new Map(fix.vars.map((v) => [v, nodes.none(v.sort)])));
    const first = fix.bodies.map((body) => nothing.fold(body));
    const found = first.every(({ op }) => op === "none") ? first : this.#foldBodies(fix);
    this.#fixpoints.set(fix, found);
    return found;
  }

  #foldBodies(fix: Fixpoint): readonly Node[] {
    const vars = fix.vars.map(({ sort, name }) => this.#nodes.variable(sort, name));
    const renamed = new Map(fix.vars.map((each, i) => [each, vars[i] ?? each]));
    const inner = new Folder(this.#nodes, this.#absent, renamed);
    return this.#nodes.fixpoint({ vars, bodies: fix.bodies.map((body) => inner.fold(body)) });
  }
}
