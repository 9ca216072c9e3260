/**
 * A model as engines see it, over the nodes that it was unfolded into.
 *
 * Generated code is shared. There is one evaluator of the whole model per number of words, which every graph can use at
 * once; and one per set of primitives that a program does without, several times as fast, which is generated when
 * programs of that kind have asked often enough to repay it. A collection of small tests runs on the first, a long
 * search on the second. Which of them answers changes no answer.
 */

import { InputError } from "../../base/input_error.ts";
import { Folder } from "../algebra/fold.ts";
import { localityOf } from "../algebra/locality.ts";
import type { Node } from "../algebra/node.ts";
import { keepsProgramOrder } from "../algebra/order.ts";
import { type EventKind, emptySets } from "../algebra/possible.ts";
import { primitives } from "../algebra/walk.ts";
import type { Axiom, Built } from "../build/build.ts";
import type { EventGraph } from "../graph.ts";
import type { Locality } from "../locality.ts";
import type { Explanation, Model, ModelChecker } from "../model.ts";
import { type Evaluation, evaluation } from "./checker.ts";
import { explain } from "./explain.ts";

/** Most executions raise no flag. */
const NONE: readonly string[] = [];

/** Checks after which generating code for a kind of program pays: about what generating costs. */
const HOT = 2000;

/** Generated code, and who uses it at the moment. */
interface Shared {
  readonly evaluation: Evaluation;
  user: CompiledChecker | undefined;
}

/** What is known of programs without certain primitives, for graphs of so many words. */
interface Kind {
  readonly absent: ReadonlySet<string>;
  checks: number;
  special: Shared | undefined;
}

/** Of nothing every test holds: `~empty` is no flag then. */
const mayBeRaised = ({ node, raisedWhen }: Axiom): boolean => raisedWhen || node.op !== "none";

/** The model of a title and its tests. */
export function compileModel(name: string, built: Built): CompiledModel {
  return new CompiledModel(name, built);
}

export class CompiledModel implements Model {
  readonly name: string;
  readonly sets: readonly string[];
  readonly relations: readonly string[];
  readonly order: Model["order"];
  /** The tests as written, for those who compare evaluators. */
  readonly axioms: readonly Axiom[];
  readonly #built: Built;
  readonly #whole = new Map<number, Shared>();
  readonly #kinds = new Map<string, Kind>();
  readonly #localities = new Map<string, Locality>();

  constructor(name: string, built: Built) {
    this.name = name;
    this.axioms = built.axioms;
    this.#built = built;
    const roots = built.axioms.map(({ node }) => node);
    this.sets = primitives(roots, "set");
    this.relations = primitives(roots, "rel");
    this.order = keepsProgramOrder(acyclicRelations(built.axioms)) ? "program" : "dependencies";
  }

  bind(graph: EventGraph, absent: ReadonlySet<string> = new Set()): CompiledChecker {
    const mentioned = [...this.sets, ...this.relations];
    const missing = mentioned.filter((name) => !graph.sets.has(name) && !graph.relations.has(name));
    const without = mentioned.filter((name) => absent.has(name));
    if (missing.some((name) => !absent.has(name)))
      this.#refuseMissing(new Set([...without, ...missing]), absent);
    return new CompiledChecker(graph, this, this.#kind(graph.words, new Set([...without, ...missing])));
  }

  locality(absent: ReadonlySet<string>): Locality {
    const key = [...absent].sort().join(" ");
    const known = this.#localities.get(key) ?? localityOf(this.#folded(absent));
    this.#localities.set(key, known);
    return known;
  }

  flagsOf(kinds: readonly EventKind[]): readonly string[] {
    const { nodes } = this.#built.unfolder;
    const flags = this.axioms.filter(({ role }) => role === "flag");
    const empty = emptySets(
      nodes,
      flags.map(({ node }) => node),
      kinds,
    );
    const folder = new Folder(nodes, new Set(), empty);
    const raised = flags.filter((axiom) => mayBeRaised({ ...axiom, node: folder.fold(axiom.node) }));
    return [...new Set(raised.map(({ name }) => name))];
  }

  /** What a graph does not have may be what the axioms do not need without what is absent. */
  #refuseMissing(gone: ReadonlySet<string>, absent: ReadonlySet<string>): void {
    const needed = this.#folded(absent).map(({ node }) => node);
    for (const name of [...primitives(needed, "set"), ...primitives(needed, "rel")])
      if (gone.has(name) && !absent.has(name))
        throw new InputError(`the model needs \`${name}\`, which this program's executions do not have`);
  }

