/**
 * membarrier() while a kernel thread uses the process's mm (scenario E of membarrier.c).
 *
 * CPU 0 calls membarrier() in a thread of a process. On CPU 1 another thread of it has just run, so that a kernel thread
 * is lazy on the mm when it begins to use it: neither root nor active_mm changes then. It makes its accesses between
 * `kthread_use_mm` and `kthread_unuse_mm`; before and after it has no mm, and gets no IPI.
 *
 * @not-claimed * on riscv, mips, loongarch under lkmm: membarrier() of a caller that finds itself alone orders nothing
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { kthread_unuse_mm, kthread_use_mm } from "../kernel/kthread.ts";
import { litmus_done, litmus_fast, litmus_slow } from "../kernel/litmus.ts";
import { boot_membarrier } from "../kernel/membarrier.ts";
import { type mm_struct, mmget, mmput } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";

export const NR_CPUS = 2;

/** What the kernel thread holds. */
export interface worker_data extends struct {
  /** One of its users, until the worker has finished with it. */
  mm: mm_struct;
}

export const worker_state = DEFINE<worker_data>();

export function caller(): void {
  ret_from_fork();
  litmus_slow();
  litmus_done();
  do_exit();
}

/** Only lends its mm. */
export function lender(): void {
  ret_from_fork();
  do_exit();
}

export function worker(): void {
  ret_from_fork();
  const mm = worker_state.mm;
  kthread_use_mm(mm);
  litmus_fast();
  kthread_unuse_mm(mm);
  litmus_done();
  mmput(mm);
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
  const other = task_create<task_struct>(lender, cpumask_of(1), 0);
  boot_user(other, mm);
  task_create<task_struct>(worker, cpumask_of(1), 0);
  mmget(mm);
  worker_state.mm = mm;
  start_user(slow, 0, mm);
  start_user(other, 1, mm);
}
