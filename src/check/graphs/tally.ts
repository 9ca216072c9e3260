/** Final states of a litmus test's executions, as they are found. */

import {
  type FinalState,
  holds,
  type LitmusTest,
  type Observed,
  type Prop,
  valuesOf,
} from "../../ir/litmus.ts";
import type { Counts } from "./counts.ts";
import type { Explorer } from "./explore.ts";
import { FinalStates } from "./final_states.ts";
import type { Instance } from "./instance.ts";
import { byValues, type LitmusOutcome, type LitmusState, stateKey } from "./outcome.ts";
import { HALT } from "./threads.ts";
import { isVariable, variable } from "./undetermined.ts";

/**
 * The executions of a test, summed up: how often each combination of the values occurred that the question mentions.
 * Propositions are evaluated once per combination, when all is done.
 */
export class Tally {
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

  /** The registers of each thread, and the locations, that the question mentions. */
  get observed(): {
    readonly registers: readonly (readonly number[])[];
    readonly locations: readonly number[];
  } {
    const of = (thread: number): readonly number[] =>
      this.#index.filter((_, i) => this.#thread[i] === thread);
    return { registers: this.#test.threads.map((_, t) => of(t)), locations: of(-1) };
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
    if (execution.threads.supposing) renumber(this.#row);
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

/** Variables by the order in which they are met: which is which of the search's is nothing that a state could show. */
function renumber(row: Int32Array): void {
  const met: number[] = [];
  for (const [i, value] of row.entries()) {
    if (!isVariable(value)) continue;
    if (!met.includes(value)) met.push(value);
    row[i] = variable(met.indexOf(value));
  }
}

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
