/**
 * The generated evaluator of a model, for graphs of one number of words.
 *
 * Axioms are stages, cheapest first. A stage computes the slots that no earlier stage needed, static ones only when
 * events came or went since it last did, and then tests. What cannot fail because some set is empty is skipped with all
 * that it alone needs: a program of marked accesses does not pay for the axiom about plain ones. Everything lives in one scope of generated code, and no call
 * allocates. The code can be attached to one graph after the other: what V8 learned on one serves the next.
 */

import { InputError } from "../../base/input_error.ts";
import type { Node } from "../algebra/node.ts";
import type { Nodes } from "../algebra/nodes.ts";
import { reachable } from "../algebra/walk.ts";
import type { Axiom } from "../build/build.ts";
import type { EventGraph } from "../graph.ts";
import { cycleFunctions } from "./cycles.ts";
import { deepGuards, type Guard, guardOf, restricted } from "./guards.ts";
import { Lowering } from "./lower.ts";
import { needed, referencesOf } from "./references.ts";
import { SlotWriter } from "./slots.ts";
import { byCost } from "./stages.ts";
import type { Def, Slot } from "./term.ts";

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
  /** Slots that no stage before it needed. */
  readonly slots: readonly Slot[];
  /** What its test reads, as a definition. */
  readonly reads: Def;
  /** Statements that return true when the test holds. */
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
  #deep: ReadonlyMap<string, Guard> | undefined;

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
let stamp = NaN, kf = false, epoch = 0;
${order
  .filter((slot) => !slot.static)
  .map(({ name }) => `let e${name} = 0;`)
  .join("\n")}
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
    const { reads, test } = this.#test(axiom);
    return { slots: order.slice(before), reads, test };
  }

  #test({ kind, node }: Axiom): { readonly reads: Def; readonly test: string } {
    if (node.op === "none") return { reads: { kind: "rows", of: { kind: "none" } }, test: "return true;" };
    const inner = node.op === "plus" ? node.args[0] : undefined;
    if (kind === "acyclic") return this.#acyclic(inner ?? node);
    if (kind === "irreflexive") return inner ? this.#acyclic(inner) : this.#loop(node, diagonalTest);
    if (node.sort === "rel") return this.#loop(node, (words) => words.join(" | "));
    const slot = this.#lowering.slot(node);
    const words = Array.from({ length: this.#words }, (_, k) => `${slot.name}[${k}]`);
    return {
      reads: { kind: "set", term: { kind: "load", slot } },
      test: `return (${words.join(" | ")}) === 0;`,
    };
  }

  #acyclic(node: Node): { readonly reads: Def; readonly test: string } {
    const closure = this.#closed.get(node);
    const slot = this.#lowering.slot(closure ?? node);
    const test = closure === undefined ? `acyclic(${slot.name}, n)` : `a${slot.name}`;
    return { reads: { kind: "rows", of: { kind: "load", slot } }, test: `return ${test};` };
  }

  /** Fails at the first row with something that must not be there. */
  #loop(
    node: Node,
    found: (words: readonly string[]) => string,
  ): { readonly reads: Def; readonly test: string } {
    const reads = { kind: "rows", of: this.#lowering.term(node, node) } as const;
    const rows = this.#slotWriter().rows(reads.of, (words, out) => {
      const named = this.#words > 1 ? out.named(words) : words;
      out.line(`if ((${found(named)}) !== 0) return false;`);
    });
    return { reads, test: `${rows}\nreturn true;` };
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
    const done = new Set<string>();
    const steps = stages.map((stage, i) => {
      const slots = this.#dynamic(stage).filter(({ name }) => !done.has(name));
      const when = this.#worth(stage, done);
      if (when === undefined) for (const { name } of slots) done.add(name);
      return `
if (!k${i}) { ${calls(stage.slots.filter((slot) => slot.static))} k${i} = true; }
${when === undefined ? "" : `if (${when}) `}{
${slots.map(once).join(" ")}
if (!t${i}(n)) return ${i};
}`;
    });
    return `function firstFailure() {
const n = graph.n;
if (stamp !== graph.stamp) refresh(n);
epoch++;
${steps.join("")}
return -1;
}`;
  }

  /** Everything anew but what is static: the graph may have changed since the last call of the other entry point. */
  #flags(rejecting: readonly Stage[], raising: readonly Stage[]): string {
    const slots = [...rejecting, ...raising].flatMap((stage) => stage.slots);
    const tests = raising.map((stage, i) => {
      const when = this.#worth(stage, new Set());
      return `let b${i} = true;
${when === undefined ? "" : `if (${when}) `}{ ${this.#dynamic(stage).map(once).join(" ")} b${i} = u${i}(n); }`;
    });
    return `function flags() {
const n = graph.n;
if (stamp !== graph.stamp) refresh(n);
if (!kf) { ${calls(slots.filter((slot) => slot.static))} kf = true; }
epoch++;
${tests.join("\n")}
return [${raising.map((_, i) => `b${i}`).join(", ")}];
}`;
  }

  /** Of all slots; everything has been lowered when the first stage is written. */
  #guards(): ReadonlyMap<string, Guard> {
    this.#deep ??= deepGuards(this.#lowering.order);
    return this.#deep;
  }

  /** What a stage's test needs computed that depends on rf and co. */
  #dynamic({ reads }: Stage): readonly Slot[] {
    return needed(referencesOf(reads), this.#lowering.order).filter((slot) => !slot.static);
  }

  /**
   * A condition without which the test holds anyway, on what is known before the stage begins: static slots, sets of
   * the graph, and slots that are `done`. Undefined when there is none.
   */
  #worth({ reads }: Stage, done: ReadonlySet<string>): string | undefined {
    const { order, primitives } = this.#lowering;
    const known = new Set([
      ...order.filter((slot) => slot.static).map(({ name }) => name),
      ...primitives.map(({ slot }) => slot.name),
      ...done,
    ]);
    return this.#slotWriter().condition(restricted(guardOf(reads, this.#guards()), known));
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

/** Computes a slot unless this call has done so. */
const once = ({ name }: Slot): string => `if (e${name} !== epoch) { e${name} = epoch; f${name}(n); }`;

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
