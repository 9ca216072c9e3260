/**
 * One litmus test under one memory model, as evidence: what `graphs/litmus.ts` counts, states as herd7 prints them, and
 * on demand an execution to look at or the reason why there is none.
 */

import { ok, type Result } from "../../base/result.ts";
import type { LitmusDrawing, LitmusResult } from "../../evidence/litmus.ts";
import type { LitmusTest, Prop } from "../../ir/litmus.ts";
import type { Model } from "../../memory/model.ts";
import { Explorer } from "../graphs/explore.ts";
import { Instance } from "../graphs/instance.ts";
import { runLitmus as explore, programOf } from "../graphs/litmus.ts";
import { mergeLitmus } from "../graphs/merge/litmus.ts";
import type { LitmusOutcome } from "../graphs/outcome.ts";
import { KINDS, ShownGraph } from "./events.ts";
import { stateLines } from "./final_states.ts";
import { explainAbsence } from "./why.ts";

export interface LitmusOptions {
  /** How often a loop goes round. */
  readonly unroll: number;
  /** Nodes of the search, at most. */
  readonly steps?: number;
  /** Say why an outcome cannot be. */
  readonly why: boolean;
  /** Keep one execution as a drawing: one with the outcome, or where there is none one that the model rejects. */
  readonly draw: boolean;
  /** Seconds. */
  readonly now: () => number;
}

/** Everything about a result but where the test and the model come from. */
export type LitmusFigures = Omit<LitmusResult, "file" | "model" | "hash">;

export function runLitmus(test: LitmusTest, model: Model, options: LitmusOptions): LitmusFigures {
  const start = options.now();
  const part = { prefix: [], ...(options.steps === undefined ? {} : { most: options.steps }) };
  const outcome = explore(test, model, { unroll: options.unroll, part });
  return figuresOf(test, model, options, outcome, options.now() - start);
}

/**
 * The same by exploring executions with equal futures once (`docs/merging.md`): states and verdict, but no counts.
 * @returns why the model does not allow it, where it does not.
 */
export function runMerged(
  test: LitmusTest,
  model: Model,
  options: LitmusOptions,
): Result<LitmusFigures, string> {
  const start = options.now();
  const outcome = mergeLitmus(test, model, {
    unroll: options.unroll,
    ...(options.steps === undefined ? {} : { most: options.steps }),
  });
  if (!outcome.ok) return outcome;
  return ok(figuresOf(test, model, options, outcome.value, options.now() - start));
}

/** What an outcome, however it was found, says about a test. */
export function figuresOf(
  test: LitmusTest,
  model: Model,
  options: LitmusOptions,
  outcome: LitmusOutcome,
  seconds: number,
): LitmusFigures {
  const { positive, negative, counts, faults, unheard } = outcome;
  return {
    name: test.name,
    quantifier: test.quantifier,
    condition: test.conditionText,
    states: stateLines(test, distinct(outcome)),
    positive,
    negative,
    flags: [...outcome.flags.keys()].sort(),
    ...(counts.cut === 0 ? {} : { bound: options.unroll }),
    ...(counts.left === 0 ? {} : { limit: counts.steps }),
    ...(outcome.merged === undefined ? {} : { merged: outcome.merged }),
    stuck: counts.stuck,
    faults,
    unheard: unheard.filter((name) => !KINDS.has(name)),
    seconds,
    ...lookInto(test, model, options, outcome),
  };
}

/** States of which the condition tells some executions apart are one state. */
function distinct({ states }: LitmusOutcome): (readonly number[])[] {
  return [...new Map(states.map(({ values }) => [values.join(" "), values])).values()];
}

/** What an execution must show to be worth drawing or explaining: the condition, or for `forall` its opposite. */
function outcomeOf({ quantifier, condition }: LitmusTest): Prop {
  return quantifier === "forall" ? { kind: "not", of: condition } : condition;
}

function lookInto(
  test: LitmusTest,
  model: Model,
  { unroll, why, draw }: LitmusOptions,
  { witness, counterexample, counts }: LitmusOutcome,
): Pick<LitmusResult, "why" | "drawing"> {
  if (!why && !draw) return {};
  const [shows, other] = test.quantifier === "forall" ? [counterexample, witness] : [witness, counterexample];
  // An outcome that was not found so far need not be absent.
  const isAbsent = shows === undefined && counts.left === 0;
  const absent = isAbsent ? explainAbsence(test, model, outcomeOf(test), { unroll }) : undefined;
  const path = shows ?? other;
  const replayed =
    draw && path !== undefined ? drawPath(test, model, unroll, path, shows !== undefined) : undefined;
  const drawing = draw ? (absent?.drawing ?? replayed) : undefined;
  return {
    ...(absent === undefined || !why ? {} : { why: absent.reason }),
    ...(drawing === undefined ? {} : { drawing }),
  };
}

/** Goes to the execution at the end of a path of choices, and draws it. */
function drawPath(
  test: LitmusTest,
  model: Model,
  unroll: number,
  path: readonly number[],
  shows: boolean,
): LitmusDrawing | undefined {
  const instance = new Instance(programOf(test), model, { unroll, guess: true, thinAir: true });
  const title = `${test.name}: ${test.conditionText}${shows ? "" : " (another outcome)"}`;
  let drawing: LitmusDrawing | undefined;
  const complete = (): void => {
    drawing ??= new ShownGraph(test, instance).drawing(title);
  };
  new Explorer(instance, { complete, stuck: () => {} }).run({ prefix: path });
  return drawing;
}
