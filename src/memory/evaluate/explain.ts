/**
 * Why an axiom fails: a shortest cycle or an offending pair, taken apart into primitive edges.
 *
 * Runs once per question, so it evaluates nodes plainly, as one byte per pair, and keeps them all: to take apart a
 * pair of a sequence one needs both sides.
 */

import { internalBug } from "../../base/assert.ts";
import type { Fixpoint, Node } from "../algebra/node.ts";
import type { Axiom } from "../build/build.ts";
import type { EventGraph } from "../graph.ts";
import type { Explanation } from "../model.ts";
import { reach, shortestCycle, shortestPath } from "./paths.ts";

type Edge = Explanation["edges"][number];

/** Takes apart the failure of the first axiom, as the model lists them, that fails in the graph. */
export function explain(axioms: readonly Axiom[], graph: EventGraph): Explanation {
  const tracer = new Tracer(graph);
  const failed = axioms.find((axiom) => axiom.role === "reject" && tracer.fails(axiom));
  if (failed === undefined) return internalBug("an inconsistent graph that satisfies all axioms");
  const { kind, name, node } = failed;
  const edges = tracer.evidence(failed);
  const events = edges.map(({ from }) => from);
  const last = edges.at(-1)?.to;
  const ends = last === undefined ? tracer.members(node).slice(0, 1) : [last];
  return {
    axiom: name,
    before: axioms.indexOf(failed),
    kind,
    events: [...new Set([...events, ...ends])],
    edges,
  };
}

/** A recursion that does not settle is reported where it is evaluated; here it need only end. */
const MAX_ROUNDS = 1000;

class Tracer {
  readonly #graph: EventGraph;
  readonly #n: number;
  readonly #known = new Map<Node, Uint8Array>();

  constructor(graph: EventGraph) {
    this.#graph = graph;
    this.#n = graph.n;
  }

