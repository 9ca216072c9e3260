/**
 * Nodes to slots and terms.
 *
 * A relation gets a matrix when it must be read at any row (right side of a sequence, closures, cycles), when several
 * others use it and it costs something, when it is static while its user is not (so that it survives changes of rf and
 * co), or when its user sits in a recursion and it does not. Everything else is fused into its user's row loop.
 */

import { internalBug } from "../../base/assert.ts";
import { DYNAMIC, type Fixpoint, isDiagonal, type Node } from "../algebra/node.ts";
import type { Nodes } from "../algebra/nodes.ts";
import { operandsOf, reachable } from "../algebra/walk.ts";
import type { Def, Mask, Recursion, RecursionStep, SetRef, SetTerm, Side, Slot, Term } from "./term.ts";

export class Lowering {
  readonly #nodes: Nodes;
  readonly #uses = new Map<Node, number>();
  readonly #static = new Map<Node, boolean>();
  readonly #bound = new Map<Node, boolean>();
  readonly #slots = new Map<Node, Slot>();
  readonly #recursions = new Map<Fixpoint, readonly Slot[]>();
  /** Slots of the step of a recursion that is being lowered, innermost last. */
  readonly #steps: { readonly known: Map<Node, Slot>; readonly order: Slot[] }[] = [];
  /** Slots to compute, in an order that works. Variables and what belongs to a recursion's steps are not listed. */
  readonly order: Slot[] = [];
  readonly primitives: { readonly slot: Slot; readonly node: Node }[] = [];
  #count = 0;

  /** @param roots Everything that will be asked for, to count uses. */
  constructor(nodes: Nodes, roots: readonly Node[]) {
    this.#nodes = nodes;
    for (const node of reachable(roots))
      for (const each of operandsOf(node)) this.#uses.set(each, (this.#uses.get(each) ?? 0) + 1);
  }

  // ---- slots ----

  /** The node's slot, made if there is none. */
  slot(node: Node): Slot {
    const known = this.#known(node);
    if (known !== undefined) return known;
    if (node.op === "prim" || node.op === "var") return this.#plainSlot(node);
    if (node.fix !== undefined && node.index !== undefined)
      return this.#recursion(node.fix)[node.index] ?? internalBug("a recursion without this result");
    const def = node.sort === "set" ? this.#setDef(node) : this.#relationDef(node);
    return this.#add(node, def);
  }

