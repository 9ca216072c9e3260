/**
 * A kernel thread that is lazy on a process's mm patches kernel text, on page tables for the purpose, and comes back.
 *
 * The thread is bound to CPU 1; the process runs on either CPU and exits on one of them. While the temporary mm is loaded,
 * interrupts off, CPU 1 has left the process's mm as far as its root and an exact mask can tell, and has not as far as it
 * means to come back: whoever concludes from the mask that it has left frees the mm that it comes back to.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_temporary_mm, text_poke } from "../kernel/temporary_mm.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** A task of another process: the exiting one's CPU gets rid of its mm. */
export function other(): void {
  ret_from_fork();
  user_access(get_current<task_struct>().mm);
  do_exit();
}

export function kthread(): void {
  ret_from_fork();
  run_kthread();
  text_poke();
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_temporary_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  const bystander = task_create<task_struct>(other, cpumask_of(0), 0);
  boot_user(bystander, boot_process());
  task_create<task_struct>(kthread, cpumask_of(1), 0);
  start_user(task, 0, mm);
  start_idle(1);
}
