/**
 * A user task executes another program while CPUs are lazy on its old mm.
 *
 * The task wanders between the CPUs before and after `execve`, which takes the old mm's last user away while the idle
 * task of another CPU may be lazy on it. The task itself leaves the old mm without a loan.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_execve } from "../kernel/exec.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;
export const MIN_CPUS = 2;
export const MAX_CPUS = 4;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  const mm = do_execve();
  run_user(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  for (const cpu of for_each_possible_cpu()) {
    boot_cpu(cpu);
    if (cpu !== 0) start_idle(cpu);
  }
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  start_user(task, 0, mm);
}
