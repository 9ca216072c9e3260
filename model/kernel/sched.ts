/**
 * Entry into the scheduler, and the first steps of a new task.
 *
 * Who runs next is chosen in every possible way (`pick_next_task`), so what is proved holds for any policy, load
 * balancing and affinity. Interrupts stay off from before the choice until `finish_task_switch` has looked after the
 * loan; preemption stays off until the task returns to what it was doing.
 *
 * Models kernel/sched/core.c:__schedule(), schedule(), preempt_schedule_irq(), schedule_tail() of 7.2. Leaves out the
 * rq lock, whose only taker would be the owner: its full barrier is kept as `smp_mb()`.
 */
import { runqueues } from "./rq.ts";
import { context_switch, finish_task_switch } from "./switch.ts";
import type { task_struct } from "./task.ts";

/** Gives up the CPU. */
export function schedule(): void {
  // The kernel disables preemption first and interrupts then; nothing can tell, as interrupts-off implies the other.
  local_irq_disable();
  preempt_disable();
  const prev = get_current<task_struct>();
  const next = pick_next_task<task_struct>();
  if (next === prev) local_irq_enable();
  else __schedule(prev, next);
  preempt_enable();
}

/** Switches to a chosen task. Interrupts and preemption are off; interrupts are on again on return. */
export function __schedule(prev: task_struct, next: task_struct): void {
  const rq = this_cpu(runqueues);
  // rq_lock() and smp_mb__after_spinlock(). Earlier: prev's user accesses. Later: the store to rq->curr. Without it a
  // membarrier caller may see that prev no longer runs here, skip this CPU, and yet miss prev's last accesses.
  smp_mb();
  WRITE_ONCE(rq.curr, next);
  context_switch(rq, prev, next);
}

/** Interrupt return into a preemptible task: the world calls it on top of the task's stack, interrupts on. */
export function preempt_schedule_irq(): void {
  schedule();
}

/**
 * How every task's main begins, interrupts off: finishes the switch that brought it here. A CPU that starts with the
 * task comes out of bring-up instead.
 */
export function ret_from_fork(): void {
  const prev = fork_prev<task_struct>();
  if (prev !== NULL) {
    finish_task_switch(prev);
    preempt_enable();
  } else {
    local_irq_enable();
  }
}
