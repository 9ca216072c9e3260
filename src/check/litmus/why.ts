/**
 * Why an outcome cannot be: executions that would show it are built without regard to the model's axioms, and the model
 * says of each which axiom it breaks and by which cycle. The one to read satisfies most axioms, in the order of the model's
 * text, and breaks the next one by the shortest cycle.
 */

import type { LitmusDrawing, LitmusReason } from "../../evidence/litmus.ts";
import { type FinalState, holds, type LitmusTest, type Prop } from "../../ir/litmus.ts";
import type { Explanation, Model, ModelChecker } from "../../memory/model.ts";
import { Explorer } from "../graphs/explore.ts";
import { Instance } from "../graphs/instance.ts";
import { programOf } from "../graphs/litmus.ts";
import { ShownGraph } from "./events.ts";

/** Why no execution shows the outcome, and a drawing of one that would. */
export interface Absence {
  readonly reason: LitmusReason;
  readonly drawing: LitmusDrawing | undefined;
}

/** Candidates that are looked at, and executions that are built to find them. */
const MOST_CANDIDATES = 2000;
const MOST_EXECUTIONS = 200_000;

/** Ends the search from inside a visitor. */
class Enough extends Error {}

export function explainAbsence(
  test: LitmusTest,
  model: Model,
  outcome: Prop,
  options: { readonly unroll: number },
): Absence {
  const anything = new Permissive(model);
  const instance = new Instance(programOf(test), anything, { unroll: options.unroll, guess: true });
  const shown = new ShownGraph(test, instance);
  let best: Explanation | undefined;
  let absence: Absence = { reason: { axiom: "", kind: "", edges: [], candidates: 0 }, drawing: undefined };
  let candidates = 0;
  let cut = false;
  let executions = 0;
  const consider = (execution: Explorer): void => {
    if (++executions > MOST_EXECUTIONS) throw new Enough();
    const state = stateOf(test, execution);
    if (!holds(outcome, state) || (test.filter !== undefined && !holds(test.filter, state))) return;
    const explanation = anything.checker?.explain();
    if (explanation === undefined) return;
    candidates++;
    if (best === undefined || isBetter(explanation, best)) {
      best = explanation;
      absence = { reason: reasonOf(explanation, shown), drawing: drawingOf(explanation, test, shown) };
    }
    if (candidates >= MOST_CANDIDATES) throw new Enough();
  };
  try {
    new Explorer(instance, { complete: consider, stuck: () => {} }).run();
  } catch (stop) {
    if (!(stop instanceof Enough)) throw stop;
    cut = true;
  }
  const reason = { ...absence.reason, candidates, ...(cut ? { cut: true as const } : {}) };
  return { ...absence, reason };
}

/** What breaks only an axiom that the model lists late tells more: nearly all candidates break coherence. */
function isBetter(a: Explanation, b: Explanation): boolean {
  return a.before === b.before ? a.edges.length < b.edges.length : a.before > b.before;
}

function reasonOf({ axiom, kind, events, edges }: Explanation, shown: ShownGraph): LitmusReason {
  const named = edges.map(({ from, to, via }) => ({ from: shown.name(from), to: shown.name(to), via }));
  const pair =
    named.length > 0 ? named : [{ from: events.map((e) => shown.name(e)).join(", "), to: "", via: axiom }];
  return { axiom, kind, edges: pair, candidates: 0 };
}

function drawingOf({ axiom, edges }: Explanation, test: LitmusTest, shown: ShownGraph): LitmusDrawing {
  const more = edges.map(({ from, to, via }) => ({ from, to, relation: via, refused: true as const }));
  return shown.drawing(`${test.name}: ${test.conditionText}, forbidden by ${axiom}`, more);
}

/** The final state of an execution that the search stands at. */
function stateOf(test: LitmusTest, execution: Explorer): FinalState {
  return {
    register: (index) => {
      const register = test.registers[index];
      return register === undefined ? 0 : execution.register(register.thread, register.reg);
    },
    location: (index) => execution.final(index),
  };
}

/** The model with its axioms asleep: everything that the program's dependencies allow is consistent. */
class Permissive implements Model {
  readonly name: string;
  readonly sets: readonly string[];
  readonly relations: readonly string[];
  readonly order = "dependencies";
  readonly #model: Model;
  /** The axioms, bound to the graph that was bound last. */
  checker: ModelChecker | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.name = model.name;
    this.sets = model.sets;
    this.relations = [...new Set([...model.relations, "addr", "data", "ctrl"])];
  }

  bind(...graph: Parameters<Model["bind"]>): ModelChecker {
    this.checker = this.#model.bind(...graph);
    return { consistent: () => true, flags: () => [], explain: () => undefined };
  }
}
