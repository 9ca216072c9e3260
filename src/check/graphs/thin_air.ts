/**
 * Executions in which a value is computed from itself, through reads that take what hangs on them.
 *
 *     r1 = READ_ONCE(*x); *y = r1;        r2 = READ_ONCE(*y); *x = r2;
 *
 * Where plain accesses hide the dependency from the model, herd7 has an execution in which each read takes the other
 * thread's write. It solves equations (7.58, `valconstraint.ml`, `mem.ml`): variables that are copies of each other are
 * one; what is known is put in, over and over; a candidate with an equation left over is rejected. So a value that goes
 * round by copies alone stays a variable, `S16` in a state, equal to itself and to no number; `r1 + 1` or a branch on `r1`
 * rejects; and `(r1 ^ r1) + 1` is 1, although it depends on the read.
 *
 * The search gets there when reads wait for each other. It *supposes* what the first of them reads, and its thread goes
 * on with that; the read itself waits on and takes writes of that value only. It supposes a variable first. On the way
 * it may meet writes for the read whose value is known, or another variable: those are supposed next, each in a search
 * of its own. Of two variables that turn out to be one the read that was supposed first gives the name. So a given
 * execution has one value for each read that is supposed, and is reached once; a number that comes out only because
 * it was put in is found by solving the equations again without it (`grounds.ts`).
 *
 * Events that are made before the read do not know yet that they depend on it. Their threads tell when they pass them.
 */

import type { Choices } from "./choices.ts";
import { mayWrite, type Site } from "./code.ts";
import { type ExecutionGraph, KEYS } from "./graph.ts";
import { areGrounded, type Claim } from "./grounds.ts";
import type { Guesses } from "./guesses.ts";
import type { Instance } from "./instance.ts";
import { FN, OP } from "./opcodes.ts";
import { HALT, type Threads } from "./threads.ts";
import { applyOpenly, isDecided, isVariable, variable } from "./undetermined.ts";
import type { Operations, Waiting } from "./waiting.ts";

/** A read that is supposed to have some value, on the way to the current node. */
interface Supposition {
  readonly thread: number;
  readonly pc: number;
  /** Its variable. */
  readonly variable: number;
  value: number;
  /** Other values that it may have. */
  readonly wanted: number[];
}

/** Distance between values and the choices that stand for them. */
const CHOICE = 2 ** 33;

export class ThinAir {
  readonly #instance: Instance;
  readonly #threads: Threads;
  readonly #graph: ExecutionGraph;
  readonly #waiting: Waiting;
  readonly #guesses: Guesses;
  /** The first variable of each thread. */
  readonly #first: readonly number[];
  readonly #suppositions: Supposition[] = [];

