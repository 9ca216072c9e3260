/**
 * Loans are not counted and nobody is sent for: the TLB flush of exit_mmap takes lazy CPUs off the mm in passing.
 *
 * @title       implicit shootdown by the flush at exit
 * @origin      Peter Zijlstra, x86/lazy (MMU_LAZY_TLB_IMPLICIT_SHOOTDOWN), 2021 to 2023; Linus Torvalds, 2022-01, 2024-10
 * @status      not merged; "worked last time", never thought through (20241005161537.GB18071)
 * @state       none beyond mm_cpumask
 * @switch-cost one smp_mb() per kernel→user
 * @exit-cost   none beyond the flush, which goes to lazy CPUs as well
 * @requires    that there be a flush at exit, by IPI, to every CPU that may be lazy on the mm, with or without anything to
 *              flush: on none of the architectures here is that so for every mm
 * @needs       exit-ipi
 * @not-claimed mm-no-vmas: exit_mmap has nothing to unmap and flushes nothing
 * @not-claimed no-vmas-put-elsewhere: the same
 * @not-claimed cpu-offline-6.12: the dying CPU gets no IPI any more while it is still lazy
 * @not-claimed cpu-offline-6.12-other: the same
 * @not-claimed efi-call: the flush IPI finds active_mm to be the mm, and takes the firmware's page tables away
 * @not-claimed * on arm64, powerpc-hash, riscv, s390, x86-invlpgb: the flush at exit is a broadcast; no handler
 *   runs
 * @not-claimed * on loongarch, mips: flush_tlb_mm does nothing once mm_users is 0
 * @not-claimed * on x86-6.13: the bit leaves mm_cpumask before CR3 does; the flush misses a CPU in between
 *
 * The invariants:
 * - When exit_mmap flushes, mm_users is 0: nobody becomes lazy on the mm newly, but by inheritance on the same CPU.
 * - A CPU that is lazy on the mm is in mm_cpumask, and the handler leaves no borrower of the mm behind on it. The CPU
 *   that flushes is lazy on the mm itself as a rule, and is in the mask like any other.
 * Then nobody is lazy on the mm after the flush, and mm_count only has references of people who know what they hold.
 *
 *     last mmput:  mm_users 0 ── exit_mmap ── flush ─┬─IPI─▶ lazy on mm: active_mm = init_mm, root = init_mm
 *                                                    └─IPI─▶ not lazy: flush
 *     last mmdrop: free
 *
 * Where the flush does not come to everybody, the mm is freed under whoever it does not come to:
 * - no VMA (`mm-no-vmas`), or nothing was ever mapped; `exit-flush-forced` flushes then as well
 * - INVLPGB, powerpc hash, arm64, s390, riscv with SBI: invalidation is broadcast, no handler runs (`--arch`)
 * - loongarch, mips: flush_tlb_mm() does nothing once mm_users is 0
 *
 * The diff of the branch is not to be found; this is what its titles and the threads say. Two readings are possible of
 * what the handler does. x86's takes the root to init_mm and leaves active_mm alone, which then dangles in whatever
 * task the CPU runs; the branch was said to want its users of active_mm cleaned up. Here the handler moves both.
 */
import { init_mm, type mm_struct } from "../kernel/mm.ts";
import type { task_struct } from "../kernel/task.ts";
import { switch_mm_irqs_off } from "../kernel/tlb.ts";

export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

/** `_mm` may have been freed already: a flush took this CPU off it after the caller had read the pointer. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm (exec, kthread_use_mm). Later: the task's user accesses. Without it membarrier
  // may see mm NULL, skip this CPU, and order nothing (scenario E).
  smp_mb();
}

export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {
  // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now. Without it, and with no
  // switch_mm because the mm did not change, membarrier may miss the task (scenario A).
  smp_mb();
}

/** The flush IPI. Any flush will do, not just the last. */
export function flush_lazy_cpu(mm: mm_struct): void {
  flush_unlazies(mm);
}

/** If this CPU is lazy on `mm`, in whatever task, it leaves it, and the task with it. Interrupts are off. */
export function flush_unlazies(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  if (tsk.mm === NULL && tsk.active_mm === mm) {
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
  }
}
