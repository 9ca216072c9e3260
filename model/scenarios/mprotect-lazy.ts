/**
 * The right to write is taken away from a page while another CPU is lazy on the mm, and goes back to user code later.
 *
 * CPU 0 makes the entry read-only and flushes, as mprotect does, and fork for a page that becomes copy-on-write. From then
 * on it relies on the contents. CPU 1 writes the page whenever it can, and goes idle in between.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { mprotect_page } from "../kernel/mmap.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, user_write } from "../kernel/user.ts";

export const NR_CPUS = 2;

export function protector(): void {
  ret_from_fork();
  mprotect_page(get_current<task_struct>().mm);
  do_exit();
}

export function writer(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  for (;;) {
    user_write(mm);
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
  const first = task_create<task_struct>(protector, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(writer, cpumask_of(1), 0);
  boot_user(second, mm);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
