/**
 * A task is walked over every CPU, leaves each of them lazy on its mm, and exits on the last.
 *
 * What remains of the walk is a mask with every CPU in it, and a loan on each: the dearest exit that there is for whoever
 * sends IPIs or scans, and the one that the shootdown series was asked about (Peter Zijlstra, July 2020).
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";

export const NR_CPUS = 3;
export const MIN_CPUS = 2;
export const MAX_CPUS = 4;

/** Goes on until it has been everywhere. */
export function walker(): void {
  ret_from_fork();
  let missing = cpumask_possible();
  let left = nr_cpu_ids;
  for (;;) {
    const cpu = smp_processor_id();
    if (cpumask_has(missing, cpu)) {
      missing = cpumask_without(missing, cpu);
      left -= 1;
    }
    user_access(get_current<task_struct>().mm);
    if (left === 0) break;
    schedule();
  }
  do_exit();
}

export function setup(): void {
  boot_mm();
  for (const cpu of for_each_possible_cpu()) {
    boot_cpu(cpu);
    if (cpu !== 0) start_idle(cpu);
  }
  const mm = boot_process();
  const task = task_create<task_struct>(walker, cpumask_possible(), 0);
  boot_user(task, mm);
  start_user(task, 0, mm);
}
