/**
 * The run queue: what a CPU knows about its own switches.
 *
 * Only the owning CPU writes it, with interrupts off. Others read `curr`, in schemes (or bugs) that peek at remote
 * CPUs. Which tasks are runnable is the world's affair (`pick_next_task`).
 *
 * Models kernel/sched/sched.h:rq. Leaves out the rq lock: nothing here but the owner takes it, see `schedule`.
 */
import type { mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";

/** Per CPU. */
export interface rq extends struct {
  /** The task that runs here. Published *before* the switch fixes up active_mm: a remote reader sees the two apart. */
  curr: task_struct;
  /** This CPU's idle task. */
  idle: task_struct;
  /**
   * A loan to be given back by the task that runs next, in `finish_task_switch`: the switch itself cannot, because
   * dropping the last reference may free page tables and send IPIs, which the rq lock and IRQs-off forbid.
   */
  prev_mm: mm_struct;
}

export const runqueues = DEFINE_PER_CPU<rq>();
