/**
 * Taking a CPU offline, in the order of 7.2: the CPU leaves its lazy mm while it is still whole.
 *
 *     hotplug thread on the dying CPU              dying CPU's idle task        control CPU
 *     sched_cpu_deactivate     no new user tasks
 *     sched_cpu_wait_empty
 *       sched_force_init_mm    off the lazy mm
 *     take_cpu_down            offline, out of masks
 *     (dies)                                   ──▶ cpuhp_report_idle_dead  ──▶  finish_cpu
 *                                                  cpu_play_dead
 *
 * The order is the point. Until 6.12 the CPU left its lazy mm only in the idle task, *after* it had been removed from
 * every mm_cpumask (`hotplug_6_12.ts`); a shootdown in between missed it (fixed by 21641bd9a7a7).
 *
 * Models kernel/cpu.c (takedown_cpu, take_cpu_down, finish_cpu, cpuhp_report_idle_dead, clear_tasks_mm_cpumask) and
 * kernel/sched/core.c (sched_cpu_deactivate, sched_cpu_wait_empty, sched_force_init_mm) of 7.2. The hotplug thread and
 * the stopper are one thread here, and the other CPUs are not stopped meanwhile, which allows more than Linux does.
 * Leaves out bring-up and rollback.
 */
import { HOTPLUG_CLEARS_CPUMASK } from "#arch";
import { lazy_active_mm, leave_lazy_tlb, mmdrop_lazy_tlb, mmgrab_lazy_tlb } from "#scheme";
import { init_mm } from "./mm.ts";
import { runqueues } from "./rq.ts";
import { ret_from_fork, schedule } from "./sched.ts";
import { task_lock, type task_struct, task_unlock, tasklist } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

/** What the parts of the sequence know of each other. */
export interface cpuhp_cpu_state extends struct {
  /** The thread that began the hotplug operation: its second half, on another CPU, asleep until the CPU is dead. */
  control: task_struct;
}

export const cpuhp_state = DEFINE<cpuhp_cpu_state>();

/** User tasks are kept off this CPU from now on. Threads bound to it still run. */
export function sched_cpu_deactivate(cpu: cpu_t): void {
  set_cpu_active(cpu, false);
}

/** No user task is left here (this thread runs instead, and none is let in): leave the mm that the last one left. */
export function sched_cpu_wait_empty(): void {
  sched_force_init_mm();
}

/**
 * If the thread runs on a lazy mm, it gives the loan back and stands on `init_mm`.
 *
 * active_mm is read with interrupts on, as in Linux: a shootdown may take the thread to `init_mm`, and its mm away,
 * right after. So `mm` may point to nothing from here on, and no scheme may look into it: a counting scheme has it
 * pinned by its count, the others must not touch it.
 */
export function sched_force_init_mm(): void {
  const tsk = get_current<task_struct>();
  const mm = lazy_active_mm(tsk);
  if (mm !== init_mm) {
    mmgrab_lazy_tlb(init_mm);
    local_irq_disable();
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
    leave_lazy_tlb(mm);
    local_irq_enable();
    mmdrop_lazy_tlb(mm);
  }
}

/** Offline: no IPI reaches this CPU any more, so it must not depend on one. */
export function take_cpu_down(cpu: cpu_t): void {
  set_cpu_online(cpu, false);
  if (HOTPLUG_CLEARS_CPUMASK) clear_tasks_mm_cpumask(cpu);
}

/** Removes `cpu` from the mask of every live process: nobody will bother it with flushes. */
export function clear_tasks_mm_cpumask(cpu: cpu_t): void {
  let p = tasklist.first;
  while (p !== NULL) {
    // The lock holds off exit_mm: while p.mm is set and we hold it, the mm has a user.
    task_lock(p);
    const mm = p.mm;
    if (mm !== NULL) cpumask_clear_cpu(cpu, mm.mm_cpumask);
    task_unlock(p);
    p = p.tasks;
  }
}

/** The hotplug thread's part, on the dying CPU. It ends (`do_exit`) after this, and idle is what remains. */
export function cpuhp_take_down(): void {
  const cpu = smp_processor_id();
  sched_cpu_deactivate(cpu);
  sched_cpu_wait_empty();
  take_cpu_down(cpu);
}

/** Main of the dying CPU's idle task. */
export function cpu_idle_dying(): void {
  ret_from_fork();
  const cpu = smp_processor_id();
  while (cpu_online(cpu)) {
    idle_wait();
    schedule();
  }
  cpuhp_report_idle_dead();
}

/** The last thing a dying CPU does: tells the control thread, and stops. */
export function cpuhp_report_idle_dead(): void {
  wake_up_process(cpuhp_state.control);
  cpu_play_dead();
}

/** On the control CPU, after `cpu` has stopped: its idle task is nobody's borrower any more. */
export function finish_cpu(cpu: cpu_t): void {
  cpu_wait_dead(cpu);
  const idle = per_cpu(runqueues, cpu).idle;
  // sched_force_init_mm has seen to it.
  WARN_ON(idle.active_mm !== init_mm);
  idle.active_mm = NULL;
  mmdrop_lazy_tlb(init_mm);
}
