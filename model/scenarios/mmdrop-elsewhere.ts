/**
 * The last reference to an mm is dropped by a kernel thread on a CPU that never ran it.
 *
 * The thread on CPU 1 has pinned the mm of a process on CPU 0, as khugepaged has, and drops it at any time. If the
 * process has exited by then, CPU 0 is lazy on the mm, in the exiting task or in idle: what frees the mm has no
 * connection with any CPU that uses it.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** What the kernel thread holds. */
export interface scanner_data extends struct {
  /** Pinned by a reference of the scanner's own (mm_count). */
  mm: mm_struct;
}

export const scanner_state = DEFINE<scanner_data>();

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function scanner(): void {
  ret_from_fork();
  run_kthread();
  mmdrop(scanner_state.mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_of(0), 0);
  boot_user(task, mm);
  task_create<task_struct>(scanner, cpumask_of(1), 0);
  mmgrab(mm);
  scanner_state.mm = mm;
  start_user(task, 0, mm);
  start_idle(1);
}