  fails({ kind, node }: Axiom): boolean {
    const value = this.#value(node);
    if (kind === "empty") return value.includes(1);
    const closed = kind === "acyclic" ? reach(value, this.#n) : value;
    return Array.from({ length: this.#n }, (_, i) => i * this.#n + i).some((at) => closed[at] === 1);
  }

  /** Edges that show why a test fails. */
  evidence({ kind, node }: Axiom): readonly Edge[] {
    if (kind === "acyclic") return this.#walk(node, shortestCycle(this.#value(node), this.#n));
    return kind === "irreflexive" ? this.#loop(node) : this.#some(node);
  }

  #loop(node: Node): readonly Edge[] {
    const value = this.#value(node);
    for (let i = 0; i < this.#n; i++) if (value[i * this.#n + i] === 1) return this.#edges(node, i, i);
    return [];
  }

  #some(node: Node): readonly Edge[] {
    if (node.sort === "set") return [];
    const at = this.#value(node).indexOf(1);
    return at < 0 ? [] : this.#edges(node, Math.floor(at / this.#n), at % this.#n);
  }

  /** Of a set; a relation has none. */
  members(set: Node): readonly number[] {
    return set.sort === "rel" ? [] : [...this.#value(set)].flatMap((bit, i) => (bit === 1 ? [i] : []));
  }

  // ---- taking apart ----

  /** The edges along a path of events. */
  #walk(node: Node, path: readonly number[]): readonly Edge[] {
    return path.slice(1).flatMap((to, i) => this.#edges(node, path[i] ?? to, to));
  }

  /** Primitive edges that make up the pair (from, to) of a relation. */
  #edges(node: Node, from: number, to: number): readonly Edge[] {
    const [a, b] = node.args;
    switch (node.op) {
      case "prim":
        return [{ from, to, via: node.name }];
      case "id":
      case "identity":
        return [];
      case "union":
        return this.#shortest(
          node.args.filter((arg) => this.#has(arg, from, to)),
          from,
          to,
        );
      case "inter":
        return this.#edges(telling(node.args), from, to);
      case "fix":
      case "var":
        return [{ from, to, via: node.name }];
      case "cross":
        return [{ from, to, via: "any" }];
    }
    if (a === undefined) return internalBug(`a pair of ${node.op}`);
    if (node.op === "inverse") return [{ from, to, via: `${nameOf(a)}^-1` }];
    if (node.op === "plus") return this.#walk(a, shortestPath(this.#value(a), this.#n, from, to));
    if (node.op === "seq" && b !== undefined) return this.#sequence(a, b, from, to);
    return this.#edges(a, from, to);
  }

  #shortest(nodes: readonly Node[], from: number, to: number): readonly Edge[] {
    const ways = nodes.map((node) => this.#edges(node, from, to));
    return ways.reduce((best, way) => (way.length < best.length ? way : best), ways[0] ?? []);
  }

  #sequence(a: Node, b: Node, from: number, to: number): readonly Edge[] {
    if (isFromRead(a, b)) return [{ from, to, via: "fr" }];
    const middle = Array.from({ length: this.#n }, (_, i) => i).find(
      (each) => this.#has(a, from, each) && this.#has(b, each, to),
    );
    if (middle === undefined) return internalBug("a pair of a sequence without a middle");
    return [...this.#edges(a, from, middle), ...this.#edges(b, middle, to)];
  }

  #has(node: Node, from: number, to: number): boolean {
    return this.#value(node)[from * this.#n + to] === 1;
  }

  // ---- evaluation ----

  #value(node: Node): Uint8Array {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const value = this.#evaluate(node);
    this.#known.set(node, value);
    return value;
  }

  #evaluate(node: Node): Uint8Array {
    const n = this.#n;
    const parts = node.args.map((arg) => this.#value(arg));
    const [a, b, c] = parts;
    const size = node.sort === "set" ? n : n * n;
    const make = (has: (at: number, i: number, j: number) => boolean): Uint8Array =>
      Uint8Array.from({ length: size }, (_, at) => (has(at, Math.floor(at / n), at % n) ? 1 : 0));
    switch (node.op) {
      case "prim":
        return make((at, i, j) => this.#primitive(node, at, i, j));
      case "all":
        return make(() => true);
      case "id":
        return make((_, i, j) => i === j);
      case "union":
        return make((at) => parts.some((part) => part[at] === 1));
      case "inter":
        return make((at) => parts.every((part) => part[at] === 1));
      case "fix":
        return this.#fixpoint(node);
    }
    if (a === undefined) return make(() => false);
    if (node.op === "diff") return make((at) => a[at] === 1 && b?.[at] !== 1);
    if (node.op === "identity") return make((_, i, j) => i === j && a[i] === 1);
    if (node.op === "cross") return make((_, i, j) => a[i] === 1 && b?.[j] === 1);
    if (node.op === "filter") return make((at, i, j) => a[at] === 1 && b?.[i] === 1 && c?.[j] === 1);
    if (node.op === "inverse") return make((_, i, j) => a[j * n + i] === 1);
    if (node.op === "domain") return make((i) => a.subarray(i * n, i * n + n).includes(1));
    if (node.op === "range") return make((j) => a.some((bit, at) => bit === 1 && at % n === j));
    if (node.op === "plus") return reach(a, n);
    return make((_, i, j) =>
      a.subarray(i * n, i * n + n).some((bit, k) => bit === 1 && b?.[k * n + j] === 1),
    );
  }

  #primitive({ sort, name }: Node, at: number, i: number, j: number): boolean {
    const { sets, relations, words } = this.#graph;
    const array = (sort === "set" ? sets : relations).get(name);
    const event = sort === "set" ? at : j;
    const word = (sort === "set" ? 0 : i * words) + (event >>> 5);
    return array !== undefined && ((array[word] ?? 0) & (1 << event)) !== 0;
  }

  /** All results of a recursion, by rounds. */
  #fixpoint(node: Node): Uint8Array {
    const { fix, index } = node;
    if (fix === undefined || index === undefined) return internalBug("a result of no recursion");
    const values = this.#rounds(fix);
    return values[index] ?? internalBug("a recursion without this result");
  }

  #rounds({ vars, bodies }: Fixpoint): readonly Uint8Array[] {
    const n = this.#n;
    const values: Uint8Array[] = vars.map(({ sort }) => new Uint8Array(sort === "set" ? n : n * n));
    for (let round = 0, changed = true; changed && round < MAX_ROUNDS; round++) {
      changed = false;
      for (const [i, body] of bodies.entries()) {
        const inner = new Tracer(this.#graph);
        for (const [k, variable] of vars.entries()) inner.#known.set(variable, values[k] ?? new Uint8Array());
        const next = inner.#value(body);
        if (next.every((bit, at) => bit === values[i]?.[at])) continue;
        values[i] = next;
        changed = true;
      }
    }
    return values;
  }
}

/** The operand that says most: not one about threads or places alone. */
function telling(nodes: readonly Node[]): Node {
  const vague = ["loc", "int", "ext", "id"];
  const found = nodes.find(
    (node) => node.op !== "cross" && !(node.op === "prim" && vague.includes(node.name)),
  );
  return found ?? nodes[0] ?? internalBug("an intersection of nothing");
}

/** `rf^-1 ; co`. */
function isFromRead(a: Node, b: Node): boolean {
  return a.op === "inverse" && a.args[0]?.name === "rf" && b.op === "prim" && b.name === "co";
}

const nameOf = (node: Node): string => (node.name === "" ? node.op : node.name);
