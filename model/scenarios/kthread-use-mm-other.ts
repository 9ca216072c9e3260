/**
 * A worker that is lazy on one process's mm uses another's, as io_uring and vhost workers do.
 *
 * The worker is bound to CPU 1, where a process comes to its end at the start and leaves its mm behind. Whenever a
 * request comes in, the worker becomes a user of the submitter's mm for a while (`mmget_not_zero`, `kthread_use_mm`),
 * wherever the submitter is by then: its mmput may be the last one. The loan of the dead mm ends in `kthread_use_mm`
 * and nowhere else: no switch to a user task need ever come.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { kthread_unuse_mm, kthread_use_mm } from "../kernel/kthread.ts";
import { type mm_struct, mmdrop, mmget_not_zero, mmgrab, mmput } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** What the worker holds. */
export interface ring_data extends struct {
  /** The submitter's mm, pinned by a reference of the ring's own (mm_count). */
  mm: mm_struct;
}

export const ring = DEFINE<ring_data>();

export function submitter(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** A process that is over. */
export function last_words(): void {
  ret_from_fork();
  do_exit();
}

export function worker(): void {
  ret_from_fork();
  const mm = ring.mm;
  while (choose(2) !== 0 && mmget_not_zero(mm)) {
    kthread_use_mm(mm);
    user_access(mm);
    kthread_unuse_mm(mm);
    mmput(mm);
    run_kthread();
  }
  mmdrop(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(submitter, cpumask_of(0), 0);
  boot_user(task, mm);
  const ended = boot_process();
  const last = task_create<task_struct>(last_words, cpumask_of(1), 0);
  boot_user(last, ended);
  task_create<task_struct>(worker, cpumask_of(1), 0);
  mmgrab(mm);
  ring.mm = mm;
  start_user(task, 0, mm);
  start_user(last, 1, ended);
}
