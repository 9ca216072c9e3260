/**
 * A process exits, and its tables go, while the processor of another CPU walks them.
 *
 * A thread on each of two CPUs, and a kernel thread on the second, which the first thread to exit there leaves lazy on the
 * mm. The last exit flushes and frees page and table. Where that flush does not reach a lazy CPU, the CPU must have no use
 * for the tables: it must not remember them, or not walk without being asked.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, speculative_walk, user_read } from "../kernel/user.ts";

export const NR_CPUS = 2;

export function thread(): void {
  ret_from_fork();
  user_read(get_current<task_struct>().mm);
  do_exit();
}

/** A kernel thread, on whatever root it was given. */
export function kthread(): void {
  ret_from_fork();
  for (;;) {
    speculative_walk();
    if (choose(2) === 0) break;
    schedule();
  }
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  boot_user_page(mm);
  const first = task_create<task_struct>(thread, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(thread, cpumask_of(1), 0);
  boot_user(second, mm);
  task_create<task_struct>(kthread, cpumask_of(1), 0);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
