/**
 * User task, kernel thread, user task of another mm: the loan of the first mm ends with the switch to the second.
 *
 * On CPU 0 compete a task of process A, which may also run on CPU 1, a preemptible task of process B, and a kernel
 * thread. All ways of going through the four cases of context_switch occur, among them the one where A has exited
 * elsewhere while CPU 0 was lazy on it and the switch to B gives the last reference back. B is preemptible because
 * the window between a switch and the end of `finish_task_switch` is closed only by preemption being off.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function kthread(): void {
  ret_from_fork();
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm_a = boot_process();
  const a = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(a, mm_a);
  const b = task_create<task_struct>(user, cpumask_of(0), TASK_PREEMPTIBLE);
  boot_user(b, boot_process());
  task_create<task_struct>(kthread, cpumask_of(0), 0);
  start_user(a, 0, mm_a);
  start_idle(1);
}
