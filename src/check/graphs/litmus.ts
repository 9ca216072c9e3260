/**
 * A litmus test judged by exploration: its final states, and how many executions satisfy its condition.
 *
 * Executions are counted as herd7 counts them, one per reads-from and coherence of a complete graph. What is counted
 * here is about the condition itself; who prints it swaps the two numbers for `~exists`.
 */

import { type FinalState, holds, type LitmusTest, valuesOf } from "../../ir/litmus.ts";
import type { Model } from "../../memory/model.ts";
import { type Counts, noCounts, type Part } from "./counts.ts";
import { Explorer } from "./explore.ts";
import { FinalStates } from "./final_states.ts";
import { DEFAULT_UNROLL, type GraphProgram, Instance } from "./instance.ts";
import { earliest } from "./split.ts";
import { HALT } from "./threads.ts";

export interface LitmusOptions {
  /** How often a loop goes round. */
  readonly unroll?: number;
  /** Part of the search; the whole if absent. */
  readonly part?: Part;
}

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
}

export interface LitmusState {
  /** One per value of `LitmusTest.observed`, arrays spread out. */
  readonly values: readonly number[];
  readonly executions: number;
  readonly positive: boolean;
}

/** Threads and memory of a litmus test. */
export function programOf(test: LitmusTest): GraphProgram {
  return {
    program: test.program,
    threads: test.threads.map((func) => ({ func })),
    initial: test.locations.map(({ object, initial }) => ({ struct: 0, object, field: 0, value: initial })),
  };
}

/** Explores a test, or part of it. */
export function runLitmus(test: LitmusTest, model: Model, options: LitmusOptions = {}): LitmusOutcome {
  const instance = new Instance(programOf(test), model, { unroll: options.unroll ?? DEFAULT_UNROLL });
  const tally = new Tally(test, instance);
  const explorer = new Explorer(instance, tally);
  const counts = explorer.run(options.part ?? { prefix: [] });
  const outcome = tally.outcome(counts);
  instance.release();
  return outcome;
}

/** The executions of a test, summed up. */
class Tally {
  readonly #test: LitmusTest;
  readonly #instance: Instance;
  readonly #states: FinalStates;
  /** Observed values of one execution, and whether it satisfies the condition. */
  readonly #row: Int32Array;
  readonly #flags = new Map<string, number>();
  readonly #location: Int32Array;
  #positive = 0;
  #negative = 0;
  #faults = 0;
  #witness: readonly number[] | undefined;
  #counterexample: readonly number[] | undefined;

  constructor(test: LitmusTest, instance: Instance) {
    this.#test = test;
    this.#instance = instance;
    const { locations } = instance;
    this.#location = Int32Array.from(test.locations, ({ object }) =>
      locations.of(0, locations.pointerTo(object), 0),
    );
    const width = test.observed.reduce((sum, each) => sum + (each.kind === "array" ? each.count : 1), 0);
    this.#row = new Int32Array(width + 1);
    this.#states = new FinalStates(width + 1);
  }

  complete(execution: Explorer): void {
    if (this.#isFault(execution)) {
      this.#faults++;
      return;
    }
    const { filter, condition, observed } = this.#test;
    const state = this.#stateOf(execution);
    if (filter !== undefined && !holds(filter, state)) return;
    const positive = holds(condition, state);
    let i = 0;
    for (const each of observed) for (const value of valuesOf(each, state)) this.#row[i++] = value;
    this.#row[i] = positive ? 1 : 0;
    this.#states.add(this.#row);
    if (positive) {
      this.#positive++;
      this.#witness ??= [...execution.path];
    } else {
      this.#negative++;
      this.#counterexample ??= [...execution.path];
    }
    for (const flag of this.#instance.checker.flags()) {
      this.#flags.set(flag, (this.#flags.get(flag) ?? 0) + 1);
    }
  }

  /** Threads that wait for ever are no executions to herd7 either; `Counts.stuck` counts them. */
  stuck(): void {}

  #isFault(execution: Explorer): boolean {
    for (let t = 0; t < this.#test.threads.length; t++) if (execution.halt(t) !== HALT.done) return true;
    return false;
  }

  #stateOf(execution: Explorer): FinalState {
    const { registers } = this.#test;
    return {
      register: (index) => {
        const register = registers[index];
        return register === undefined ? 0 : execution.register(register.thread, register.reg);
      },
      location: (index) => execution.final(this.#location[index] ?? 0),
    };
  }

  outcome(counts: Counts): LitmusOutcome {
    return {
      states: this.#sorted(),
      positive: this.#positive,
      negative: this.#negative,
      flags: this.#flags,
      faults: this.#faults,
      counts,
      witness: this.#witness,
      counterexample: this.#counterexample,
      unheard: this.#instance.unheard,
    };
  }

  #sorted(): readonly LitmusState[] {
    const states = Array.from({ length: this.#states.count }, (_, index): LitmusState => {
      const row = [...this.#states.state(index)];
      return {
        values: row.slice(0, -1),
        executions: this.#states.occurrences(index),
        positive: row.at(-1) === 1,
      };
    });
    return states.sort(byValues);
  }
}

function byValues(a: LitmusState, b: LitmusState): number {
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
      const key = `${state.positive} ${state.values.join(" ")}`;
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
