/** A model as engines see it, over the nodes that it was unfolded into. */

import { Folder } from "../algebra/fold.ts";
import type { Node } from "../algebra/node.ts";
import { keepsProgramOrder } from "../algebra/order.ts";
import { primitives } from "../algebra/walk.ts";
import type { Axiom, Built } from "../build/build.ts";
import type { EventGraph } from "../graph.ts";
import type { Explanation, Model, ModelChecker } from "../model.ts";
import { type Evaluation, evaluation } from "./checker.ts";
import { explain } from "./explain.ts";

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
    const { unfolder } = this.#built;
    const folder = new Folder(unfolder.nodes, absent);
    const axioms = this.axioms.map((axiom) => ({ ...axiom, node: folder.fold(axiom.node) }));
    return new CompiledChecker(graph, evaluation(unfolder.nodes, axioms, graph));
  }
}

function acyclicRelations(axioms: readonly Axiom[]): readonly Node[] {
  return axioms.filter(({ role, kind }) => role === "reject" && kind === "acyclic").map(({ node }) => node);
}

export class CompiledChecker implements ModelChecker {
  readonly evaluation: Evaluation;
  readonly #graph: EventGraph;

  constructor(graph: EventGraph, evaluated: Evaluation) {
    this.#graph = graph;
    this.evaluation = evaluated;
  }

  consistent(): boolean {
    return this.evaluation.evaluator.firstFailure() < 0;
  }

  flags(): readonly string[] {
    const { evaluator, flags } = this.evaluation;
    const holds = evaluator.flags();
    const raised = flags.filter(({ raisedWhen }, i) => holds[i] === raisedWhen).map(({ name }) => name);
    return [...new Set(raised)];
  }

  explain(): Explanation | undefined {
    const { evaluator, stages } = this.evaluation;
    const failed = stages[evaluator.firstFailure()];
    return failed && explain(failed, this.#graph);
  }
}
