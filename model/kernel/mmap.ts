/**
 * User mappings, as far as they matter to a lazy CPU: their end flushes, or does not.
 *
 * A count of VMAs stands for the mappings. What the schemes care about is the one decision in `exit_mmap`: an mm that
 * has no VMA left is taken down *without a flush*, so a scheme may not rely on the final flush to reach lazy CPUs.
 *
 * Where a scenario has given the mm user memory (`user.ts`), what is unmapped is also freed, in the order that
 * everything rests on: entry cleared, flushed, freed.
 *
 * Models mm/mmap.c:exit_mmap(), mm/mprotect.c, and zap, flush and free in mm/mmu_gather.c of 7.2. Leaves out mmap_lock
 * (a scenario has one thread that changes mappings), mlock, the OOM reaper, and RCU around the freeing of tables, for
 * walkers in software; `tlb_flush_mmu_tlbonly()`'s other reason not to flush (nothing had been mapped in the VMAs) is
 * the same case as no VMA.
 */
import { EXIT_FLUSH_ENDS_LOANS } from "#arch";
import { exit_mmap_unflushed } from "#scheme";
import type { mm_struct } from "./mm.ts";
import { exit_flush_lazy_tlbs } from "./radix_tlb.ts";
import { flush_tlb_mm, flush_tlb_range } from "./tlb.ts";
import { PTE_NONE, PTE_READ } from "./user.ts";

/** Takes all user mappings down; the last user is gone. */
export function exit_mmap(mm: mm_struct): void {
  // dup_mmap() ran out of memory, or the process had unmapped everything before it died: nothing to do, no flush.
  const vmas = mm.map_count;
  if (vmas === 0) {
    exit_mmap_unflushed(mm);
    return;
  }
  mm.map_count = 0;
  if (EXIT_FLUSH_ENDS_LOANS) exit_flush_lazy_tlbs(mm);
  if (vmas > 1 && mm.pgd !== NULL) munmap_tables(mm);
  else flush_tlb_mm(mm);
}

/** munmap() of everything by a live process. It can do no more in user mode than take the fault that kills it. */
export function munmap_all(mm: mm_struct): void {
  mm.map_count = 0;
  flush_tlb_mm(mm);
}

/** munmap() of the page, with the tables kept because something else is mapped below them. */
export function munmap_page(mm: mm_struct): void {
  const table = mm.pgd;
  WRITE_ONCE(table.pte, PTE_NONE);
  flush_tlb_range(mm, false);
  free(table.page);
}

/** munmap() of the last that was mapped below a table: the table goes, too. */
export function munmap_tables(mm: mm_struct): void {
  const table = mm.pgd;
  const mapped = READ_ONCE(table.pte) !== PTE_NONE;
  WRITE_ONCE(table.pte, PTE_NONE);
  WRITE_ONCE(mm.pgd, NULL);
  flush_tlb_range(mm, true);
  if (mapped) free(table.page);
  free(table);
}

/** mprotect(PROT_READ), or fork() that makes the parent's page copy-on-write: nobody writes the page any more. */
export function mprotect_page(mm: mm_struct): void {
  const table = mm.pgd;
  WRITE_ONCE(table.pte, PTE_READ);
  flush_tlb_range(mm, false);
  WRITE_ONCE(table.page.stable, true);
}
