/**
 * Who may run next: the tasks that wait for a CPU, and when the task that comes last on a CPU (`TASK_LATE`) may come.
 *
 * Such a task stands for whatever runs on its CPU one day, and the switch to it is the last that is looked at there: after
 * it `leak` asks what is left. So it comes when all ordinary tasks have ended, and where memory is weak, when all that they
 * have done has arrived: a switch that has missed the end of an mm, and would have been followed by another one, must make no
 * leak. But then it is in no race with anybody. So where memory is weak it may also come *unsettled*:
 *
 * - when all have ended, and stores of other CPUs are still on their way (in a store buffer, or in events of the graph that
 *   nothing orders before it);
 * - before all have ended, from a CPU that has nothing else to do: its idle task, or a task that is dead, is there, nobody
 *   waits for the CPU, and no task that is bound to it is left. Where the program has address spaces the CPU must have one
 *   to give up (`address_spaces.ts`): one that has none is in nobody's way, and would make a fifth of the states.
 *
 * A state that such a switch has led to says so (`Layout.unsettled`), and where nothing moves any more nothing is said about
 * leaks and hangs. All else that is wrong with such a state is wrong: a real CPU switches when it likes.
 */
import { assert } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import { type Program, TASK_IDLE, TASK_LATE } from "../ir/types.ts";
import { AddressSpaces } from "./address_spaces.ts";
import type { GraphMemory } from "./graph_memory.ts";
import { CPU, type Layout, TASK, TASK_STATE } from "./layout.ts";

export class RunQueue {
  private readonly layout: Layout;
  private readonly flags: Int32Array;
  private readonly affinity: Int32Array;
  private readonly memory: GraphMemory | undefined;
  /** Tasks that may be picked; negative for those that come unsettled. */
  private readonly found = new Int32Array(64);
  private readonly spaces: AddressSpaces | undefined;

  /** `flags`, `affinity`: per task, from 1, its `TASK_…` flags and the CPUs that it may run on. */
  constructor(
    program: Program,
    layout: Layout,
    flags: Int32Array,
    affinity: Int32Array,
    memory: GraphMemory | undefined,
  ) {
    this.layout = layout;
    this.flags = flags;
    this.affinity = affinity;
    this.memory = memory;
    const { mmStruct } = program;
    this.spaces = mmStruct === undefined ? undefined : new AddressSpaces(program, layout, mmStruct);
  }

  /** How many outcomes there are when CPU `c` picks the task that runs next. */
  candidates(s: Int32Array, c: number): number {
    let n = this.waiting(s, c);
    // The idle task of this CPU is always there; from idle itself only when nobody else is.
    if (!this.is(TASK_IDLE, this.currentOn(s, c)) || n === 0) this.found[n++] = this.idleOf(c);
    return n;
  }

  /** The task of outcome `a`, taken by CPU `c`. */
  pick(s: Int32Array, c: number, a: number): number {
    const n = this.candidates(s, c);
    assert(a < n, "a choice of a task that cannot be picked");
    const found = this.found[a] ?? 0;
    const t = Math.abs(found);
    s[(this.layout.taskBase[t] ?? 0) + TASK.onCpu] = c + 1;
    this.memory?.schedule("pick", c, t);
    if (found < 0) s[this.layout.unsettled] = 1;
    else if (this.is(TASK_LATE, t)) this.memory?.settle(c);
    return t;
  }

  /** Collects the tasks other than idle ones that CPU `c` may pick now, once for each way in which they may come. */
  waiting(s: Int32Array, c: number): number {
    const C = c * this.layout.cpuStride;
    const usable = s[C + CPU.online] !== 0 && s[C + CPU.active] !== 0;
    let n = 0;
    for (let t = 1; t <= this.layout.tasks; t++) {
      const affinity = this.affinity[t] ?? 0;
      if (((affinity >> c) & 1) === 0 || this.is(TASK_IDLE, t)) continue;
      if (!usable && affinity !== 1 << c) continue;
      if (!this.isRunnable(s, t)) continue;
      if (this.is(TASK_LATE, t)) n = this.addLate(s, c, t, n);
      else this.found[n++] = t;
    }
    return n;
  }

  /** Every ordinary task other than `self` has ended. */
  othersEnded(s: Int32Array, self: number): boolean {
    for (let t = 1; t <= this.layout.tasks; t++)
      if (t !== self && !this.is(TASK_IDLE | TASK_LATE, t) && !this.hasEnded(s, t)) return false;
    return true;
  }

  private addLate(s: Int32Array, c: number, t: number, n: number): number {
    const { found } = this;
    const ended = this.othersEnded(s, 0);
    if (this.layout.unsettled < 0) {
      if (ended) found[n++] = t;
      return n;
    }
    if (!ended && !this.mayComeEarly(s, c, t)) return n;
    // Where somebody has come unsettled before, nothing will be said about the end, and nobody need wait for it.
    const settled = ended && s[this.layout.unsettled] === 0;
    const missed = this.mayMiss(s, c);
    if (settled && (this.memory !== undefined || !missed)) found[n++] = t;
    if (!settled || missed) found[n++] = -t;
    return n;
  }

  /** Something that another CPU has done may not have arrived at CPU `c`. */
  private mayMiss(s: Int32Array, c: number): boolean {
    if (this.memory !== undefined) return this.memory.mayMiss(c);
    const { cpus, cpuStride, storeBuffer } = this.layout;
    if (storeBuffer < 0) return false;
    for (let other = 0; other < cpus; other++)
      if (other !== c && s[other * cpuStride + storeBuffer] !== 0) return true;
    return false;
  }

  /** CPU `c` has nothing to do but to switch to task `t`, which comes last there and nowhere else. */
  private mayComeEarly(s: Int32Array, c: number, t: number): boolean {
    const current = this.currentOn(s, c);
    if (this.affinity[t] !== 1 << c || !(this.is(TASK_IDLE, current) || this.hasEnded(s, current)))
      return false;
    if (this.spaces?.mayBeLeft(s, c, current) === false) return false;
    for (let other = 1; other <= this.layout.tasks; other++) {
      const affinity = this.affinity[other] ?? 0;
      if (((affinity >> c) & 1) === 0 || this.is(TASK_IDLE | TASK_LATE, other)) continue;
      if (this.hasEnded(s, other)) continue;
      if (affinity === 1 << c || this.isRunnable(s, other)) return false;
    }
    return true;
  }

  private currentOn(s: Int32Array, c: number): number {
    return s[c * this.layout.cpuStride + CPU.cur] ?? 0;
  }

  private is(flag: number, t: number): boolean {
    return ((this.flags[t] ?? 0) & flag) !== 0;
  }

  private hasEnded(s: Int32Array, t: number): boolean {
    const state = s[(this.layout.taskBase[t] ?? 0) + TASK.state];
    return state === TASK_STATE.dead || state === TASK_STATE.parked;
  }

  private isRunnable(s: Int32Array, t: number): boolean {
    const T = this.layout.taskBase[t] ?? 0;
    if (s[T + TASK.onCpu] !== 0) return false;
    // A task that was preempted on its way to sleep has not gone to sleep yet.
    return (
      s[T + TASK.state] === TASK_STATE.runnable ||
      (s[T + TASK.state] === TASK_STATE.blocked && s[T + TASK.preemptPc] !== 0)
    );
  }

  private idleOf(c: number): number {
    for (let t = 1; t <= this.layout.tasks; t++)
      if (this.is(TASK_IDLE, t) && this.affinity[t] === 1 << c) return t;
    throw new InputError(`setup() makes no idle task for CPU ${c}`);
  }
}
