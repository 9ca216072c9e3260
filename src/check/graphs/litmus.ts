/**
 * A litmus test judged by exploration: its final states, and how many executions satisfy its condition.
 *
 * Executions are counted as herd7 counts them, one per reads-from and coherence of a complete graph. What is counted
 * here is about the condition itself; who prints it swaps the two numbers for `~exists`.
 */

import {
  type FinalState,
  holds,
  type LitmusTest,
  type Observed,
  type Prop,
  valuesOf,
} from "../../ir/litmus.ts";
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
  /** See `InstanceOptions.specialise`. */
  readonly specialise?: boolean;
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
  const { unroll = DEFAULT_UNROLL, specialise = false } = options;
  const instance = new Instance(programOf(test), model, { unroll, specialise });
  const tally = new Tally(test, instance);
  const explorer = new Explorer(instance, tally);
  const counts = explorer.run(options.part ?? { prefix: [] });
  const outcome = tally.outcome(counts);
  instance.release();
  return outcome;
}

/**
 * The executions of a test, summed up: how often each combination of the values occurred that the question mentions.
 * Propositions are evaluated once per combination, when all is done.
 */
class Tally {
  readonly #test: LitmusTest;
  readonly #instance: Instance;
  readonly #states: FinalStates;
  /** The parts of a final state that the question mentions; a register's thread is −1 for a location. */
  readonly #thread: number[] = [];
  readonly #index: number[] = [];
  /** Position in the row of each register and location that is mentioned. */
  readonly #ofRegister = new Map<number, number>();
  readonly #ofLocation = new Map<number, number>();
  readonly #row: Int32Array;
  readonly #flags = new Map<string, number>();
  /** Per distinct row, the path to its first execution. */
  readonly #paths: (readonly number[])[] = [];
  #faults = 0;

  constructor(test: LitmusTest, instance: Instance) {
    this.#test = test;
    this.#instance = instance;
    for (const part of mentionedBy(test)) this.#mention(part);
    this.#row = new Int32Array(this.#thread.length);
    this.#states = new FinalStates(this.#thread.length);
  }

  #mention(part: Observed): void {
    const { test, instance } = { test: this.#test, instance: this.#instance };
    if (part.kind === "register") {
      const register = test.registers[part.index];
      if (register === undefined || this.#ofRegister.has(part.index)) return;
      this.#ofRegister.set(part.index, this.#thread.push(register.thread) - 1);
      this.#index.push(register.reg);
      return;
    }
    const { locations } = instance;
    const [first, count] = part.kind === "array" ? [part.first, part.count] : [part.index, 1];
    for (let i = first; i < first + count; i++) {
      if (this.#ofLocation.has(i)) continue;
      this.#ofLocation.set(i, this.#thread.push(-1) - 1);
      const object = test.locations[i]?.object ?? 0;
      this.#index.push(locations.of(0, locations.pointerTo(object), 0));
    }
  }

  complete(execution: Explorer): void {
    if (this.#isFault(execution)) {
      this.#faults++;
      return;
    }
    for (let i = 0; i < this.#row.length; i++) {
      const thread = this.#thread[i] ?? 0;
      const index = this.#index[i] ?? 0;
      this.#row[i] = thread < 0 ? execution.final(index) : execution.register(thread, index);
    }
    const known = this.#states.count;
    const state = this.#states.add(this.#row);
    if (state === known) this.#paths.push([...execution.path]);
    const { filter } = this.#test;
    const raised = this.#instance.checker.flags();
    if (raised.length === 0 || (filter !== undefined && !holds(filter, this.#view(state)))) return;
    for (const flag of raised) this.#flags.set(flag, (this.#flags.get(flag) ?? 0) + 1);
  }

  /** Threads that wait for ever are no executions to herd7 either; `Counts.stuck` counts them. */
  stuck(): void {}

  #isFault(execution: Explorer): boolean {
    for (let t = 0; t < this.#test.threads.length; t++) if (execution.halt(t) !== HALT.done) return true;
    return false;
  }

  /** A combination of values as propositions see it. */
  #view(state: number): FinalState {
    const row = this.#states.state(state);
    return {
      register: (index) => row[this.#ofRegister.get(index) ?? -1] ?? 0,
      location: (index) => row[this.#ofLocation.get(index) ?? -1] ?? 0,
    };
  }

  outcome(counts: Counts): LitmusOutcome {
    const { filter, condition, observed } = this.#test;
    const states = new Map<string, LitmusState>();
    const totals = { positive: 0, negative: 0 };
    const paths: { positive?: readonly number[]; negative?: readonly number[] } = {};
    for (let i = 0; i < this.#states.count; i++) {
      const view = this.#view(i);
      if (filter !== undefined && !holds(filter, view)) continue;
      const positive = holds(condition, view);
      const kind = positive ? "positive" : "negative";
      const values = observed.flatMap((each) => valuesOf(each, view));
      const key = stateKey(values, positive);
      const occurrences = this.#states.occurrences(i);
      states.set(key, { values, executions: occurrences + (states.get(key)?.executions ?? 0), positive });
      totals[kind] += occurrences;
      // Rows are numbered in the order of the search.
      paths[kind] ??= this.#paths[i] ?? [];
    }
    return {
      states: [...states.values()].sort(byValues),
      ...totals,
      flags: this.#flags,
      faults: this.#faults,
      counts,
      witness: paths.positive,
      counterexample: paths.negative,
      unheard: this.#instance.unheard,
    };
  }
}

const stateKey = (values: readonly number[], positive: boolean): string => `${positive} ${values.join(" ")}`;

/** Everything that a test's question looks at. */
function mentionedBy({ observed, filter, condition }: LitmusTest): readonly Observed[] {
  const inside = (prop: Prop): readonly Observed[] => {
    switch (prop.kind) {
      case "true":
      case "false":
        return [];
      case "not":
        return inside(prop.of);
      case "equals":
        return typeof prop.right === "number" ? [prop.left] : [prop.left, prop.right];
      default:
        return [...inside(prop.left), ...inside(prop.right)];
    }
  };
  return [...observed, ...inside(condition), ...(filter === undefined ? [] : inside(filter))];
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
