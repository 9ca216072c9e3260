/**
 * Kernel threads that put on a user's address space for a while (io_uring, vhost before 6.4, USB gadgets).
 *
 *     kthread_use_mm     NULL, active_mm == LAZY  →  mm == active_mm == M       loan of LAZY ends, real reference on M
 *     kthread_unuse_mm   mm == active_mm == M     →  NULL, active_mm == M       loan of M begins, real reference ends
 *
 * The reference on M is a real one (`mmgrab`), never a loan, even where LAZY == M: a scheme that does not count loans
 * would otherwise turn an uncounted one into a counted one (the fault of the shootdown series v4).
 *
 * Models kernel/kthread.c:kthread_use_mm(), kthread_unuse_mm() of 7.2. Leaves out membarrier_update_current_mm,
 * finish_arch_post_lock_switch and the memory cgroup.
 */
import { lazy_active_mm, leave_lazy_tlb, mmdrop_lazy_tlb, unuse_mm_lazy } from "#scheme";
import { type mm_struct, mmdrop, mmgrab } from "./mm.ts";
import { task_lock, type task_struct, task_unlock } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

/** The current kernel thread acts on behalf of a user of `mm`. The caller holds one of mm's mm_users. */
export function kthread_use_mm(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  WARN_ON(tsk.mm !== NULL);
  mmgrab(mm);
  task_lock(tsk);
  // As in exec_mmap; the first reason found was a flush IPI between the store to mm and the new root (38cf307c1f20).
  local_irq_disable();
  const active_mm = lazy_active_mm(tsk);
  tsk.active_mm = mm;
  WRITE_ONCE(tsk.mm, mm);
  switch_mm_irqs_off(active_mm, mm, tsk);
  leave_lazy_tlb(active_mm);
  local_irq_enable();
  task_unlock(tsk);
  // Also the full barrier between the store to mm and the thread's user accesses that membarrier wants (scenario E).
  mmdrop_lazy_tlb(active_mm);
}

/** Reverses `kthread_use_mm`: the thread is a lazy user of `mm` from here on. */
export function kthread_unuse_mm(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  WARN_ON(tsk.mm === NULL);
  task_lock(tsk);
  // Earlier: the thread's user accesses. Later: the store mm = NULL. As in exit_mm (membarrier, scenario E).
  smp_mb__after_spinlock();
  local_irq_disable();
  WRITE_ONCE(tsk.mm, NULL);
  unuse_mm_lazy(tsk, mm);
  local_irq_enable();
  task_unlock(tsk);
  mmdrop(mm);
}
