/**
 * The state of the naive engine: the machine as `kts.d.ts` describes it, in plain objects, nothing packed.
 *
 * States are mutable and cloned before every step. `keyOf` writes all of a state as text; two states are the same when
 * their texts are. CPUs count from 0, tasks and objects from 1 (0 is NULL), as in the IR.
 */

import { livenessOf } from "../../src/ir/liveness.ts";
import type { FuncId, Program, Reg } from "../../src/ir/types.ts";

/** One activation of a body. */
export interface Frame {
  readonly func: FuncId;
  /** The next op; −1 when the body has ended. */
  pc: number;
  readonly regs: number[];
  /** Set between the two halves of `switch_to`: the register that gets the task that ran before. */
  resume: Reg | undefined;
}

/** A function call that a CPU has sent to others: at most one at a time per CPU. */
export interface Call {
  readonly handler: FuncId;
  readonly arg: number;
  /** CPUs that have not taken the interrupt. */
  readonly waiting: Set<number>;
  /** CPUs whose handler runs. */
  readonly running: Set<number>;
}

export interface Cpu {
  current: number;
  irqsOff: boolean;
  online: boolean;
  active: boolean;
  dead: boolean;
  root: number;
  call: Call | undefined;
  /** The interrupt that this CPU handles, and for whom. */
  handling: { readonly sender: number; readonly frame: Frame } | undefined;
  /** The non-maskable interrupt that is on its way, or with a frame is being handled. */
  nmi: { readonly handler: FuncId; readonly arg: number; readonly frame: Frame | undefined } | undefined;
}

export type TaskState = "new" | "ready" | "asleep" | "dead" | "parked";

export interface Task {
  state: TaskState;
  /** The CPU that runs it or has picked it and not yet let go of it. */
  cpu: number | undefined;
  /** For `fork_prev`. */
  before: number;
  preemptOff: number;
  main: Frame | undefined;
  /** `preempt_schedule_irq` on top of the main. */
  preempted: Frame | undefined;
}

/** What `setup` fixed about a task. */
export interface TaskFacts {
  readonly main: FuncId;
  readonly affinity: number;
  readonly flags: number;
}

export interface Thing {
  freed: boolean;
  fields: number[];
}

export interface State {
  /** A task that comes last on its CPU has come before the others had ended: leaks and hangs are not judged any more. */
  unsettled: boolean;
  readonly cpus: Cpu[];
  /** Entry 0 is unused. */
  readonly tasks: Task[];
  /** By struct; entry 0 of each list is unused. */
  readonly things: Thing[][];
}

export function newFrame(program: Program, func: FuncId, args: readonly number[]): Frame {
  const regs = program.funcs[func]?.regs.map((_, reg) => args[reg] ?? 0) ?? [];
  return { func, pc: 0, regs, resume: undefined };
}

export function cloneState(s: State): State {
  return {
    unsettled: s.unsettled,
    cpus: s.cpus.map((cpu) => ({
      ...cpu,
      call: cpu.call && {
        ...cpu.call,
        waiting: new Set(cpu.call.waiting),
        running: new Set(cpu.call.running),
      },
      nmi: cpu.nmi && { ...cpu.nmi, frame: cpu.nmi.frame && cloneFrame(cpu.nmi.frame) },
      handling: cpu.handling && { ...cpu.handling, frame: cloneFrame(cpu.handling.frame) },
    })),
    tasks: s.tasks.map((task) => ({
      ...task,
      main: task.main && cloneFrame(task.main),
      preempted: task.preempted && cloneFrame(task.preempted),
    })),
    things: s.things.map((list) =>
      list.map((thing) => ({ freed: thing.freed, fields: thing.fields.slice() })),
    ),
  };
}

function cloneFrame(frame: Frame): Frame {
  return { func: frame.func, pc: frame.pc, regs: frame.regs.slice(), resume: frame.resume };
}

/** Writes states as text. Registers that no op will read again may be left out: `forgetDead`. */
export class Keys {
  readonly #live: ((func: FuncId, pc: number) => readonly Reg[]) | undefined;

  constructor(program: Program, forgetDead: boolean) {
    if (!forgetDead) return;
    const tables = program.funcs.map((func) => {
      const liveness = livenessOf(func);
      return func.ops.map((_, pc) => liveness.at(pc));
    });
    this.#live = (func, pc) => tables[func]?.[pc] ?? [];
  }

  keyOf(s: State): string {
    let text = flag(s.unsettled);
    for (const cpu of s.cpus) {
      text += `${cpu.current}${flag(cpu.irqsOff)}${flag(cpu.online)}${flag(cpu.active)}${flag(cpu.dead)}${cpu.root}`;
      if (cpu.call !== undefined) {
        const { handler, arg, waiting, running } = cpu.call;
        text += `c${handler}(${arg})${[...waiting].sort()}/${[...running].sort()}`;
      }
      if (cpu.handling !== undefined) text += `i${cpu.handling.sender}${this.#frame(cpu.handling.frame)}`;
      if (cpu.nmi !== undefined) text += `n${cpu.nmi.handler}(${cpu.nmi.arg})${this.#frame(cpu.nmi.frame)}`;
      text += ";";
    }
    for (const task of s.tasks) {
      text += `${task.state.charAt(0)}${task.state.charAt(1)}${task.cpu ?? ""}b${task.before}p${task.preemptOff}`;
      text += `${this.#frame(task.main)}${this.#frame(task.preempted)};`;
    }
    for (const list of s.things) {
      for (const thing of list) text += thing.freed ? "x," : `${thing.fields.join()},`;
      text += ";";
    }
    return text;
  }

  #frame(frame: Frame | undefined): string {
    if (frame === undefined) return "-";
    const { func, pc, regs, resume } = frame;
    const live = this.#live?.(func, pc);
    const values =
      live === undefined ? regs.join() : live.map((reg) => (reg === resume ? 0 : regs[reg])).join();
    return `f${func}.${pc}${resume === undefined ? "" : "r"}[${values}]`;
  }
}

function flag(value: boolean): string {
  return value ? "+" : "-";
}
