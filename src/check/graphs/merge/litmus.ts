/**
 * A litmus test judged by a search that explores executions with equal futures once: its final states and its verdict,
 * not how many executions there are. For tests whose executions are too many to be counted.
 */

import { err, ok, type Result } from "../../../base/result.ts";
import type { LitmusTest } from "../../../ir/litmus.ts";
import { forwardLocal } from "../../../memory/locality.ts";
import type { Model } from "../../../memory/model.ts";
import { eventKinds, Instance } from "../instance.ts";
import { programOf } from "../litmus.ts";
import type { LitmusOutcome } from "../outcome.ts";
import { Tally } from "../tally.ts";
import { mergedSearch } from "./search.ts";
import { twinsOf } from "./twins.ts";

export interface MergedLitmusOptions {
  /** How often a loop goes round. */
  readonly unroll: number;
  /** Nodes of the search, at most. */
  readonly most?: number;
}

/** What the tables of one test may take: several tests run at once. */
const BYTES = 1 << 28;

/**
 * The states of a test, each once: `positive` and `negative` count states. Flags are those of executions that were
 * visited; `merged.flags` names those that the ones left out might raise.
 * @returns why the model does not allow it, where it does not.
 */
export function mergeLitmus(
  test: LitmusTest,
  model: Model,
  options: MergedLitmusOptions,
): Result<LitmusOutcome, string> {
  const instance = new Instance(programOf(test), model, {
    unroll: options.unroll,
    specialise: true,
    guess: true,
    thinAir: true,
  });
  const locality = forwardLocal(model, instance.absent);
  if (!locality.local) return err(locality.why);
  const tally = new Tally(test, instance);
  const observe = tally.observed;
  const { counts, merging } = mergedSearch(instance, tally, {
    observe,
    symmetry: !tellsTwinsApart(instance, observe.registers),
    bytes: BYTES,
    ...(options.most === undefined ? {} : { most: options.most }),
  });
  if (merging.kind !== "merged") return err(merging.why);
  const outcome = tally.outcome(counts);
  const { states: explored, merged: left } = merging;
  const flags = left === 0 ? [] : (model.flagsOf?.(eventKinds(instance.sites)) ?? []);
  instance.release();
  return ok({ ...outcome, ...statesOf(outcome), merged: { explored, left, flags } });
}

/** An exchange of twins would exchange registers that the question names: the states would be some of all. */
function tellsTwinsApart({ codes }: Instance, registers: readonly (readonly number[])[]): boolean {
  const twins = twinsOf(codes, registers);
  return twins.some((first, t) => first !== t && (registers[t] ?? []).length > 0);
}

function statesOf({ states }: LitmusOutcome): Pick<LitmusOutcome, "positive" | "negative" | "states"> {
  const positive = states.filter((state) => state.positive).length;
  return {
    positive,
    negative: states.length - positive,
    states: states.map((state) => ({ ...state, executions: 1 })),
  };
}
