/**
 * Litmus tests by brute force under sequential consistency: every interleaving of the lowered program, one op at a time.
 * Written apart from the graph engine, to judge it, and short enough to be believed.
 */

import { isVisible } from "../../src/ir/effects.ts";
import { type FinalState, type LitmusTest, type Observed, valuesOf } from "../../src/ir/litmus.ts";
import type { Op, Operand, Place } from "../../src/ir/types.ts";
import { binary } from "../../src/world/arith.ts";

interface State {
  readonly memory: number[];
  readonly threads: { pc: number; readonly regs: number[]; nest: number; waitsFor: number[] | undefined }[];
}

/** Every final state that some interleaving reaches, one per distinct memory and registers. */
export function finalStates(test: LitmusTest): FinalState[] {
  const found: FinalState[] = [];
  const seen = new Set<string>();
  const start = initialState(test);
  for (const thread of start.threads.keys()) settle(test, start, thread);
  const work: State[] = [start];
  for (let state = work.pop(); state !== undefined; state = work.pop()) {
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.add(key);
    const next = successors(test, state);
    if (next.length > 0) work.push(...next);
    else if (state.threads.every((_, thread) => opAt(test, state, thread).op === "ret")) {
      found.push(final(test, state));
    }
  }
  return found;
}

/** What a state shows, as a key. */
export function shown(test: LitmusTest, state: FinalState): string {
  return test.observed.map((part: Observed) => valuesOf(part, state).join(",")).join(";");
}

function initialState(test: LitmusTest): State {
  return {
    memory: [0, ...test.locations.map(({ initial }) => initial)],
    threads: test.threads.map((func) => {
      const regs = new Array<number>(test.program.funcs[func]?.regs.length ?? 0).fill(0);
      return { pc: 0, regs, nest: 0, waitsFor: undefined };
    }),
  };
}

function copy({ memory, threads }: State): State {
  const copied = threads.map((thread) => ({ ...thread, regs: [...thread.regs] }));
  return { memory: [...memory], threads: copied };
}

function final(test: LitmusTest, { memory, threads }: State): FinalState {
  return {
    register: (index) => {
      const { thread, reg } = test.registers[index] ?? { thread: 0, reg: 0 };
      return threads[thread]?.regs[reg] ?? 0;
    },
    location: (index) => memory[index + 1] ?? 0,
  };
}

function opAt(test: LitmusTest, state: State, thread: number): Op {
  const op = test.program.funcs[test.threads[thread] ?? 0]?.ops[state.threads[thread]?.pc ?? 0];
  if (op === undefined) throw new Error("a thread ran off its end");
  return op;
}

function successors(test: LitmusTest, state: State): State[] {
  return state.threads.flatMap((_, thread) => {
    const next = copy(state);
    if (!new Step(test, next, thread).run()) return [];
    settle(test, next, thread);
    return [next];
  });
}

/** Steps on registers cannot be told from outside: they are taken at once. */
function settle(test: LitmusTest, state: State, thread: number): void {
  for (
    let op = opAt(test, state, thread);
    op.op !== "ret" && !isVisible(op);
    op = opAt(test, state, thread)
  ) {
    new Step(test, state, thread).run();
  }
}

/** One op of one thread, in place. */
class Step {
  readonly #test: LitmusTest;
  readonly #state: State;
  readonly #self: number;

  constructor(test: LitmusTest, state: State, self: number) {
    this.#test = test;
    this.#state = state;
    this.#self = self;
  }

  /** False when the op has to wait, or there is none. */
  run(): boolean {
    const op = opAt(this.#test, this.#state, this.#self);
    const own = this.#own();
    if (op.op === "ret") return false;
    if (op.op === "jmp") own.pc = op.to;
    else if (op.op === "br") own.pc = this.#value(op.a) !== 0 ? op.then : op.otherwise;
    else {
      if (!this.#execute(op)) return false;
      own.pc++;
    }
    return true;
  }

  #own() {
    const own = this.#state.threads[this.#self];
    if (own === undefined) throw new Error("no such thread");
    return own;
  }

  #value(operand: Operand): number {
    return "imm" in operand ? operand.imm : (this.#own().regs[operand.reg] ?? 0);
  }

  #set(dst: number | undefined, value: number): void {
    if (dst !== undefined) this.#own().regs[dst] = value;
  }

