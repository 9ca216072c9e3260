/**
 * membarrier() while the other thread exits (scenario D of membarrier.c).
 *
 * CPU 0 calls membarrier() in one process, CPU 1 runs another one with the same mm (CLONE_VM without CLONE_THREAD), which
 * exits right after its last access: from `exit_mm` on its task has no mm, is lazy on the one that it had, and gets no
 * IPI. Who finds it so must be able to rely on all that it did before.
 *
 * @not-claimed * on riscv, mips, loongarch under lkmm: membarrier() of a caller that finds itself alone orders nothing
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit, exit_mm } from "../kernel/exit.ts";
import { litmus_done, litmus_fast, litmus_slow } from "../kernel/litmus.ts";
import { boot_membarrier } from "../kernel/membarrier.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";

export const NR_CPUS = 2;

export function caller(): void {
  ret_from_fork();
  litmus_slow();
  litmus_done();
  do_exit();
}

/** The verdict waits until after exit_mm: it would be a barrier before. */
export function thread(): void {
  ret_from_fork();
  litmus_fast();
  exit_mm();
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
