/**
 * The first user program: a kernel thread that has never been lazy on anything but init_mm calls kernel_execve.
 *
 * Its loan is one of `init_mm`, from bring-up, and ends in `exec_mmap`; from then on the CPU has a user mm for the first
 * time. The task wanders, forks nobody, and exits; another kernel thread takes its place in between. On this path the
 * series of June 2021 forgot that a loan ends, and 68 of 70 boots failed.
 */
import { boot_cpu, boot_mm, start_idle, start_task } from "../kernel/boot.ts";
import { do_execve } from "../kernel/exec.ts";
import { do_exit } from "../kernel/exit.ts";
import { init_mm, mmgrab } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** kernel_init, on its way to /sbin/init. */
export function init(): void {
  ret_from_fork();
  const mm = do_execve();
  run_user(mm);
  do_exit();
}

export function kthread(): void {
  ret_from_fork();
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const task = task_create<task_struct>(init, cpumask_possible(), TASK_PREEMPTIBLE);
  task_create<task_struct>(kthread, cpumask_of(0), 0);
  mmgrab(init_mm);
  task.active_mm = init_mm;
  start_task(task, 0, init_mm);
  start_idle(1);
}
