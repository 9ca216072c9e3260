/**
 * A preemptible kernel thread executes a user program (kernel_execve) while it is lazy on somebody's mm.
 *
 * The thread is bound to CPU 0, where a process ends at the start, so that the loan may be all that is left of its mm; a
 * task of another process begins on CPU 1 and may come to CPU 0 and leave again. Preempted anywhere, the thread may
 * come back lazy on another mm than it was: `exec_mmap` must read the loan that it ends and end it in one piece. After
 * the exec it is a preemptible user task.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_execve } from "../kernel/exec.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** A process that is over. */
export function last_words(): void {
  ret_from_fork();
  do_exit();
}

export function usermodehelper(): void {
  ret_from_fork();
  const mm = do_execve();
  run_user(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const ended = boot_process();
  const last = task_create<task_struct>(last_words, cpumask_of(0), 0);
  boot_user(last, ended);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  task_create<task_struct>(usermodehelper, cpumask_of(0), TASK_PREEMPTIBLE);
  start_user(last, 0, ended);
  start_user(task, 1, mm);
}
