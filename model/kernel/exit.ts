/**
 * The end of a task, which makes it a lazy user of its own old mm.
 *
 *     before   tsk.mm == tsk.active_mm == M, one of M's mm_users
 *     after    tsk.mm == NULL, tsk.active_mm == M: a kernel thread on a loan, until its last switch hands it on
 *
 * The loan is taken while the task still is a user of M, so there is no instant at which M has a loaded root and nobody
 * to answer for it.
 *
 * Models kernel/exit.c:exit_mm(), do_exit() of 7.2. Leaves out mmap_lock (core dumps), membarrier_update_current_mm,
 * and everything that a task gives up besides its mm.
 */
import { exit_mm_grab, exit_mm_lazy } from "#scheme";
import { mmput } from "./mm.ts";
import { schedule } from "./sched.ts";
import { task_lock, type task_struct, task_unlock } from "./task.ts";

/** Gives up the current task's address space. */
export function exit_mm(): void {
  const tsk = get_current<task_struct>();
  const mm = tsk.mm;
  if (mm === NULL) return;
  exit_mm_grab(mm);
  BUG_ON(mm !== tsk.active_mm);
  task_lock(tsk);
  // Earlier: the task's user accesses. Later: the store mm = NULL. Without it a membarrier caller that sees NULL skips
  // this CPU although accesses of the task are still under way (scenario D of kernel/sched/membarrier.c).
  smp_mb__after_spinlock();
  local_irq_disable();
  WRITE_ONCE(tsk.mm, NULL);
  exit_mm_lazy(tsk, mm);
  local_irq_enable();
  task_unlock(tsk);
  mmput(mm);
}

/** Ends the current task, user or kernel. */
export function do_exit(): void {
  exit_mm();
  set_current_dead();
  schedule();
  BUG_ON(true);
}
