/**
 * A process loses the right to read performance counters while another CPU is lazy on the mm, or runs another process (x86).
 *
 * CPU 0 maps two events, the first of which gives all threads of the process the RDPMC instruction, and unmaps them
 * again. CPU 1 tries the
 * instruction in one thread and in another process, which never had the right, or idles. CR4.PCE follows the root; where
 * the root does not change it must have followed the update.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { event_mapped, event_unmapped, user_rdpmc } from "../kernel/x86_regs.ts";

export const NR_CPUS = 2;

export function mapper(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  event_mapped(mm);
  event_mapped(mm);
  event_unmapped(mm);
  event_unmapped(mm);
  do_exit();
}

export function user(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  for (;;) {
    user_rdpmc(mm);
    if (choose(2) === 0) break;
    schedule();
  }
  do_exit();
}

/** Another process, on the same CPU, without an event of its own. */
export function visitor(): void {
  ret_from_fork();
  user_rdpmc(get_current<task_struct>().mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const first = task_create<task_struct>(mapper, cpumask_of(0), 0);
  boot_user(first, mm);
  const second = task_create<task_struct>(user, cpumask_of(1), 0);
  boot_user(second, mm);
  const another = boot_process();
  another.rdpmc_revoked = true;
  const other = task_create<task_struct>(visitor, cpumask_of(1), 0);
  boot_user(other, another);
  start_user(first, 0, mm);
  start_user(second, 1, mm);
}
