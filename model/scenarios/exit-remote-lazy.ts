/**
 * A process exits while other CPUs are lazy on its mm.
 *
 * One thread per CPU, all of one process. A thread that sleeps or exits leaves its CPU's idle task lazy on the mm; the
 * thread that exits last takes the user mappings down, sends the final flush to those CPUs, and drops mm_count. After
 * the lazy use that a scheme fails to see here, the other CPU stands on freed page tables.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;
export const MIN_CPUS = 2;
export const MAX_CPUS = 4;

export function thread(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
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
}