  #known(node: Node): Slot | undefined {
    return this.#slots.get(node) ?? this.#steps.map(({ known }) => known.get(node)).find((slot) => slot);
  }

  #plainSlot(node: Node): Slot {
    const slot = this.#newSlot(node, undefined);
    this.#slots.set(node, slot);
    if (node.op === "prim") this.primitives.push({ slot, node });
    return slot;
  }

  #add(node: Node, def: Def): Slot {
    const slot = this.#newSlot(node, def);
    const step = this.#isBound(node) ? this.#steps.at(-1) : undefined;
    (step?.known ?? this.#slots).set(node, slot);
    (step?.order ?? this.order).push(slot);
    return slot;
  }

  #newSlot(node: Node, def: Def | undefined): Slot {
    const name = `${node.sort === "set" ? "s" : "m"}${this.#count++}`;
    const base = { sort: node.sort, name, static: this.#isStatic(node) };
    return def === undefined ? base : { ...base, def };
  }

  #relationDef(node: Node): Def {
    const [a, b] = node.args;
    if (node.op === "plus" && a) return { kind: "closure", of: this.term(a, node) };
    if (node.op === "inverse" && a) return { kind: "inverse", of: this.term(a, node) };
    if (node.op === "seq" && a?.op === "inverse" && a.args[0] && b && !this.#hasSlot(a))
      return { kind: "inverseSeq", left: this.term(a.args[0], node), right: this.term(b, node) };
    return { kind: "rows", of: this.#inline(node) };
  }

  #setDef(node: Node): Def {
    const [a] = node.args;
    if ((node.op === "domain" || node.op === "range") && a) return { kind: node.op, of: this.term(a, node) };
    return { kind: "set", term: this.#setTerm(node) };
  }

  #setTerm(node: Node): SetTerm {
    const [a, b] = node.args;
    if (node.op === "all") return { kind: "all" };
    if (node.op === "union") return { kind: "or", of: node.args.map((arg) => this.#setOperand(arg)) };
    if (node.op === "inter") return { kind: "and", of: node.args.map((arg) => this.#setOperand(arg)) };
    if (node.op === "diff" && a && b)
      return { kind: "andNot", of: this.#setOperand(a), not: this.#setOperand(b) };
    return { kind: "or", of: [] };
  }

  /** Sets are a few words: those with one user are computed where they are used. */
  #setOperand(node: Node): SetTerm {
    const inline = ["all", "none", "union", "inter", "diff"].includes(node.op);
    if (node.op === "all" || (inline && !this.#hasSlot(node) && this.#usesOf(node) < 2))
      return this.#setTerm(node);
    return { kind: "load", slot: this.slot(node) };
  }

  /** A set for masks and tests. */
  set(node: Node): SetRef {
    return node.op === "all" ? "all" : this.slot(node);
  }

  // ---- terms ----

  /** How to get the rows of a node for `user`. */
  term(node: Node, user: Node): Term {
    if (node.op === "none") return { kind: "none" };
    if (node.op === "prim" || node.op === "var" || this.#wantsSlot(node, user))
      return { kind: "load", slot: this.slot(node) };
    return this.#inline(node);
  }

  /** How to get the rows of a node that has nothing in memory. */
  #inline(node: Node): Term {
    const [a, b, c] = node.args;
    switch (node.op) {
      case "none":
        return { kind: "none" };
      case "id":
        return { kind: "identity", set: "all" };
      case "union":
        return { kind: "or", of: node.args.map((arg) => this.term(arg, node)) };
      case "inter":
        return this.#meet(node);
    }
    if (a === undefined) return internalBug(`no rows of ${node.op}`);
    if (node.op === "identity") return { kind: "identity", set: this.set(a) };
    if (b === undefined) return internalBug(`no rows of ${node.op}`);
    if (node.op === "diff") return { kind: "andNot", of: this.term(a, node), not: this.term(b, node) };
    if (node.op === "cross") return { kind: "cross", rows: this.set(a), columns: this.set(b) };
    if (node.op === "seq") return this.#sequence(a, b, node);
    if (node.op === "filter" && c)
      return { kind: "filter", of: this.term(a, node), rows: this.set(b), columns: this.set(c) };
    return internalBug(`no rows of ${node.op}`);
  }

  /** An intersection; a single inverse in it is looked up pair by pair instead of being transposed. */
  #meet(node: Node): Term {
    const inverses = node.args.filter(
      (arg) => arg.op === "inverse" && !this.#hasSlot(arg) && this.#usesOf(arg) < 2,
    );
    const [inverse] = inverses;
    if (inverse?.args[0] === undefined || node.args.length === inverses.length)
      return { kind: "and", of: node.args.map((arg) => this.term(arg, node)) };
    const rest = node.args.filter((arg) => arg !== inverse);
    const [only] = rest;
    const of: Term =
      rest.length === 1 && only !== undefined
        ? this.term(only, node)
        : { kind: "and", of: rest.map((arg) => this.term(arg, node)) };
    return { kind: "meetInverse", of, slot: this.slot(inverse.args[0]) };
  }

  #sequence(a: Node, b: Node, user: Node): Term {
    const left = this.#side(a);
    const right = this.#side(b);
    const [inner, rows, columns] = right.of?.op === "filter" ? right.of.args : [];
    const mask: Mask =
      inner && rows && columns && !this.#hasSlot(right.of)
        ? { rows: this.set(rows), columns: this.set(columns) }
        : { rows: "all", columns: "all" };
    const matrix = mask.rows === "all" && mask.columns === "all" ? right.of : inner;
    return {
      kind: "seq",
      left: { diagonal: left.diagonal, of: left.of && this.term(left.of, user) },
      right: { diagonal: right.diagonal, of: matrix && this.slot(matrix) },
      mask,
    };
  }

  /** Splits off the diagonal of a side of a sequence. */
  #side(node: Node): Side<Node> {
    const operands = node.op === "union" ? node.args : [node];
    const diagonal = operands.find(isDiagonal);
    if (diagonal === undefined) return { diagonal: undefined, of: node };
    const rest = this.#nodes.union(
      "rel",
      operands.filter((each) => each !== diagonal),
    );
    const set = diagonal.args[0] === undefined ? ("all" as const) : this.set(diagonal.args[0]);
    return { diagonal: set, of: rest.op === "none" ? undefined : rest };
  }

  // ---- decisions ----

  #hasSlot(node: Node | undefined): boolean {
    return node !== undefined && this.#known(node) !== undefined;
  }

  #usesOf(node: Node): number {
    return this.#uses.get(node) ?? 0;
  }

  #wantsSlot(node: Node, user: Node): boolean {
    if (this.#hasSlot(node) || ["plus", "inverse", "fix"].includes(node.op)) return true;
    if (isDiagonal(node) || node.op === "cross") return false;
    if (node.op === "seq" && node.args[0]?.op === "inverse") return true;
    if (this.#isStatic(node) && !this.#isStatic(user)) return true;
    if (!this.#isBound(node) && this.#isBound(user)) return true;
    return this.#usesOf(node) > 1 && this.#costs(node);
  }

  /** More than a load or two per row. */
  #costs(node: Node): boolean {
    return node.op !== "filter" || node.args[0]?.op !== "prim";
  }

  #isStatic(node: Node): boolean {
    return this.#below(node, this.#static, (each) => !(each.op === "prim" && DYNAMIC.has(each.name)));
  }

  /** Whether the node mentions the variable of a recursion around it. */
  #isBound(node: Node): boolean {
    const known = this.#bound.get(node);
    if (known !== undefined) return known;
    const found = node.op === "var" || node.args.some((arg) => this.#isBound(arg));
    this.#bound.set(node, found);
    return found;
  }

  #below(node: Node, memo: Map<Node, boolean>, good: (node: Node) => boolean): boolean {
    const known = memo.get(node);
    if (known !== undefined) return known;
    const found = good(node) && operandsOf(node).every((each) => this.#below(each, memo, good));
    memo.set(node, found);
    return found;
  }

  // ---- recursion ----

  #recursion(fix: Fixpoint): readonly Slot[] {
    const known = this.#recursions.get(fix);
    if (known !== undefined) return known;
    this.#hoist(fix);
    const stays = fix.bodies.every((body) => this.#isStatic(body));
    const steps = fix.vars.map((variable, i) => this.#step(variable, fix.bodies[i], stays));
    const slots: Slot[] = [];
    const leader = (): Slot => slots[0] ?? internalBug("an empty recursion");
    const recursion: Recursion = { name: fix.vars.map(({ name }) => name).join(", "), leader, steps };
    for (const { variable } of steps) slots.push({ ...variable, def: { kind: "fix", recursion } });
    this.#recursions.set(fix, slots);
    this.order.push(...slots);
    return slots;
  }

  /** What a recursion needs from outside is computed before it. */
  #hoist(fix: Fixpoint): void {
    for (const node of reachable(fix.bodies))
      for (const each of node.args)
        if (this.#isBound(node) && !this.#isBound(each) && !this.#isTrivial(each)) this.slot(each);
  }

  #isTrivial({ op }: Node): boolean {
    return ["none", "all", "id", "identity", "cross"].includes(op);
  }

  #step(variable: Node, body: Node | undefined, stays: boolean): RecursionStep {
    if (body === undefined) return internalBug("a recursion without this definition");
    const step = { known: new Map<Node, Slot>(), order: [] };
    this.#steps.push(step);
    const value = this.slot(body);
    this.#steps.pop();
    return { variable: { ...this.slot(variable), static: stays }, slots: step.order, value };
  }
}
