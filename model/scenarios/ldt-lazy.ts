/**
 * A process replaces its LDT while another CPU is lazy on the mm, or runs another process (x86).
 *
 * CPU 0 installs a table of descriptors and then another one in its place; the first is freed. CPU 1 uses descriptors in
 * one thread and runs another process in between, or idles. When it comes back from the idle task to the mm that it has
 * loaded, it loads no LDT, so the update must have reached it while it was lazy.
 *
 * @not-claimed * on x86-6.13 under tso: install_ldt has no barrier between ldt and mm_cpumask (docs/findings.md)
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";
import { modify_ldt, user_segment } from "../kernel/x86_regs.ts";

export const NR_CPUS = 2;
export const MAX_ldt_struct = 2;

export function installer(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  modify_ldt(mm);
  modify_ldt(mm);
  do_exit();
}

export function user(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  for (;;) {
    user_segment(mm);
    if (choose(2) === 0) break;
    schedule();
  }
  do_exit();
}

/** Another process, on the same CPU. */
export function visitor(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const first = task_create<task_struct>(installer, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(user, cpumask_of(1), 0);
  boot_user(second, mm);
  const another = boot_process();
  const other = task_create<task_struct>(visitor, cpumask_of(1), 0);
  boot_user(other, another);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
