/**
 * A loan is handed from kernel thread to kernel thread, and ends long after its mm has died elsewhere.
 *
 * CPU 1: a thread of the process, then two kernel threads and the idle task in any order, each inheriting the mm from
 * the one before. CPU 0: the process's other thread, which exits at any point of that. The kernel threads end as well,
 * so that a dead task's loan is inherited too.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function thread(): void {
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
  const mm = boot_process();
  for (const cpu of for_each_possible_cpu()) {
    boot_cpu(cpu);
    const task = task_create<task_struct>(thread, cpumask_of(cpu), 0);
    boot_user(task, mm);
    start_user(task, cpu, mm);
  }
  task_create<task_struct>(kthread, cpumask_of(1), 0);
  task_create<task_struct>(kthread, cpumask_of(1), 0);
}
