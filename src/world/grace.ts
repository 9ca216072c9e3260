/**
 * RCU grace periods, for programs that use RCU.
 *
 * A reader is a task inside `rcu_read_lock()`, and, as in Linux since 4.20, a CPU with interrupts or preemption off or
 * in a handler. A grace period is over when every reader of its beginning has been seen outside once. An idle CPU is no
 * reader, whatever its page-table root says: RCU does not know about roots.
 *
 * A grace period is two masks, of CPUs and of tasks, from which readers are struck out as they are seen outside, after
 * every move. `synchronize_rcu` keeps one in its task's block; each callback of `call_rcu` has one in its record.
 */

import { CALLBACK, CALLBACK_CELLS, CPU, MOST_CALLBACKS, NMI, RCU_TASK, TASK } from "./layout.ts";
import type { World } from "./world.ts";

/** CPUs that are readers by what they run. */
export function readingCpus(world: World, s: Int32Array): number {
  const { layout } = world;
  let mask = 0;
  for (let c = 0; c < layout.cpus; c++) {
    const C = c * layout.cpuStride;
    if (s[C + CPU.dead] !== 0) continue;
    const T = layout.taskBase[s[C + CPU.cur] ?? 0] ?? 0;
    const nmi = layout.nmi >= 0 && s[C + layout.nmi + NMI.pc] !== 0;
    if (nmi || s[C + CPU.irqOff] !== 0 || s[C + CPU.handlerPc] !== 0 || s[T + TASK.preempt] !== 0)
      mask |= 1 << c;
  }
  return mask;
}

/** Tasks inside a read-side section, bit t for task t. */
function readingTasks(world: World, s: Int32Array): number {
  const { layout } = world;
  let mask = 0;
  for (let t = 1; t <= layout.tasks; t++) {
    if (s[(layout.rcuBase[t] ?? 0) + RCU_TASK.nest] !== 0) mask |= 1 << t;
  }
  return mask;
}

/** Task `t`, on CPU `c`, begins to wait. Its own CPU is no reader: it may not wait with interrupts or preemption off. */
export function beginGrace(world: World, s: Int32Array, c: number, t: number): void {
  const base = world.layout.rcuBase[t] ?? 0;
  s[base + RCU_TASK.waiting] = 1;
  s[base + RCU_TASK.cpus] = readingCpus(world, s) & ~(1 << c);
  s[base + RCU_TASK.tasks] = readingTasks(world, s);
}

/** Records a callback; the number of its record, −1 when there is no room. */
export function addCallback(world: World, s: Int32Array, c: number, fn: number, arg: number): number {
  for (let i = 0; i < MOST_CALLBACKS; i++) {
    const base = world.layout.callbackBase + i * CALLBACK_CELLS;
    if (s[base + CALLBACK.fn] !== 0) continue;
    s[base + CALLBACK.fn] = fn;
    s[base + CALLBACK.arg] = arg;
    s[base + CALLBACK.cpu] = c + 1;
    s[base + CALLBACK.cpus] = readingCpus(world, s);
    s[base + CALLBACK.tasks] = readingTasks(world, s);
    return i;
  }
  return -1;
}

/** The callback in record `i` may run on CPU `c`: its grace period is over, and its own CPU is `c`, or has gone down. */
export function callbackReady(world: World, s: Int32Array, i: number, c: number): boolean {
  const { callbackBase, cpuStride } = world.layout;
  const base = callbackBase + i * CALLBACK_CELLS;
  const own = (s[base + CALLBACK.cpu] ?? 0) - 1;
  if (own < 0 || s[base + CALLBACK.cpus] !== 0 || s[base + CALLBACK.tasks] !== 0) return false;
  return own === c || s[own * cpuStride + CPU.dead] !== 0;
}

/** Strikes out readers that are outside now. */
export function advanceGrace(world: World, s: Int32Array): void {
  const { layout } = world;
  const cpus = readingCpus(world, s);
  const tasks = readingTasks(world, s);
  const strike = (at: number, mask: number): void => {
    s[at] = (s[at] ?? 0) & mask;
  };
  for (let t = 1; t <= layout.tasks; t++) {
    const base = layout.rcuBase[t] ?? 0;
    strike(base + RCU_TASK.cpus, cpus);
    strike(base + RCU_TASK.tasks, tasks);
  }
  for (let i = 0; i < MOST_CALLBACKS; i++) {
    const base = layout.callbackBase + i * CALLBACK_CELLS;
    strike(base + CALLBACK.cpus, cpus);
    strike(base + CALLBACK.tasks, tasks);
  }
}