  #folded(absent: ReadonlySet<string>): readonly Axiom[] {
    const folder = new Folder(this.#built.unfolder.nodes, absent);
    return this.axioms.map((axiom) => ({ ...axiom, node: folder.fold(axiom.node) }));
  }

  #kind(words: number, absent: ReadonlySet<string>): Kind {
    const key = `${words} ${[...absent].sort().join(" ")}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind: Kind = { absent, checks: 0, special: undefined };
    this.#kinds.set(key, kind);
    return kind;
  }

  /** The code that any graph of so many words can use. */
  whole(words: number): Shared {
    const known = this.#whole.get(words);
    if (known !== undefined) return known;
    const shared = this.#generate(this.axioms, words);
    this.#whole.set(words, shared);
    return shared;
  }

  /** The code for programs of a kind. */
  special(kind: Kind, words: number): Shared {
    kind.special ??=
      kind.absent.size === 0 ? this.whole(words) : this.#generate(this.#folded(kind.absent), words);
    return kind.special;
  }

  #generate(axioms: readonly Axiom[], words: number): Shared {
    return { evaluation: evaluation(this.#built.unfolder.nodes, axioms, words), user: undefined };
  }
}

function acyclicRelations(axioms: readonly Axiom[]): readonly Node[] {
  return axioms.filter(({ role, kind }) => role === "reject" && kind === "acyclic").map(({ node }) => node);
}

export class CompiledChecker implements ModelChecker {
  readonly #graph: EventGraph;
  readonly #model: CompiledModel;
  readonly #kind: Kind;
  #shared: Shared;
  #arrays: Readonly<Record<string, Int32Array>>;
  #special: boolean;

  constructor(graph: EventGraph, model: CompiledModel, kind: Kind) {
    this.#graph = graph;
    this.#model = model;
    this.#kind = kind;
    this.#special = kind.special !== undefined;
    this.#shared = kind.special ?? model.whole(graph.words);
    this.#arrays = this.#views();
  }

  consistent(): boolean {
    if (!this.#special && ++this.#kind.checks >= HOT) this.specialise();
    if (this.#shared.user !== this) this.#attach();
    return this.#shared.evaluation.evaluator.firstFailure() < 0;
  }

  flags(): readonly string[] {
    if (this.#shared.user !== this) this.#attach();
    const { evaluator, flags } = this.#shared.evaluation;
    const holds = evaluator.flags();
    let raised = NONE;
    for (const [i, { name, raisedWhen }] of flags.entries())
      if (holds[i] === raisedWhen && !raised.includes(name)) raised = [...raised, name];
    return raised;
  }

  explain(): Explanation | undefined {
    return this.consistent() ? undefined : explain(this.#model.axioms, this.#graph);
  }

  /** Switches to code for this kind of program, which is generated if there is none. For long searches. */
  specialise(): void {
    this.#special = true;
    this.#shared = this.#model.special(this.#kind, this.#graph.words);
    this.#arrays = this.#views();
  }

  #attach(): void {
    this.#shared.user = this;
    this.#shared.evaluation.evaluator.attach(this.#graph, this.#arrays);
  }

  #views(): Readonly<Record<string, Int32Array>> {
    const { sets, relations, words, capacity } = this.#graph;
    const views: Record<string, Int32Array> = {};
    for (const { name, node } of this.#shared.evaluation.primitives) {
      const rows = (node.sort === "set" ? sets : relations).get(node.name);
      const size = node.sort === "set" ? words : words * capacity;
      views[name] =
        rows === undefined || this.#kind.absent.has(node.name)
          ? new Int32Array(size)
          : new Int32Array(rows.buffer, rows.byteOffset, rows.length);
    }
    return views;
  }
}