  #cell(place: Place): number {
    const object =
      "imm" in place.obj ? place.obj.imm : this.#value(place.obj) - (this.#test.program.addressBase ?? 0);
    if (this.#state.memory[object] === undefined || object === 0) throw new Error(`no cell ${object}`);
    return object;
  }

  /** Replaces the content of a cell; its old value. */
  #update(place: Place, change: (old: number) => number): number {
    const cell = this.#cell(place);
    const old = this.#state.memory[cell] ?? 0;
    this.#state.memory[cell] = change(old);
    return old;
  }

  #execute(op: Op): boolean {
    switch (op.op) {
      case "mov":
        this.#set(op.dst, this.#value(op.a));
        return true;
      case "bin":
        this.#set(op.dst, binary(op.fn, this.#value(op.a), this.#value(op.b)));
        return true;
      case "load":
      case "srcu.lock":
        this.#set(
          op.dst,
          this.#update(op.place, (old) => old),
        );
        return true;
      case "store":
      case "srcu.unlock":
        this.#update(op.place, () => this.#value(op.value));
        return true;
      case "fence":
        return true;
      default:
        return this.#atomic(op) || this.#waits(op);
    }
  }

  #atomic(op: Op): boolean {
    switch (op.op) {
      case "rmw": {
        const { fn } = op;
        const value = this.#value(op.value);
        const change = (old: number): number => (fn === "xchg" ? value : binary(fn, old, value));
        const old = this.#update(op.place, change);
        this.#set(op.dst, op.result === "new" ? change(old) : old);
        return true;
      }
      case "cmpxchg": {
        const [wanted, value] = [this.#value(op.old), this.#value(op.value)];
        this.#set(
          op.dst,
          this.#update(op.place, (old) => (old === wanted ? value : old)),
        );
        return true;
      }
      case "add-unless": {
        const [unless, value] = [this.#value(op.unless), this.#value(op.value)];
        const old = this.#update(op.place, (found) => (found === unless ? found : (found + value) | 0));
        this.#set(op.dst, old === unless ? 0 : 1);
        return true;
      }
      case "trylock":
        this.#set(op.dst, this.#update(op.place, () => 1) === 0 ? 1 : 0);
        return true;
      case "lock.test":
        this.#set(
          op.dst,
          this.#update(op.place, (old) => old),
        );
        return true;
      default:
        return false;
    }
  }

  #waits(op: Op): boolean {
    const own = this.#own();
    switch (op.op) {
      case "lock":
        return this.#update(op.place, () => 1) === 0;
      case "unlock":
        this.#update(op.place, () => 0);
        return true;
      case "rcu.lock":
        own.nest++;
        return true;
      case "rcu.unlock":
        if (--own.nest === 0) this.#sectionEnds();
        return true;
      case "rcu.sync":
        return this.#gracePeriod();
      default:
        throw new Error(`${op.op} is not for this executor`);
    }
  }

  /** Those who wait for this thread's section no longer do. */
  #sectionEnds(): void {
    for (const thread of this.#state.threads) {
      thread.waitsFor = thread.waitsFor?.filter((reader) => reader !== this.#self);
    }
  }

  /** A step that notes the readers of now; then one that waits until all their sections have ended. */
  #gracePeriod(): boolean {
    const own = this.#own();
    if (own.waitsFor === undefined) {
      own.waitsFor = this.#state.threads.flatMap(({ nest }, thread) => (nest > 0 ? [thread] : []));
      own.pc--;
      return true;
    }
    if (own.waitsFor.length > 0) return false;
    own.waitsFor = undefined;
    return true;
  }
}
