/**
 * The generated evaluator of a model, for graphs of one number of words.
 *
 * Axioms are stages, cheapest first. A stage computes the slots that no earlier stage needed, static ones only when
 * events came or went since it last did, and then tests. Everything lives in one scope of generated code, and no call
 * allocates. The code can be attached to one graph after the other: what V8 learned on one serves the next.
 */

import { InputError } from "../../base/input_error.ts";
import type { Node } from "../algebra/node.ts";
import type { Nodes } from "../algebra/nodes.ts";
import { reachable } from "../algebra/walk.ts";
import type { Axiom } from "../build/build.ts";
import type { EventGraph } from "../graph.ts";
import { cycleFunctions } from "./cycles.ts";
import { guardOf } from "./guards.ts";
import { Lowering } from "./lower.ts";
import { SlotWriter } from "./slots.ts";
import { byCost } from "./stages.ts";
import type { Slot } from "./term.ts";

/** What the generated code offers. */
export interface Evaluator {
  /** Reads this graph from now on, by the arrays of `primitives`. */
  attach(graph: EventGraph, arrays: Readonly<Record<string, Int32Array>>): void;
  /** The number of the first stage that fails, or −1. */
  firstFailure(): number;
  /** For each flag in order, whether its test holds. */
  flags(): readonly boolean[];
}

/** An evaluator with the axioms that its numbers mean. */
export interface Evaluation {
  readonly evaluator: Evaluator;
  readonly stages: readonly Axiom[];
  readonly flags: readonly Axiom[];
  /** The sets and relations of the graph that it reads, and the names that `attach` expects them under. */
  readonly primitives: readonly { readonly name: string; readonly node: Node }[];
  /** The generated code, for people and tests. */
  readonly source: string;
}

interface Stage {
  readonly slots: readonly Slot[];
  /** An expression or a block of statements that returns: true when the test holds. */
  readonly test: string;
}

/** Generates the evaluator of these axioms for graphs of so many words. */
export function evaluation(nodes: Nodes, axioms: readonly Axiom[], words: number): Evaluation {
  const stages = byCost(axioms.filter(({ role, node }) => role === "reject" && node.op !== "none"));
  const flags = axioms.filter(({ role }) => role === "flag");
  const generator = new Generator(nodes, [...stages, ...flags], words);
  const source = generator.write(stages, flags);
  const make = new Function("own", "unsettled", source);
  const evaluator = make(generator.ownArrays(), unsettled) as Evaluator;
  return { evaluator, stages, flags, primitives: generator.primitives, source };
}

function unsettled(name: string): never {
  throw new InputError(`the recursive definition of ${name} does not settle: it grows and shrinks for ever`);
}

class Generator {
  readonly #words: number;
  readonly #lowering: Lowering;
  readonly #closed: ReadonlyMap<Node, Node>;

  constructor(nodes: Nodes, axioms: readonly Axiom[], words: number) {
    this.#words = words;
    const roots = axioms.map(({ node }) => node);
    this.#lowering = new Lowering(nodes, roots);
    const rejecting = axioms.filter(({ role }) => role === "reject").map(({ node }) => node);
    const closures = reachable(rejecting).filter(({ op }) => op === "plus");
    this.#closed = new Map(closures.map((plus) => [plus.args[0] ?? plus, plus]));
  }

  write(stages: readonly Axiom[], flags: readonly Axiom[]): string {
    const rejecting = stages.map((axiom) => this.#stage(axiom));
    const raising = flags.map((axiom) => this.#stage(axiom));
    const { order, primitives } = this.#lowering;
    const writer = this.#slotWriter();
    const statics = rejecting.map((_, i) => `let k${i} = false;`);
    return `"use strict";
const all = new Int32Array(${this.#words}), stack = new Int32Array(${32 * this.#words});
let graph;
${primitives.map(({ slot }) => `let ${slot.name};`).join("\n")}
${allSlots(order)
  .map(({ name }) => `const ${name} = own.${name};`)
  .join("\n")}
${cycleFunctions(this.#words)}
${order.map((slot) => writer.write(slot)).join("\n")}
let stamp = NaN, kf = false;
${statics.join("\n")}
${this.#refresh(rejecting.length)}
${rejecting.map(({ test }, i) => `function t${i}(n) {\n${test}\n}`).join("\n")}
${raising.map(({ test }, i) => `function u${i}(n) {\n${test}\n}`).join("\n")}
${this.#firstFailure(rejecting)}
${this.#flags(rejecting, raising)}
function attach(to, arrays) {
graph = to; stamp = NaN;
${primitives.map(({ slot }) => `${slot.name} = arrays.${slot.name};`).join("\n")}
}
return { attach, firstFailure, flags };`;
  }

  #slotWriter(): SlotWriter {
    const { primitives } = this.#lowering;
    const sets = primitives.filter(({ slot }) => slot.sort === "set").map(({ slot }) => slot.name);
    const relations = primitives.filter(({ slot }) => slot.sort === "rel").map(({ slot }) => slot.name);
    return new SlotWriter(this.#words, new Set(sets), new Set(relations));
  }

  // ---- stages ----

  #stage(axiom: Axiom): Stage {
    const { order } = this.#lowering;
    const before = order.length;
    const test = this.#test(axiom);
    return { slots: order.slice(before), test };
  }

  #test({ kind, node }: Axiom): string {
    const irreflexive = kind === "irreflexive" && node.op === "plus" ? node.args[0] : undefined;
    if (node.op === "none") return "return true;";
    if (kind === "acyclic") return this.#acyclic(node.op === "plus" ? (node.args[0] ?? node) : node);
    if (irreflexive !== undefined) return this.#acyclic(irreflexive);
    if (kind === "irreflexive") return this.#loop(node, (words) => diagonalTest(words));
    if (node.sort === "rel") return this.#loop(node, (words) => words.join(" | "));
    const { name } = this.#lowering.slot(node);
    return `return (${Array.from({ length: this.#words }, (_, k) => `${name}[${k}]`).join(" | ")}) === 0;`;
  }

