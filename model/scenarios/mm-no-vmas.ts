/**
 * A process dies without a single VMA: its exit sends no flush.
 *
 * It unmaps everything while it runs (that flush is sent), gives up the CPU some more on its way to the fault that
 * kills it, and exits. CPUs that became lazy on the mm after the last flush see no IPI when the user mappings end,
 * because there are none: a scheme that leaves it to the final flush to reach them has lost them.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { munmap_all } from "../kernel/mmap.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;
export const MIN_CPUS = 2;
export const MAX_CPUS = 4;

export function suicidal(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  run_user(mm);
  munmap_all(mm);
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  for (const cpu of for_each_possible_cpu()) {
    boot_cpu(cpu);
    if (cpu !== 0) start_idle(cpu);
  }
  const mm = boot_process();
  const task = task_create<task_struct>(suicidal, cpumask_possible(), 0);
  boot_user(task, mm);
  start_user(task, 0, mm);
}
