/** What exploring a litmus test found, in whole or in part. */

import { type Counts, noCounts } from "./counts.ts";
import { earliest } from "./split.ts";

export interface LitmusOutcome {
  /** Distinct values of what the test observes, with the number of executions that end so, in lexical order. */
  readonly states: readonly LitmusState[];
  /** Executions that satisfy the condition, and those that do not; what `filter` refuses is in neither. */
  readonly positive: number;
  readonly negative: number;
  /** How many of these raised each flag of the model. */
  readonly flags: ReadonlyMap<string, number>;
  /** Executions in which a thread went where it cannot go: a pointer to nothing, the release of a free lock. */
  readonly faults: number;
  readonly counts: Counts;
  /** Choices that lead to the first execution that satisfies the condition, and to the first that does not. */
  readonly witness: readonly number[] | undefined;
  readonly counterexample: readonly number[] | undefined;
  /** Sets that the program's events are in and the model does not mention: tags that mean nothing to it. */
  readonly unheard: readonly string[];
  /** Of a search that explored executions with equal futures once: its counts are no numbers of executions. */
  readonly merged?: MergedNodes;
}

export interface MergedNodes {
  /** Nodes explored, and nodes left out because one like them had been. */
  readonly explored: number;
  readonly left: number;
  /** Flags that executions which were left out might raise: nobody looked. */
  readonly flags: readonly string[];
}

export interface LitmusState {
  /** One per value of `LitmusTest.observed`, arrays spread out. */
  readonly values: readonly number[];
  readonly executions: number;
  readonly positive: boolean;
}

/** What tells states apart. */
export const stateKey = (values: readonly number[], positive: boolean): string =>
  `${positive} ${values.join(" ")}`;

/** States in the order of their values. */
export function byValues(a: LitmusState, b: LitmusState): number {
  for (const [i, value] of a.values.entries()) {
    const difference = value - (b.values[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(a.positive) - Number(b.positive);
}

/** The outcomes of the parts of one search, in order, as the outcome of the whole. */
export function mergeOutcomes(parts: readonly LitmusOutcome[]): LitmusOutcome {
  const counts = noCounts();
  const flags = new Map<string, number>();
  const states = new Map<string, LitmusState>();
  for (const part of parts) {
    for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += part.counts[key];
    for (const [flag, times] of part.flags) flags.set(flag, (flags.get(flag) ?? 0) + times);
    for (const state of part.states) {
      const key = stateKey(state.values, state.positive);
      const executions = state.executions + (states.get(key)?.executions ?? 0);
      states.set(key, { ...state, executions });
    }
  }
  const sum = (of: (part: LitmusOutcome) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    states: [...states.values()].sort(byValues),
    positive: sum((part) => part.positive),
    negative: sum((part) => part.negative),
    flags,
    faults: sum((part) => part.faults),
    counts,
    witness: earliest(parts.map((part) => part.witness)),
    counterexample: earliest(parts.map((part) => part.counterexample)),
    unheard: parts[0]?.unheard ?? [],
  };
}
