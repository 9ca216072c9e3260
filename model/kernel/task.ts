/**
 * A task, as far as address spaces are concerned.
 *
 *     user task            mm == active_mm: its own
 *     kernel thread        mm == NULL, active_mm: whose page tables it runs on, borrowed from the task before it
 *     not running kthread  mm == NULL, active_mm == NULL: it has handed the loan on
 *     after exit_mm        as a kernel thread
 *
 * `active_mm` is written only by the CPU that runs the task, with interrupts off; an IPI handler on that CPU may read
 * and write it (shootdown). The checker's property `root` looks at the `active_mm` of every task.
 *
 * Models include/linux/sched.h:task_struct. Tasks are created by a scenario's `setup` and never freed, so there is no
 * `usage` and no RCU around them.
 */
import type { mm_struct } from "./mm.ts";

/** A thread of control. */
export interface task_struct extends struct {
  /**
   * The user address space; NULL for a kernel thread and after `exit_mm`. membarrier reads that of running tasks without a
   * lock. Stores and that read are plain in Linux; here they are marked, as a model of the compiler orders no plain race.
   */
  mm: mm_struct;
  /** The address space whose page tables the task runs on. */
  active_mm: mm_struct;
  /** `task_lock`: whoever looks at another task's `mm` holds it, and so does who changes it. */
  alloc_lock: cacheline_aligned<spinlock_t>;
  /** Next process in the list that starts at `tasklist.first`. */
  tasks: task_struct;
}

/** The list of processes. Complete before the machine runs, never changed then. */
export interface task_list extends struct {
  /** NULL when the scenario has registered none: only hotplug walks it. */
  first: task_struct;
}

export const tasklist = DEFINE<task_list>();

export function task_lock(tsk: task_struct): void {
  spin_lock(tsk.alloc_lock);
}

export function task_unlock(tsk: task_struct): void {
  spin_unlock(tsk.alloc_lock);
}
