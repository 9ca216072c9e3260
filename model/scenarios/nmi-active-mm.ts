/**
 * An NMI looks into current->active_mm, and reads user memory, wherever it hits.
 *
 * A profiler on CPU 1 samples CPU 0, where a process runs, goes idle and exits, or is gone to CPU 1 and exits there, and a
 * task of another one passes by; the NMI comes with interrupts off as well as on, between any two steps of a switch or a shootdown. What active_mm names must be
 * alive at each of them, and the user's memory is to be had only while the root is the task's.
 *
 * As `active-mm-in-irq`, but nothing holds the interrupt off.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { perf_nmi_handler } from "../kernel/nmi.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function other(): void {
  ret_from_fork();
  user_access(get_current<task_struct>().mm);
  do_exit();
}

export function profiler(): void {
  ret_from_fork();
  while (choose(2) !== 0) {
    send_nmi(0, perf_nmi_handler, get_current<task_struct>());
    schedule();
  }
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  const visitor = task_create<task_struct>(other, cpumask_of(0), 0);
  boot_user(visitor, boot_process());
  task_create<task_struct>(profiler, cpumask_of(1), 0);
  start_user(task, 0, mm);
  start_idle(1);
}
