/**
 * A process forks and clones and forks: many short lives, on two CPUs.
 *
 * The parent makes two children in turn, each with a copy of its mm or sharing it, and all three exit when they like,
 * wherever they are. So there may be three mms at once, two of them dead, and a CPU goes from loan to loan.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { kernel_clone } from "../kernel/fork.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";

export const NR_CPUS = 2;

/** Who is to be born. */
export interface cradle_data extends struct {
  first: task_struct;
  second: task_struct;
}

export const cradle = DEFINE<cradle_data>();

export function child(): void {
  ret_from_fork();
  user_access(get_current<task_struct>().mm);
  do_exit();
}

export function parent(): void {
  ret_from_fork();
  const shared = choose(2) === 1;
  kernel_clone(cradle.first, shared);
  schedule();
  kernel_clone(cradle.second, !shared);
  user_access(get_current<task_struct>().mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(parent, cpumask_of(0), 0);
  boot_user(task, mm);
  cradle.first = task_create<task_struct>(child, cpumask_possible(), TASK_NEW);
  cradle.second = task_create<task_struct>(child, cpumask_possible(), TASK_NEW);
  start_user(task, 0, mm);
  start_idle(1);
}
