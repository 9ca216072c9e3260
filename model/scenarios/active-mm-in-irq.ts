/**
 * Code that runs on top of whatever was running looks into current->active_mm.
 *
 * A kernel thread on CPU 1 interrupts CPU 0 now and then; the handler dereferences the interrupted task's `active_mm`.
 * CPU 0 has a process that exits on it or on CPU 1, and its idle task is lazy
 * on the mm. A scheme that takes the root away and leaves active_mm dangling does no harm until then.
 *
 * Models the users of active_mm in arch/x86 that run in an interrupt. For those that no flag holds off see `nmi-active-mm`,
 * for those that load page tables of their own `text-poke` and `efi-call`.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** The interrupt. The current task may be any, and anywhere where interrupts are on. */
export function look_at_active_mm(_sender: task_struct): void {
  const mm = get_current<task_struct>().active_mm;
  atomic_read(mm.mm_users);
}

export function prober(): void {
  ret_from_fork();
  while (choose(2) !== 0) {
    smp_call_function_single(0, look_at_active_mm, get_current<task_struct>(), true);
    schedule();
  }
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  task_create<task_struct>(prober, cpumask_of(1), 0);
  start_user(task, 0, mm);
  start_idle(1);
}
