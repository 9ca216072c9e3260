/**
 * A CPU goes offline while it is lazy on a process's mm, in the order of 7.2.
 *
 * The process comes to CPU 1 or does not, is pushed back to CPU 0 by the hotplug operation, and exits there at any point
 * of it. CPU 1 is left lazy on its mm, or has never left `init_mm`, and must be off it before it is taken offline and out of all masks. The second half of the
 * operation runs in a kernel thread on CPU 0, which may itself be lazy on the same mm.
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
import { cpu_idle_dying, cpuhp_state, cpuhp_take_down, finish_cpu } from "../kernel/hotplug.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** cpuhp/1, bound to the CPU that goes down. */
export function cpuhp(): void {
  ret_from_fork();
  cpuhp_take_down();
  do_exit();
}

/** Woken when CPU 1 has done its part. */
export function control(): void {
  ret_from_fork();
  finish_cpu(1);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_dying_cpu(1, task_create<task_struct>(cpu_idle_dying, cpumask_of(1), TASK_IDLE));
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  boot_tasklist(task);
  task_create<task_struct>(cpuhp, cpumask_of(1), 0);
  cpuhp_state.control = task_create<task_struct>(control, cpumask_of(0), TASK_NEW);
  start_user(task, 0, mm);
  start_idle(1);
}
