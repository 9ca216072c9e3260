/**
 * The first user program: a kernel thread that has never been lazy on anything but init_mm calls kernel_execve.
 *
 * The thread is made by another one, which has no mm to give it. Its loan is one of `init_mm`, from bring-up, and ends in
 * `exec_mmap`; from then on the CPU has a user mm for the first time. The task wanders, forks nobody, and exits; its maker
 * takes its place in between. On this path the series of June 2021 forgot that a loan ends, and 68 of 70 boots failed.
 *
 * Models init/main.c: rest_init(), kernel_init() as far as address spaces go.
 */
import { boot_cpu, boot_mm, start_idle, start_task } from "../kernel/boot.ts";
import { do_execve } from "../kernel/exec.ts";
import { do_exit } from "../kernel/exit.ts";
import { kernel_clone } from "../kernel/fork.ts";
import { init_mm, mmgrab } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** Who is to be born. */
export interface boot_data extends struct {
  init: task_struct;
}

export const boot_state = DEFINE<boot_data>();

/** kernel_init, on its way to /sbin/init. */
export function init(): void {
  ret_from_fork();
  const mm = do_execve();
  run_user(mm);
  do_exit();
}

/** rest_init: user_mode_thread(kernel_init, CLONE_FS). */
export function kthread(): void {
  ret_from_fork();
  kernel_clone(boot_state.init, true);
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  boot_state.init = task_create<task_struct>(init, cpumask_possible(), TASK_PREEMPTIBLE | TASK_NEW);
  const task = task_create<task_struct>(kthread, cpumask_of(0), 0);
  mmgrab(init_mm);
  task.active_mm = init_mm;
  start_task(task, 0, init_mm);
  start_idle(1);
}
