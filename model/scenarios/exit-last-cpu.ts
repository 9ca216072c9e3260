/**
 * The last CPU that runs a process exits on it: the CPU itself is the lazy one.
 *
 * A process with one thread, which wanders over the CPUs and exits on one of them. `exit_mm` leaves the exiting task
 * lazy on its own mm, so that the final mmput, and in some schemes the final mmdrop, run on a CPU that has the dying
 * mm loaded. The idle tasks of the CPUs it has visited before may be lazy on it as well, or have been and not been
 * switched since.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;
export const MIN_CPUS = 2;
export const MAX_CPUS = 4;

export function wanderer(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  for (const cpu of for_each_possible_cpu()) {
    boot_cpu(cpu);
    if (cpu !== 0) start_idle(cpu);
  }
  const mm = boot_process();
  const task = task_create<task_struct>(wanderer, cpumask_possible(), 0);
  boot_user(task, mm);
  start_user(task, 0, mm);
}
