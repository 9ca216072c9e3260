/**
 * Loans are not counted: the last reference sends an IPI to every CPU that may be lazy on the mm.
 *
 * @title       lazy TLB shootdown (MMU_LAZY_TLB_SHOOTDOWN)
 * @origin      Nicholas Piggin, RFC 2020-07-10, v7 2023-02-03 (lore 20230203071837.1136453-1), 2655421ae69f
 * @status      merged in v6.4, selected by powerpc Book3S 64 only
 * @state       none beyond mm_cpumask
 * @switch-cost one smp_mb() per kernel→user
 * @exit-cost   one round of IPIs to mm_cpumask, waiting for the slowest CPU; twice to all with DEBUG_VM_SHOOT_LAZIES
 * @requires    mm_cpumask ⊇ CPUs lazy on the mm, up to the final mmdrop; IPIs; a context that may send and wait
 * @needs       lazy-mask
 * @not-claimed cpu-offline-6.12: the dying CPU is out of all masks while it is still lazy; fixed by 21641bd9a7a7
 * @not-claimed cpu-offline-6.12-other: the same
 * @not-claimed efi-call: the IPI finds active_mm to be the mm, and takes the firmware's page tables away
 * @not-claimed * on arm64: mm_cpumask is not tracked there, so the shootdown has nobody to send to
 * @not-claimed * on x86-6.13: the flush at exit clears the bit of a lazy CPU and moves its root, but not active_mm
 * @not-claimed flush-while-switching, mprotect-lazy, munmap-lazy, munmap-tables-lazy, oom-reaper on x86-6.14: a flush
 *   IPI moves a lazy CPU to init_mm and clears its bit; active_mm still points at the mm when it is freed
 * @not-claimed text-poke on x86-6.14: the CPU loses its bit while it stands on a temporary mm
 * @not-claimed * on mips, s390: the mask is exact: in a switch the bit goes before active_mm does
 *
 * The invariants:
 * - When `__mmdrop` begins, mm_users and mm_count are 0, so nobody becomes lazy on the mm *newly*: that takes a prev
 *   that is its user, or a kernel→kernel hand-over on a CPU that is lazy on it already, and so in the mask already.
 * - active_mm and the root change with interrupts off only: the handler sees them agree.
 * - A CPU's bit in mm_cpumask is not cleared before the CPU has left the mm.
 * Then after the round no `active_mm` and no root is the mm, and it can be freed. `rq->prev_mm` may still name it for
 * an instant; what drops it there does not look into it.
 *
 * Models the SHOOTDOWN half of kernel/fork.c (do_shoot_lazy_tlb, do_check_lazy_tlb, cleanup_lazy_tlbs) and of
 * include/linux/sched/mm.h of 7.2. Leaves out what powerpc radix adds since 6.6: the final flush shoots as well.
 */
import { init_mm, type mm_struct } from "../kernel/mm.ts";
import type { task_struct } from "../kernel/task.ts";
import { switch_mm_irqs_off } from "../kernel/tlb.ts";

/** Another round, to all CPUs, that checks what the first has achieved. */
const DEBUG_VM_SHOOT_LAZIES = CONFIG("DEBUG_VM_SHOOT_LAZIES", false);

/** Not counted. What protects the lazy CPU from now on is that its bit in mm_cpumask is set, and stays. */
export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

/** `_mm` may have been freed already: a shootdown took this CPU off it after the caller had read the pointer. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm (exec, kthread_use_mm). Later: the task's user accesses. Without it membarrier
  // may see mm NULL, skip this CPU, and order nothing (scenario E): the atomic that used to be here did this in passing.
  smp_mb();
}

export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {
  // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now. Without it, and with no
  // switch_mm because the mm did not change, membarrier may miss the task (scenario A).
  smp_mb();
}

/** The IPI. The interrupted task is on `mm` only as a borrower: nobody is its user any more. */
export function do_shoot_lazy_tlb(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  if (tsk.active_mm === mm) {
    WARN_ON(tsk.mm !== NULL);
    // Both, not just the root: a dangling active_mm would be handed on, grabbed, and dereferenced by switch_mm,
    // NMI and EFI code.
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
  }
}

export function do_check_lazy_tlb(mm: mm_struct): void {
  WARN_ON(get_current<task_struct>().active_mm === mm);
}

/** Nobody is lazy on `mm` when this returns. The current task may have been; it is in the mask like any other CPU. */
export function cleanup_lazy_tlbs(mm: mm_struct): void {
  on_each_cpu_mask(mm.mm_cpumask, do_shoot_lazy_tlb, mm, true);
  if (DEBUG_VM_SHOOT_LAZIES) on_each_cpu(do_check_lazy_tlb, mm, true);
}
