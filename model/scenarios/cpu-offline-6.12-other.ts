/**
 * A CPU goes offline while it is lazy on a process's mm, in the order of Linux ≤ 6.12, and another process runs meanwhile.
 *
 * As in `cpu-offline-6.12`, but CPU 0 does not stay with the mm of the process that has exited on it: it goes on to a
 * task of another process. Whoever kept the mm because CPU 0 itself was lazy on it lets it go then, at a time when CPU 1
 * is offline, out of all masks, and may still have it loaded.
 */
import {
  boot_cpu,
  boot_dying_cpu,
  boot_mm,
  boot_process,
  boot_tasklist,
  boot_user,
  start_idle,
  start_user,
} from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { cpuhp_state } from "../kernel/hotplug.ts";
import { cpu_idle_dying_6_12, cpuhp_take_down_6_12, finish_cpu_6_12 } from "../kernel/hotplug_6_12.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** A task of the other process. Whether it lives long makes no difference. */
export function other(): void {
  ret_from_fork();
  user_access(get_current<task_struct>().mm);
  do_exit();
}

/** cpuhp/1, bound to the CPU that goes down. */
export function cpuhp(): void {
  ret_from_fork();
  cpuhp_take_down_6_12();
  do_exit();
}

/** Woken when CPU 1 has done its part. */
export function control(): void {
  ret_from_fork();
  finish_cpu_6_12(1);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_dying_cpu(1, task_create<task_struct>(cpu_idle_dying_6_12, cpumask_of(1), TASK_IDLE));
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  boot_tasklist(task);
  const bystander = task_create<task_struct>(other, cpumask_of(0), 0);
  boot_user(bystander, boot_process());
  boot_tasklist(bystander);
  task_create<task_struct>(cpuhp, cpumask_of(1), 0);
  cpuhp_state.control = task_create<task_struct>(control, cpumask_of(0), TASK_NEW);
  start_idle(0);
  start_user(task, 1, mm);
}
