/**
 * A kernel thread that is lazy on a process's mm calls the firmware, on page tables for the purpose, and comes back.
 *
 * As in `text-poke`, but with interrupts on meanwhile, as in a call of an EFI runtime service: an IPI that takes lazy CPUs off
 * the process's mm finds active_mm to be that mm, and the temporary one loaded. If it moves the root it takes the
 * firmware's page tables away; if it does not, the thread comes back to an mm that is gone.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_temporary_mm, efi_call } from "../kernel/temporary_mm.ts";
import { run_kthread, run_user } from "../kernel/workload.ts";

export const NR_CPUS = 2;

export function user(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}

/** A task of another process: the exiting one's CPU gets rid of its mm. */
export function other(): void {
  ret_from_fork();
  user_access(get_current<task_struct>().mm);
  do_exit();
}

export function kthread(): void {
  ret_from_fork();
  run_kthread();
  efi_call();
  run_kthread();
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_temporary_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  const task = task_create<task_struct>(user, cpumask_possible(), 0);
  boot_user(task, mm);
  const bystander = task_create<task_struct>(other, cpumask_of(0), 0);
  boot_user(bystander, boot_process());
  task_create<task_struct>(kthread, cpumask_of(1), 0);
  start_user(task, 0, mm);
  start_idle(1);
}
