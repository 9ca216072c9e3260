/**
 * A process dies without a single VMA, and the last mmput is a kernel thread's on another CPU.
 *
 * As in `mm-no-vmas` nothing is unmapped at exit and nothing flushed; here the mm is taken down and freed by a thread on
 * a CPU that never ran it, which had it pinned. It does not notice that others are lazy on the mm: it is not itself.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { type mm_struct, mmget, mmput } from "../kernel/mm.ts";
import { munmap_all } from "../kernel/mmap.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** What the kernel thread holds. */
export interface holder_data extends struct {
  /** Pinned by one of its mm_users. */
  mm: mm_struct;
}

export const holder_state = DEFINE<holder_data>();

export function suicidal(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  run_user(mm);
  munmap_all(mm);
  run_kthread();
  do_exit();
}

export function holder(): void {
  ret_from_fork();
  run_kthread();
  mmput(holder_state.mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(suicidal, cpumask_of(0), 0);
  boot_user(task, mm);
  task_create<task_struct>(holder, cpumask_of(1), 0);
  mmget(mm);
  holder_state.mm = mm;
  start_user(task, 0, mm);
  start_idle(1);
}
