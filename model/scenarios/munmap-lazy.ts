/**
 * A page is unmapped while another CPU is lazy on the mm, and goes back to user code later.
 *
 * CPU 0 unmaps the page, flushes, and frees it. CPU 1 reads the page, goes idle, comes back, and reads again. While it is
 * idle it may have a translation of the page. Nobody needs to bother it, provided that it finds out what it missed before
 * it runs user code again.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { munmap_page } from "../kernel/mmap.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, user_read } from "../kernel/user.ts";

export const NR_CPUS = 2;

export function unmapper(): void {
  ret_from_fork();
  munmap_page(get_current<task_struct>().mm);
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
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
