/**
 * The flush of exit_mmap takes lazy CPUs off the mm, and takes place whether there is anything to flush or not.
 *
 * @title       implicit shootdown, with the flush at exit forced
 * @origin      Linus Torvalds, 2022-01 (lore CAHk-=wi2MtYYTs08RKHtj9Vtm0dri-saWwYh0tj=QUUUDSJFRQ): a flag that says so
 * @status      not written
 * @state       none beyond mm_cpumask
 * @switch-cost one smp_mb() per kernel→user
 * @exit-cost   as `exit-flush`; for an mm without VMAs a round of IPIs to its mask
 * @requires    flushes by IPI that are sent for a dead mm, too, to every CPU that may be lazy on it
 * @needs       exit-ipi
 * @not-claimed cpu-offline-6.12: the dying CPU gets no IPI any more while it is still lazy
 * @not-claimed cpu-offline-6.12-other: the same
 * @not-claimed efi-call: the flush IPI finds active_mm to be the mm, and takes the firmware's page tables away
 * @not-claimed * on arm64, powerpc-hash, riscv, s390, x86-invlpgb: the flush at exit is a broadcast; no handler
 *   runs
 * @not-claimed * on loongarch, mips: flush_tlb_mm does nothing once mm_users is 0
 * @not-claimed * on x86-6.13: the bit leaves mm_cpumask before CR3 does; the flush misses a CPU in between
 *
 * `exit-flush`, with its first hole closed. The invariant is as there: nobody is lazy on the mm when exit_mmap is over.
 *
 *     exit_mmap:  no VMA ── nothing to unmap ── flush all the same
 *
 * The other holes are the architecture's. Where invalidation is broadcast, or a dead mm is not flushed, forcing the
 * flush forces nothing.
 */
import type { mm_struct } from "../kernel/mm.ts";
import { flush_tlb_mm } from "../kernel/tlb.ts";
import { flush_unlazies } from "./exit-flush.ts";

export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // As in exit-flush (membarrier, scenario E).
  smp_mb();
}

export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {
  // As in exit-flush (membarrier, scenario A).
  smp_mb();
}

export function flush_lazy_cpu(mm: mm_struct): void {
  flush_unlazies(mm);
}

/** Nothing to unmap, but the handler has more to do than to flush. */
export function exit_mmap_unflushed(mm: mm_struct): void {
  flush_tlb_mm(mm);
}
