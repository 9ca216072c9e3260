/**
 * Two processes exit while another CPU goes from lazy on the one to lazy on the other.
 *
 * A task of each wanders between the CPUs, and A's is preemptible: its exit may stop anywhere, between two reads of
 * CPU 0's state, for as long as it takes B to run on CPU 0, leave it lazy, come to CPU 1 and exit completely. What A's
 * exit had read of CPU 0 before is then old, and so is what it has concluded.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
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

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm_a = boot_process();
  const a = task_create<task_struct>(user, cpumask_possible(), TASK_PREEMPTIBLE);
  boot_user(a, mm_a);
  const b = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(b, boot_process());
  start_user(a, 0, mm_a);
  start_idle(1);
}
