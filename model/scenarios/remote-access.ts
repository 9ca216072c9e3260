/**
 * A debugger gets hold of another process's mm, and its mmput is the last.
 *
 * The debugger is a user task with an mm of its own on CPU 1. It finds the mm by way of the task (`get_task_mm`, under
 * the task's lock), reads memory through a mapping of its own, never through that mm's root, and puts it. The process
 * wanders and exits: then exit_mmap and the last mmdrop run on a CPU, and in a task, that have nothing to do with the mm,
 * while others are lazy on it, and the debugger is preempted in the middle by whoever.
 *
 * Models kernel/fork.c:get_task_mm(), and access_process_vm() around it.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { mmget, mmput } from "../kernel/mm.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import { task_lock, type task_struct, task_unlock } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** Whom the debugger is after. */
export interface debuggee_data extends struct {
  task: task_struct;
}

export const debuggee = DEFINE<debuggee_data>();

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

export function debugger_main(): void {
  ret_from_fork();
  const child = debuggee.task;
  task_lock(child);
  const mm = child.mm;
  if (mm !== NULL) mmget(mm);
  task_unlock(child);
  run_user(get_current<task_struct>().mm);
  if (mm !== NULL) mmput(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  debuggee.task = task;
  const own = boot_process();
  const tracer = task_create<task_struct>(debugger_main, cpumask_of(1), 0);
  boot_user(tracer, own);
  start_user(task, 0, mm);
  start_user(tracer, 1, own);
}
