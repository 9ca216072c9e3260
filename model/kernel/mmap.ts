/**
 * User mappings, as far as they matter to a lazy CPU: their end flushes, or does not.
 *
 * A count of VMAs stands for the mappings. What the schemes care about is the one decision in `exit_mmap`: an mm that
 * has no VMA left is taken down *without a flush*, so a scheme may not rely on the final flush to reach lazy CPUs.
 *
 * Models mm/mmap.c:exit_mmap() and the flush in mm/mmu_gather.c:tlb_finish_mmu() of 7.2. Leaves out page-table pages
 * and pages as objects, mmap_lock, mlock and the OOM reaper; `tlb_flush_mmu_tlbonly()`'s other reason not to flush
 * (nothing had been mapped in the VMAs) is the same case as no VMA.
 */
import type { mm_struct } from "./mm.ts";
import { flush_tlb_mm } from "./tlb.ts";

/** Takes all user mappings down; the last user is gone. */
export function exit_mmap(mm: mm_struct): void {
  // dup_mmap() ran out of memory, or the process had unmapped everything before it died: nothing to do, no flush.
  if (mm.map_count === 0) return;
  mm.map_count = 0;
  flush_tlb_mm(mm);
}

/** munmap() of everything by a live process. It can do no more in user mode than take the fault that kills it. */
export function munmap_all(mm: mm_struct): void {
  mm.map_count = 0;
  flush_tlb_mm(mm);
}
