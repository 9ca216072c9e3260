/**
 * A second engine, written apart on purpose: explores a program by interpreting its IR, one op at a time.
 *
 * No packing, no hashing, no generated code, no reductions, no analysis: a state is a tree of plain objects, visited
 * states are a set of strings, and every interleaving of ops is walked. An interrupt or a preemption may come before
 * any op. It is slow and should be obviously right; what the checker says has to agree with it. Nothing here comes from
 * `src/world` or `src/check`.
 *
 * Two things make it bearable on the scenarios, and are off for generated programs: ops that are local by
 * `src/ir/effects.ts` need no step of their own (`everyOp`), and registers nobody will read are not part of a state
 * (`forgetDead`).
 */

import { isVisible, movesWithTask } from "../../src/ir/effects.ts";
import { type FuncId, type Program, TASK_IDLE, TASK_LATE, TASK_PREEMPTIBLE } from "../../src/ir/types.ts";
import { Broken, type Context, Machine, type OnOp, OutOfObjects } from "./naive_machine.ts";
import { cloneState, Keys, newFrame, type State } from "./naive_state.ts";

export interface NaiveOptions {
  readonly cpus: number;
  /** CPU loops take their CPUs in any order, not in ascending order. */
  readonly anyOrder: boolean;
  /** Every op is a step, local ones too. */
  readonly everyOp: boolean;
  /** Registers that no op reads any more are not told apart. */
  readonly forgetDead: boolean;
  /** States after which to give up. */
  readonly limit: number;
  /** Tasks that come last on a CPU may come before the others have ended. */
  readonly unsettled?: boolean;
  /** Give up, content, as soon as this property is found broken. */
  readonly until?: string;
  /** Called with each op before it is executed; of a branch, whether it is about to go to `then`. */
  readonly onOp?: OnOp;
  /** Who moves when. Absent: anybody, any time. */
  readonly schedule?: readonly Turn[];
}

/** A CPU makes moves until a task is at an op there (at none, when it has ended); without that, until the end. */
export interface Turn {
  readonly cpu: number;
  readonly until?: {
    readonly task: number;
    readonly at: { readonly func: FuncId; readonly pc: number } | undefined;
  };
}

/** A state in which nothing can happen and nothing is wrong, as far as anybody can tell afterwards. */
export interface Final {
  /** By struct, by object from 1 on: the fields, or undefined once freed. */
  readonly objects: readonly (readonly (readonly number[] | undefined)[])[];
  /** By task from 1 on. */
  readonly ended: readonly string[];
  /** By CPU: the loaded root, and whether it is online. */
  readonly cpus: readonly { readonly root: number; readonly online: boolean }[];
}

export interface NaiveResult {
  /** Everything was visited. */
  readonly complete: boolean;
  /** Some path ran out of objects and was not followed. */
  readonly outOfObjects: boolean;
  readonly states: number;
  readonly broken: ReadonlySet<string>;
  readonly finals: ReadonlyMap<string, Final>;
}

/** Moves of one turn; a step of the checker has fewer ops. */
const LONGEST_TURN = 60;
/** Local ops in a row after which a body without visible ops makes a step all the same. */
const LOCAL_RUN = 200;

export function explore(program: Program, options: NaiveOptions): NaiveResult {
  return new Explorer(program, options).run();
}

/** One thing that may happen next. */
type Move =
  | { readonly what: "step"; readonly cpu: number; readonly choice: number }
  | { readonly what: "interrupt"; readonly cpu: number; readonly from: number }
  | { readonly what: "nmi"; readonly cpu: number }
  | { readonly what: "preempt"; readonly cpu: number }
  | { readonly what: "bury" };

class Explorer {
  readonly #machine: Machine;
  readonly #program: Program;
  readonly #options: NaiveOptions;
  readonly #keys: Keys;
  readonly #visited = new Set<string>();
  readonly #broken = new Set<string>();
  readonly #finals = new Map<string, Final>();
  readonly #preempts: boolean;
  #outOfObjects = false;

  constructor(program: Program, options: NaiveOptions) {
    this.#program = program;
    this.#options = options;
    this.#machine = new Machine(program, options.cpus, options.onOp, options.unsettled);
    this.#keys = new Keys(program, options.forgetDead);
    this.#preempts = program.entries.has("preempt_schedule_irq");
  }

