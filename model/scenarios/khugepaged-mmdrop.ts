/**
 * khugepaged drops the last reference to an mm under a spinlock that the exiting process wants.
 *
 * The thread on CPU 1 has the mm in a slot of its list. While the process lives, the slot has a reference to the mm;
 * an exiting process takes it back in `__mmput`, under the lock, unless khugepaged finds the process dead first and
 * drops it (`collect_mm_slot`). So the last mmdrop may run with a spinlock held and the process's CPU spinning for that
 * lock, lazy on the mm: what the drop waits for must not need more of that CPU than an interrupt.
 *
 * Models mm/khugepaged.c: collect_mm_slot(), __khugepaged_exit(). The process leaves the list just before its mmput
 * rather than in it.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit, exit_mm } from "../kernel/exit.ts";
import { type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** khugepaged_scan, with room for one. */
export interface khugepaged_data extends struct {
  /** khugepaged_mm_lock. */
  lock: spinlock_t;
  /** The mm in the list, NULL when it has left it. */
  slot: mm_struct;
}

export const khugepaged_scan = DEFINE<khugepaged_data>();

/** Takes the mm off the list, and drops the list's reference, with the lock held. `dead` only: when it has no user. */
export function collect_mm_slot(dead: boolean): void {
  spin_lock(khugepaged_scan.lock);
  const mm = khugepaged_scan.slot;
  if (mm !== NULL && (!dead || atomic_read(mm.mm_users) === 0)) {
    khugepaged_scan.slot = NULL;
    mmdrop(mm);
  }
  spin_unlock(khugepaged_scan.lock);
}

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  exit_mm();
  collect_mm_slot(false);
  do_exit();
}

export function khugepaged(): void {
  ret_from_fork();
  do {
    run_kthread();
    collect_mm_slot(true);
  } while (choose(2) !== 0);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  task_create<task_struct>(khugepaged, cpumask_of(1), 0);
  mmgrab(mm);
  khugepaged_scan.slot = mm;
  start_user(task, 0, mm);
  start_idle(1);
}
