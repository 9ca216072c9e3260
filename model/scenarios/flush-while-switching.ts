/**
 * Two flushes while another CPU switches to another process and back.
 *
 * CPU 0 takes the right to write away and flushes, then unmaps the page and flushes. CPU 1 writes the page in one process
 * and now and then runs another; its translations of the first may survive that. So each flush may find CPU 1 with the
 * first mm loaded, with the second, or in the middle of a switch; and where the mask is cleaned up by flushes, the first
 * one may have cleared CPU 1's bit.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { mprotect_page, munmap_page } from "../kernel/mmap.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, user_write } from "../kernel/user.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function unmapper(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  mprotect_page(mm);
  munmap_page(mm);
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
  boot_user_page(mm);
  const first = task_create<task_struct>(unmapper, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(writer, cpumask_of(1), 0);
  boot_user(second, mm);
  const another = boot_process();
  const other = task_create<task_struct>(visitor, cpumask_of(1), 0);
  boot_user(other, another);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