  constructor(instance: Instance, waiting: Waiting, guesses: Guesses) {
    const { threads, graph } = instance;
    this.#instance = instance;
    this.#threads = threads;
    this.#graph = graph;
    this.#waiting = waiting;
    this.#guesses = guesses;
    let next = 0;
    this.#first = threads.codes.map(({ length }) => {
      next += length;
      return variable(next - length);
    });
  }

  /** Something is supposed on the way here. */
  get active(): boolean {
    return this.#suppositions.length > 0;
  }

  // ---- supposing -----------------------------------------------------------------------------------------------

  /** Calls `explore` once for each value that a waiting read may turn out to have: a choice each. */
  each(number: number, choices: Choices, explore: () => void): void {
    const { given } = choices;
    const { operations, supposed, value } = this.#waiting;
    const [thread, pc] = [operations.thread[number] ?? 0, operations.pc[number] ?? 0];
    const own = (this.#first[thread] ?? 0) + pc;
    const wanted = given === undefined || given === 0 ? [] : [given - CHOICE];
    const supposition: Supposition = { thread, pc, variable: own, value: own, wanted };
    this.#suppositions.push(supposition);
    this.#tell();
    if (given === undefined) this.#askReaders(number, wanted);
    for (let i = -1; i < wanted.length; i++) {
      const next = i < 0 ? own : (wanted[i] ?? 0);
      if (!choices.enter(i < 0 ? 0 : next + CHOICE)) continue;
      supposition.value = next;
      supposed[number] = 1;
      value[number] = next;
      this.#askUpdates();
      explore();
      supposed[number] = 0;
      choices.leave();
    }
    this.#suppositions.pop();
    this.#tell();
  }

  #tell(): void {
    this.#threads.supposing = this.active;
    this.#threads.passing = this.active ? this.#pass : undefined;
  }

  // ---- equations -----------------------------------------------------------------------------------------------

  /** Whether a read may take a value, as far as variables have a say in it. `number`: of a waiting one; else −1. */
  admits(number: number, operations: Operations, i: number, site: Site, old: number): boolean {
    if (number >= 0 && this.#waiting.supposed[number] === 1) {
      const expected = this.#waiting.value[number] ?? 0;
      if (expected !== old) {
        this.#equate(expected, old);
        return false;
      }
    }
    if (site.kind === OP.await || site.kind === OP.lock) return !isVariable(old);
    const extra = operations.extra[i] ?? 0;
    if (!isDecided(site.cond, old, extra)) {
      // It compares equal: that is an equation. That it does not equal is none that could be solved.
      this.#equate(old, extra);
      return false;
    }
    return !mayWrite(site) || this.stored(site.fn, old, operations.value[i] ?? 0) !== undefined;
  }

  /** What an update writes. */
  stored(fn: number, old: number, operand: number): number | undefined {
    return applyOpenly(fn, old, operand);
  }

  /** Reads of one location that wait may take the same write. */
  #askReaders(number: number, wanted: number[]): void {
    const { operations, alive, supposed, value, end } = this.#waiting;
    for (let i = 0; i < end; i++) {
      if (alive[i] === 0 || supposed[i] === 0 || operations.location[i] !== operations.location[number])
        continue;
      const other = value[i] ?? 0;
      if (!wanted.includes(other)) wanted.push(other);
    }
  }

  /** An update that waits itself has stored nothing yet; what it would store may be what a supposed read takes. */
  #askUpdates(): void {
    const { operations, alive, supposed, value, end } = this.#waiting;
    for (let i = 0; i < end; i++) {
      if (alive[i] === 0) continue;
      const site = this.#instance.sites[operations.thread[i] ?? 0]?.[operations.pc[i] ?? 0];
      if (site === undefined || site.kind !== OP.read || !mayWrite(site)) continue;
      const old = supposed[i] === 1 ? value[i] : undefined;
      const operand = operations.value[i] ?? 0;
      const stored =
        site.fn === FN.second ? operand : old === undefined ? undefined : this.stored(site.fn, old, operand);
      if (stored === undefined) continue;
      for (let j = 0; j < end; j++) {
        const reads = j !== i && alive[j] === 1 && supposed[j] === 1;
        if (reads && operations.location[j] === operations.location[i]) this.#equate(value[j] ?? 0, stored);
      }
    }
  }

  /** Two values would have to be the same: who is supposed to have read the variable might have read the other. */
  #equate(a: number, b: number): void {
    if (a === b) return;
    const [from, to] = [this.#ageOf(a), this.#ageOf(b)];
    if (from < 0 && to < 0) return;
    const [later, other] = from > to ? [from, b] : [to, a];
    const { wanted } = this.#suppositions[later] as Supposition;
    if (!wanted.includes(other)) wanted.push(other);
  }

  /** Which supposition a variable comes from, −1 for a value that is none. */
  #ageOf(value: number): number {
    return isVariable(value) ? this.#suppositions.findIndex((each) => each.variable === value) : -1;
  }

  // ---- executions ----------------------------------------------------------------------------------------------

  /** Whether everything has been made, and every value follows from the equations. */
  isComplete(): boolean {
    const { threads } = this.#instance;
    if (this.#waiting.count > 0) {
      this.#askUpdates();
      return false;
    }
    for (const halted of threads.halted) if (threads.heap[halted] === HALT.running) return false;
    const claims = this.#suppositions.flatMap((each): Claim[] => {
      if (each.value === each.variable) return [];
      const other = this.#suppositions[this.#ageOf(each.value)];
      const is = other === undefined ? { number: each.value } : { read: this.#eventOf(other) };
      return [{ read: this.#eventOf(each), is }];
    });
    return claims.length === 0 || areGrounded(this.#instance, claims);
  }

  readonly #eventOf = ({ thread, pc }: Supposition): number =>
    (this.#threads.heap[(this.#threads.issued[thread] ?? 0) + pc] ?? 0) - 1;

  /** A frontier passes an op whose event may have been made before it was known what it depends on. */
  readonly #pass = (t: number, pc: number, event: number): void => {
    const { words, dependencies, codes } = this.#threads;
    const site = codes[t]?.sites[pc];
    if (words === 0 || site === undefined) return;
    const { addr, data, ctrl } = this.#guesses;
    const write = this.#writeOf(event, t, pc);
    const base = dependencies[t] ?? 0;
    for (const e of write === event || write < 0 ? [event] : [event, write]) {
      this.#relate(addr, base + site.obj * words, e);
      for (const control of site.controls) this.#relate(ctrl, base + control * words, e);
    }
    if (write >= 0 && site.kind !== OP.unlock) this.#relate(data, base + site.value * words, write);
  };

  /** The write that an op made, −1 for none. */
  #writeOf(event: number, t: number, pc: number): number {
    const { n, thread, key, place } = this.#graph;
    for (let e = event; e < n; e++) {
      if (thread[e] === t && (((key[e] ?? 0) / KEYS) | 0) === pc && (place[e] ?? -1) >= 0) return e;
    }
    return -1;
  }

  #relate(relation: Uint32Array | undefined, from: number, to: number): void {
    if (relation === undefined) return;
    const { heap, words } = this.#threads;
    for (let w = 0; w < words; w++) this.#guesses.relate(relation, w, heap[from + w] ?? 0, to);
  }
}
