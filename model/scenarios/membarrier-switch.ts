/**
 * membarrier() while the other CPU switches to a kernel thread and back (scenarios A, B and C of membarrier.c).
 *
 * CPU 0 calls membarrier() in one thread of a process. On CPU 1 the other thread makes its accesses, and before and after
 * takes turns with the idle task, a kernel thread like any other. The mm stays loaded all the time, so that switch_mm is
 * no barrier. The caller sends an IPI when it finds the thread running, and none when it finds the idle task.
 *
 * @not-claimed * on riscv, mips, loongarch under lkmm: membarrier() of a caller that finds itself alone orders nothing
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { litmus_done, litmus_fast, litmus_slow } from "../kernel/litmus.ts";
import { boot_membarrier } from "../kernel/membarrier.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";

export const NR_CPUS = 2;

export function caller(): void {
  ret_from_fork();
  litmus_slow();
  litmus_done();
  do_exit();
}

/** Sleeps before and after; the verdict would be a barrier, so it comes after that. */
export function thread(): void {
  ret_from_fork();
  while (choose(2) !== 0) schedule();
  litmus_fast();
  while (choose(2) !== 0) schedule();
  litmus_done();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  boot_membarrier(mm);
  const slow = task_create<task_struct>(caller, cpumask_of(0), 0);
  boot_user(slow, mm);
  const fast = task_create<task_struct>(thread, cpumask_of(1), 0);
  boot_user(fast, mm);
  start_user(slow, 0, mm);
  start_user(fast, 1, mm);
}
