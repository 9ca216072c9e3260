/**
 * powerpc with the radix MMU: the flush at exit takes lazy CPUs off the mm for good.
 *
 * That flush is the last one, and goes to every CPU of the mask anyway. A CPU that is only lazy on the mm returns its
 * loan right there and clears its bit, so that the shootdown of the last mmdrop finds nobody but the exiting CPU, which
 * stays lazy, and whoever came back for another while (`kthread_use_mm`). Unlike on x86 active_mm moves with the root.
 *
 * Models exit_lazy_flush_tlb(), exit_flush_lazy_tlbs() of arch/powerpc/mm/book3s64/radix_tlb.c of 7.2 (e43c0a0c3c28,
 * v6.6). Leaves out the trimming of the mask every 1073 flushes, active_cpus, coprocessors, and broadcast tlbie.
 */
import { lazy_active_mm, leave_lazy_tlb, mmdrop_lazy_tlb, mmgrab_lazy_tlb } from "#scheme";
import { init_mm, type mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

/** Called by the last user of `mm`, which is not a user any more; it may sleep. */
export function exit_flush_lazy_tlbs(mm: mm_struct): void {
  // Earlier: mm_users became 0. Later: the read of the mask. As in every flush.
  smp_mb();
  smp_call_function_many(mm.mm_cpumask, exit_lazy_flush_tlb, mm, true);
}

/** The IPI. A loan that is returned here is never the last reference: the sender still has one. */
export function exit_lazy_flush_tlb(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  // kthread_use_mm, by somebody who found a user in time and became one after the sender had read the mask.
  // @unreached at exit mm_users is 0; in Linux the trimming of a living mm's mask comes here, too
  if (tsk.mm === mm) return;
  if (lazy_active_mm(tsk) === mm) {
    WARN_ON(tsk.mm !== NULL);
    mmgrab_lazy_tlb(init_mm);
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
    leave_lazy_tlb(mm);
    mmdrop_lazy_tlb(mm);
  }
  // Last: off the mm now, in every sense.
  cpumask_clear_cpu(smp_processor_id(), mm.mm_cpumask);
}
