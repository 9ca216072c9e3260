/**
 * A kernel thread uses the very mm that it holds lazily.
 *
 * The thread on CPU 1 has a reference to a process's mm, as khugepaged and io_uring have, and now and then becomes its
 * user with `mmget_not_zero` and `kthread_use_mm`. The process runs on CPU 1, too, so that the thread often is lazy on
 * the mm already: then the root and active_mm do not change, but a loan turns into a real reference, and back again
 * into a loan in `kthread_unuse_mm`. The process may exit at any time; the thread's mmput or mmdrop may be the last.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { kthread_unuse_mm, kthread_use_mm } from "../kernel/kthread.ts";
import { type mm_struct, mmdrop, mmget_not_zero, mmgrab, mmput } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** What the kernel thread holds. */
export interface worker_data extends struct {
  /** Pinned by a reference of the worker's own (mm_count), which it drops in the end. */
  mm: mm_struct;
}

export const worker_state = DEFINE<worker_data>();

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function worker(): void {
  ret_from_fork();
  const mm = worker_state.mm;
  for (;;) {
    run_kthread();
    if (choose(2) === 0 || !mmget_not_zero(mm)) break;
    kthread_use_mm(mm);
    run_user(mm);
    kthread_unuse_mm(mm);
    mmput(mm);
  }
  mmdrop(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  task_create<task_struct>(worker, cpumask_of(1), 0);
  mmgrab(mm);
  worker_state.mm = mm;
  start_idle(0);
  start_user(task, 1, mm);
}
