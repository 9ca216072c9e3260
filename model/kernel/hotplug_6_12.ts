/**
 * Taking a CPU offline, in the order of Linux ≤ 6.12: the CPU leaves its lazy mm last, in the idle task.
 *
 *     hotplug thread on the dying CPU              dying CPU's idle task        control CPU
 *     sched_cpu_deactivate     no new user tasks
 *     take_cpu_down            offline, out of masks
 *     (dies)                                   ──▶ idle_task_exit: root → init_mm, active_mm stays
 *                                                  cpuhp_report_idle_dead  ──▶  finish_cpu: gives the loan back
 *
 * Between `take_cpu_down` and `idle_task_exit` the CPU is lazy on an mm and unreachable by IPI. Who counts loans does
 * not mind. MMU_LAZY_TLB_SHOOTDOWN did: its IPI round missed the CPU (2655421ae69f, fixed by the new order).
 *
 * The loan is given back by the control CPU because the drop may need RCU, which an offline CPU may not use
 * (bf2c59fce407). So the loan is given back there on behalf of *another* CPU: a scheme that keeps per-CPU state must
 * have cleared the dying CPU's own in `idle_task_exit`.
 *
 * Models kernel/sched/core.c:idle_task_exit() and kernel/cpu.c:finish_cpu() of 6.12. Shares the rest with `hotplug.ts`.
 */
import { finish_cpu_lazy, idle_task_exit_lazy, lazy_active_mm } from "#scheme";
import { cpuhp_report_idle_dead, sched_cpu_deactivate, take_cpu_down } from "./hotplug.ts";
import { init_mm } from "./mm.ts";
import { runqueues } from "./rq.ts";
import { ret_from_fork, schedule } from "./sched.ts";
import type { task_struct } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

/** The hotplug thread's part, on the dying CPU. It ends (`do_exit`) after this, and idle is what remains. */
export function cpuhp_take_down_6_12(): void {
  const cpu = smp_processor_id();
  sched_cpu_deactivate(cpu);
  take_cpu_down(cpu);
}

/** Main of the dying CPU's idle task. */
export function cpu_idle_dying_6_12(): void {
  ret_from_fork();
  const cpu = smp_processor_id();
  while (cpu_online(cpu)) {
    idle_wait();
    schedule();
  }
  local_irq_disable();
  idle_task_exit();
  // What was sent to this CPU while it was online is taken here at the latest: cpu_play_dead waits for it. (Linux runs
  // it in CPUHP_AP_SMPCFD_DYING, a little earlier.)
  local_irq_enable();
  cpuhp_report_idle_dead();
}

/** The dying CPU's root leaves the lazy mm; active_mm stays, for `finish_cpu_6_12` to find. Interrupts are off. */
export function idle_task_exit(): void {
  const tsk = get_current<task_struct>();
  const mm = lazy_active_mm(tsk);
  if (mm !== init_mm) {
    switch_mm_irqs_off(mm, init_mm, tsk);
    idle_task_exit_lazy(tsk, mm);
  }
}

/** On the control CPU, after `cpu` has stopped: gives the dead CPU's loan back, of `init_mm` if it was on none other. */
export function finish_cpu_6_12(cpu: cpu_t): void {
  cpu_wait_dead(cpu);
  const idle = per_cpu(runqueues, cpu).idle;
  const mm = idle.active_mm;
  if (mm !== init_mm) idle.active_mm = init_mm;
  finish_cpu_lazy(mm);
}
