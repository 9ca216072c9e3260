/**
 * A page table is freed while another CPU is lazy on the mm, and walks it.
 *
 * CPU 0 unmaps all that is below a table, flushes, and frees page and table. On CPU 1 a thread of the process and a kernel
 * thread take turns; in either the processor may walk the tables of the root that it has loaded, with or without user
 * code that asks for it, and remembers where it has found the table. So this flush cannot leave lazy CPUs alone. Later the
 * process exits, with another flush.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { munmap_tables } from "../kernel/mmap.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, speculative_walk, user_read } from "../kernel/user.ts";

export const NR_CPUS = 2;

export function unmapper(): void {
  ret_from_fork();
  munmap_tables(get_current<task_struct>().mm);
  do_exit();
}

export function reader(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  for (;;) {
    user_read(mm);
    if (choose(2) === 0) break;
    schedule();
  }
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
  const first = task_create<task_struct>(unmapper, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(reader, cpumask_of(1), 0);
  boot_user(second, mm);
  task_create<task_struct>(kthread, cpumask_of(1), 0);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