  run(): NaiveResult {
    const { schedule } = this.#options;
    const stack = [{ state: this.#machine.boot(), turn: 0, moved: 0 }];
    let complete = true;
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { state, turn, moved } = top;
      const key = schedule === undefined ? this.#keys.keyOf(state) : `${turn}:${this.#keys.keyOf(state)}`;
      if (this.#visited.has(key)) continue;
      this.#visited.add(key);
      if (this.#visited.size > this.#options.limit) complete = false;
      if (this.#options.until !== undefined && this.#broken.has(this.#options.until)) complete = false;
      if (!complete) break;
      if (schedule !== undefined && moved > LONGEST_TURN) continue;
      const all = this.#moves(state);
      if (all.length === 0) this.#end(state);
      const following = this.#turnEnds(state, schedule?.[turn]) ? cloneState(state) : undefined;
      const moves = all.filter(
        (move) => move.what === "bury" || schedule === undefined || move.cpu === schedule[turn]?.cpu,
      );
      for (const [i, move] of moves.entries()) {
        const next = i === moves.length - 1 ? state : cloneState(state);
        if (this.#happens(next, move)) stack.push({ state: next, turn, moved: moved + 1 });
      }
      // Tried first: a turn is as short as it can be.
      if (following !== undefined) stack.push({ state: following, turn: turn + 1, moved: 0 });
    }
    return {
      complete,
      outOfObjects: this.#outOfObjects,
      states: this.#visited.size,
      broken: this.#broken,
      finals: this.#finals,
    };
  }

  /** The CPU whose turn it is stands where its turn may end. */
  #turnEnds(state: State, turn: Turn | undefined): boolean {
    if (turn?.until === undefined) return false;
    const { task, at } = turn.until;
    const frame = this.#context(state, turn.cpu)?.frame;
    return state.cpus[turn.cpu]?.current === task && frame?.func === at?.func && frame?.pc === at?.pc;
  }

  // ---- what may happen ----

  #moves(state: State): Move[] {
    const moves: Move[] = [];
    for (let cpu = 0; cpu < this.#options.cpus; cpu++) this.#movesOf(state, cpu, moves);
    // Nobody is left who could wake a task that has never run.
    if (moves.length === 0 && state.tasks.some((task) => task.state === "new")) moves.push({ what: "bury" });
    return moves;
  }

  #movesOf(state: State, cpu: number, moves: Move[]): void {
    const here = state.cpus[cpu];
    const task = state.tasks[here?.current ?? 0];
    if (here === undefined || task === undefined || here.dead) return;
    const ctx = this.#context(state, cpu);
    if (ctx !== undefined) {
      const n = this.#machine.outcomes(ctx, this.#options.anyOrder);
      for (let choice = 0; choice < n; choice++) moves.push({ what: "step", cpu, choice });
    }
    if (here.nmi?.frame !== undefined) return;
    if (here.nmi !== undefined) moves.push({ what: "nmi", cpu });
    if (here.handling !== undefined || here.irqsOff) return;
    state.cpus.forEach((other, from) => {
      if (other.call?.waiting.has(cpu)) moves.push({ what: "interrupt", cpu, from });
    });
    const preemptible = ((this.#machine.facts[here.current]?.flags ?? 0) & TASK_PREEMPTIBLE) !== 0;
    if (!this.#preempts || !preemptible || task.preemptOff !== 0) return;
    if (task.main === undefined || task.preempted !== undefined) return;
    // In favour of somebody: see the ambient API on TASK_PREEMPTIBLE.
    if (this.#machine.waitersFor(state, cpu).length > 0) moves.push({ what: "preempt", cpu });
  }

  /** The innermost of NMI, handler, preemption and task on a CPU. */
  #context(state: State, cpu: number): Context | undefined {
    const here = state.cpus[cpu];
    const task = state.tasks[here?.current ?? 0];
    if (here?.nmi?.frame !== undefined) return { state, cpu, frame: here.nmi.frame, kind: "nmi" };
    if (here?.handling !== undefined) return { state, cpu, frame: here.handling.frame, kind: "handler" };
    if (task?.preempted !== undefined) return { state, cpu, frame: task.preempted, kind: "preempt" };
    return task?.main === undefined ? undefined : { state, cpu, frame: task.main, kind: "task" };
  }

  // ---- making it happen ----

  /** Performs a move; false when that was the end of this path. */
  #happens(state: State, move: Move): boolean {
    try {
      this.#perform(state, move);
      return true;
    } catch (broken) {
      if (broken instanceof Broken) this.#broken.add(broken.property);
      else if (broken instanceof OutOfObjects) this.#outOfObjects = true;
      else throw broken;
      return false;
    }
  }

  #perform(state: State, move: Move): void {
    if (move.what === "bury") {
      for (const task of state.tasks) {
        if (task.state !== "new") continue;
        task.state = "dead";
        task.main = undefined;
      }
      return;
    }
    const here = state.cpus[move.cpu];
    const task = state.tasks[here?.current ?? 0];
    if (here === undefined || task === undefined) throw new Error("a move of no CPU");
    if (move.what === "preempt") {
      const entry = this.#program.entries.get("preempt_schedule_irq");
      if (entry !== undefined) task.preempted = newFrame(this.#program, entry, []);
    } else if (move.what === "nmi") {
      if (here.nmi === undefined) throw new Error("an NMI that nobody sent");
      const { handler, arg } = here.nmi;
      here.nmi = { handler, arg, frame: newFrame(this.#program, handler, [arg]) };
    } else if (move.what === "interrupt") {
      const call = state.cpus[move.from]?.call;
      if (call === undefined) throw new Error("an interrupt that nobody sent");
      call.waiting.delete(move.cpu);
      call.running.add(move.cpu);
      here.handling = { sender: move.from, frame: newFrame(this.#program, call.handler, [call.arg]) };
    } else this.#step(state, move.cpu, move.choice);
  }

  #step(state: State, cpu: number, choice: number): void {
    const ctx = this.#context(state, cpu);
    if (ctx === undefined) throw new Error("a step of nobody");
    this.#machine.execute(ctx, choice);
    for (let run = 0; !this.#stopsAt(ctx, run); run++) this.#machine.execute(ctx, 0);
    if (ctx.frame.pc < 0) this.#return(ctx);
  }

  /** Whether the step ends here, `run` ops after its first. */
  #stopsAt({ frame, state, cpu }: Context, run: number): boolean {
    if (frame.pc < 0 || frame.resume !== undefined || this.#options.everyOp || run >= LOCAL_RUN) return true;
    const op = this.#machine.opAt(frame);
    if (isVisible(op) || (this.#options.anyOrder && op.op === "mask.pick")) return true;
    const task = state.cpus[cpu]?.current ?? 0;
    return movesWithTask(op) && ((this.#machine.facts[task]?.flags ?? 0) & TASK_PREEMPTIBLE) !== 0;
  }

  /** The innermost body of a CPU has ended. */
  #return({ state, cpu, kind }: Context): void {
    const here = state.cpus[cpu];
    const task = state.tasks[here?.current ?? 0];
    if (here === undefined || task === undefined) return;
    if (kind === "nmi") here.nmi = undefined;
    else if (kind === "preempt") task.preempted = undefined;
    else if (kind === "task") {
      task.main = undefined;
      task.state = "parked";
    } else if (here.handling !== undefined) {
      const sender = state.cpus[here.handling.sender];
      here.handling = undefined;
      sender?.call?.running.delete(cpu);
      if (sender?.call?.running.size === 0 && sender.call.waiting.size === 0) sender.call = undefined;
    }
  }

  // ---- when nothing happens any more ----

  #end(state: State): void {
    if (state.unsettled) return;
    if (this.#someoneWaits(state)) this.#broken.add("hang");
    else if (this.#somethingLeft(state)) this.#broken.add("leak");
    else {
      const final = this.#describe(state);
      this.#finals.set(finalKey(final), final);
    }
  }

  #someoneWaits(state: State): boolean {
    const stuckCpu = state.cpus.some((here, cpu) => {
      const ctx = here.dead ? undefined : this.#context(state, cpu);
      if (ctx === undefined) return false;
      const idle = ((this.#machine.facts[here.current]?.flags ?? 0) & TASK_IDLE) !== 0;
      return !(idle && ctx.kind === "task" && this.#machine.opAt(ctx.frame).op === "task.idle-wait");
    });
    if (stuckCpu) return true;
    return state.tasks.some((task, t) => {
      const { flags, affinity } = this.#machine.facts[t] ?? { flags: TASK_IDLE, affinity: 0 };
      if (t === 0 || (flags & TASK_IDLE) !== 0) return false;
      if (task.state === "dead" || task.state === "parked") return false;
      // What is only to happen in the end need not happen on a CPU that is gone.
      const late = (flags & TASK_LATE) !== 0;
      return !(late && state.cpus.every((cpu, c) => (affinity & (1 << c)) === 0 || cpu.dead));
    });
  }

  #somethingLeft(state: State): boolean {
    return state.things.some((list, struct) =>
      list.some((thing, object) => object > (this.#machine.globals[struct] ?? 0) && !thing.freed),
    );
  }

  #describe(state: State): Final {
    return {
      objects: state.things.map((list) =>
        list.slice(1).map((thing) => (thing.freed ? undefined : [...thing.fields])),
      ),
      ended: state.tasks.slice(1).map((task) => task.state),
      cpus: state.cpus.map(({ root, online }) => ({ root, online })),
    };
  }
}

export function finalKey(final: Final): string {
  return JSON.stringify(final);
}
