/**
 * The idle task: a kernel thread like any other, and the one that keeps a dead process's mm longest.
 *
 * Models kernel/sched/idle.c:do_idle() of 7.2. Leaves out cpuidle, nohz and `leave_mm` in deep idle states. The idle
 * task of a CPU that goes down has a main of its own (`hotplug.ts`).
 */
import { ret_from_fork, schedule } from "./sched.ts";

/** Main of an idle task. Interrupts are taken while it waits. */
export function cpu_idle(): void {
  ret_from_fork();
  for (;;) {
    idle_wait();
    schedule();
  }
}
