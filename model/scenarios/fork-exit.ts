/**
 * A process forks, or clones a thread, and both exit in any order on any CPU.
 *
 * The child's first instructions are the second half of a switch that it did not begin: it finds the previous task's
 * loan in rq->prev_mm. With CLONE_VM parent and child share the mm, and either may be its last user.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { kernel_clone } from "../kernel/fork.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** Who is to be born. */
export interface nursery_data extends struct {
  child: task_struct;
}

export const nursery = DEFINE<nursery_data>();

export function child(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function parent(): void {
  ret_from_fork();
  kernel_clone(nursery.child, choose(2) === 1);
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(parent, cpumask_of(0), 0);
  boot_user(task, mm);
  nursery.child = task_create<task_struct>(child, cpumask_possible(), TASK_NEW);
  start_user(task, 0, mm);
  start_idle(1);
}
