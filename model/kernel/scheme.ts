/**
 * The hooks: every place where the kernel asks the scheme, with what happens when the scheme says nothing.
 *
 * Kernel files import these names from `#scheme`; the compiler takes each from the scheme that it links and from here
 * where the scheme does not export it. The defaults are Linux with MMU_LAZY_TLB_REFCOUNT=y: loans are counted in
 * `mm_count`, and nothing else happens anywhere. So a scheme that forgets a hook counts too much rather than too little.
 *
 *     path                      hooks, in the order they are called                                     context
 *     user → kernel             switch_to_kernel, in it mmgrab_lazy_tlb                                 IRQs off
 *     kernel → kernel           switch_to_kernel                                                        IRQs off
 *     kernel → user             switch_to_user                                                          IRQs off
 *     finish_task_switch        finish_lazy_switch, in it mmdrop_lazy_tlb_sched                         preemption off
 *     exit_mm                   exit_mm_grab, in it mmgrab_lazy_tlb; exit_mm_lazy                       task; IRQs off
 *     exec_mmap                 lazy_active_mm; leave_lazy_tlb (kernel thread); mmdrop_lazy_tlb         IRQs off; task
 *     kthread_use_mm            lazy_active_mm; leave_lazy_tlb; mmdrop_lazy_tlb                         IRQs off; task
 *     kthread_unuse_mm          unuse_mm_lazy, in it mmgrab_lazy_tlb                                    IRQs off
 *     last mmput                exit_mmap_unflushed (no VMA); mmput_last                                task
 *     last mmdrop               mmdrop_last, in it cleanup_lazy_tlbs                                    any but IRQ
 *     flush IPI                 flush_lazy_cpu                                                          IRQ
 *     CPU offline, 7.2          lazy_active_mm, mmgrab_lazy_tlb(init_mm), leave_lazy_tlb, mmdrop_lazy_tlb on the dying
 *                               CPU; mmdrop_lazy_tlb(init_mm) on the control CPU                        as named
 *     CPU offline, ≤ 6.12       lazy_active_mm, idle_task_exit_lazy on the dying CPU; finish_cpu_lazy, in it
 *                               mmdrop_lazy_tlb, on the control CPU                                     IRQs off; task
 *
 * The names with `_lazy_tlb` are Linux's; the others are named after the path that calls them.
 */
import { __mmdrop, type mm_struct, mmdrop, mmgrab } from "./mm.ts";
import type { rq } from "./rq.ts";
import { borrow_active_mm, return_active_mm } from "./switch.ts";
import type { task_struct } from "./task.ts";
import { enter_lazy_tlb } from "./tlb.ts";

// ---- the loan ------------------------------------------------------------------------------------------------

/**
 * A loan of `mm` begins on this CPU. The lender is a user of `mm`, or `mm` is `init_mm`. Interrupts are off, but in `exit_mm`.
 *
 * @unreached every scheme here has its own
 */
export function mmgrab_lazy_tlb(mm: mm_struct): void {
  mmgrab(mm);
}

/**
 * A loan ended outside the scheduler; this CPU's root has left `mm` (or `mm`'s new user is this task). May free `mm`.
 *
 * Must be a full barrier: membarrier relies on it between a task's mm and its user accesses. Interrupts and preemption
 * are on, so "this CPU" means nothing here: per-CPU state belongs to `leave_lazy_tlb`. Where `finish_cpu` calls it, the
 * loan was another CPU's.
 *
 * @unreached every scheme here has its own
 */
export function mmdrop_lazy_tlb(mm: mm_struct): void {
  mmdrop(mm);
}

/**
 * A loan ended in a switch, and `finish_task_switch` gives it back: as above, but on the CPU whose loan it was.
 *
 * @unreached every scheme here has its own, or ends loans in the switch
 */
export function mmdrop_lazy_tlb_sched(mm: mm_struct): void {
  mmdrop(mm);
}

/** The running task has just left the lazy `mm` for another root; interrupts are off. Only exec, kthread_use_mm, hotplug. */
export function leave_lazy_tlb(_mm: mm_struct): void {}

/** The mm that the running task is about to leave; interrupts are off, but in hotplug. */
export function lazy_active_mm(tsk: task_struct): mm_struct {
  return tsk.active_mm;
}

// ---- the switch ----------------------------------------------------------------------------------------------

/** `next` is a kernel thread: lends it what is loaded. */
export function switch_to_kernel(_rq: rq, prev: task_struct, next: task_struct): void {
  borrow_active_mm(prev, next);
}

/** `next` is a user task of `mm`: loads it and, when `prev` was on a loan, sees to the loan's end. */
export function switch_to_user(rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  return_active_mm(rq, prev, next, mm);
}

/** After every switch: interrupts on, preemption off. `mm` is the loan that the switch ended, or NULL. */
export function finish_lazy_switch(mm: mm_struct): void {
  if (mm !== NULL) mmdrop_lazy_tlb_sched(mm);
}

// ---- user tasks that become lazy where they stand ------------------------------------------------------------

/** The exiting task will go lazy on its own `mm`; it is still a user of it. Interrupts are on. */
export function exit_mm_grab(mm: mm_struct): void {
  mmgrab_lazy_tlb(mm);
}

/** The exiting task has gone lazy: tsk.mm is NULL, tsk.active_mm and the root are still `mm`. Interrupts are off. */
export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  enter_lazy_tlb(mm, tsk);
}

/** The kernel thread that used `mm` has gone lazy on it, and still has a reference. Interrupts are off. */
export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  mmgrab_lazy_tlb(mm);
  enter_lazy_tlb(mm, tsk);
}

// ---- the two ends --------------------------------------------------------------------------------------------

/** `exit_mmap` had nothing to unmap, so there was no flush. */
export function exit_mmap_unflushed(_mm: mm_struct): void {}

/** The user mappings are gone: give up what `mm_users` held of `mm_count`. */
export function mmput_last(mm: mm_struct): void {
  mmdrop(mm);
}

/** `mm_count` is 0. */
export function mmdrop_last(mm: mm_struct): void {
  __mmdrop(mm);
}

/** The mm is about to be freed: returns when no CPU is on it. Counted loans are none by now. */
export function cleanup_lazy_tlbs(_mm: mm_struct): void {}

// ---- interrupts and hotplug ----------------------------------------------------------------------------------

/** A flush of `mm` reached this CPU, lazy on it or not. Interrupts are off, and it may be anywhere in a task. */
export function flush_lazy_cpu(_mm: mm_struct): void {}

/**
 * The dying CPU's root has left `mm` (≤ 6.12), whose loan idle's active_mm still stands for until `finish_cpu` drops
 * it. Interrupts are off; the CPU is offline.
 */
export function idle_task_exit_lazy(_tsk: task_struct, _mm: mm_struct): void {}

/** On the control CPU (≤ 6.12): `mm` is what the dead CPU's idle task was still said to be on. A task, as `mmdrop_lazy_tlb`. */
export function finish_cpu_lazy(mm: mm_struct): void {
  mmdrop_lazy_tlb(mm);
}