  #acyclic(node: Node): string {
    const closure = this.#closed.get(node);
    if (closure !== undefined) return `return a${this.#lowering.slot(closure).name};`;
    return `return acyclic(${this.#lowering.slot(node).name}, n);`;
  }

  /** Fails at the first row with something that must not be there. */
  #loop(node: Node, found: (words: readonly string[]) => string): string {
    const def = { kind: "rows", of: this.#lowering.term(node, node) } as const;
    const writer = this.#slotWriter();
    const guard = writer.condition(guardOf(def));
    const rows = writer.rows(def.of, (words, out) => {
      const named = this.#words > 1 ? out.named(words) : words;
      out.line(`if ((${found(named)}) !== 0) return false;`);
    });
    return `${guard === undefined ? "" : `if (!(${guard})) return true;`}\n${rows}\nreturn true;`;
  }

  // ---- the two entry points ----

  #refresh(stages: number): string {
    const words = Array.from({ length: this.#words }, (_, k) => {
      const low = 32 * k;
      return `all[${k}] = n >= ${low + 32} ? -1 : n > ${low} ? (1 << n - ${low}) - 1 : 0;`;
    });
    return `function refresh(n) {
stamp = graph.stamp; kf = false;
${Array.from({ length: stages }, (_, i) => `k${i} = false;`).join(" ")}
${words.join("\n")}
}`;
  }

  #firstFailure(stages: readonly Stage[]): string {
    const steps = stages.map(
      ({ slots }, i) => `
if (!k${i}) { ${calls(slots.filter((slot) => slot.static))} k${i} = true; }
${calls(slots.filter((slot) => !slot.static))}
if (!t${i}(n)) return ${i};`,
    );
    return `function firstFailure() {
const n = graph.n;
if (stamp !== graph.stamp) refresh(n);
${steps.join("")}
return -1;
}`;
  }

  /** Everything anew but what is static: the graph may have changed since the last call of the other entry point. */
  #flags(rejecting: readonly Stage[], raising: readonly Stage[]): string {
    const slots = [...rejecting, ...raising].flatMap((stage) => stage.slots);
    const needed = slots.length === 0 ? "" : calls(slots.filter((slot) => !slot.static));
    return `function flags() {
const n = graph.n;
if (stamp !== graph.stamp) refresh(n);
if (!kf) { ${calls(slots.filter((slot) => slot.static))} kf = true; }
${needed}
return [${raising.map((_, i) => `u${i}(n)`).join(", ")}];
}`;
  }

  // ---- memory ----

  get primitives(): Evaluation["primitives"] {
    return this.#lowering.primitives.map(({ slot, node }) => ({ name: slot.name, node }));
  }

  /** Arrays of the slots that are computed. */
  ownArrays(): Readonly<Record<string, Int32Array>> {
    const found: Record<string, Int32Array> = {};
    for (const { name, sort } of allSlots(this.#lowering.order))
      found[name] = new Int32Array(this.#words * (sort === "set" ? 1 : 32 * this.#words));
    return found;
  }
}

const calls = (slots: readonly Slot[]): string => slots.map(({ name }) => `f${name}(n);`).join(" ");

/** Slots with those inside recursions. */
function allSlots(order: readonly Slot[]): readonly Slot[] {
  const leaders = order.flatMap(({ def, name }) =>
    def?.kind === "fix" && def.recursion.leader().name === name ? [def.recursion] : [],
  );
  const inner = leaders.flatMap(({ steps }) => steps.flatMap(({ slots }) => slots));
  return [...order, ...inner];
}

function diagonalTest(words: readonly string[]): string {
  if (words.length === 1) return `${words[0]} >>> i & 1`;
  return `(${words.map((word, k) => `(i >>> 5 === ${k} ? ${word} : 0)`).join(" | ")}) >>> i & 1`;
}
