/**
 * powerpc Book3S 64 with the radix MMU: IPIs, and a flush at exit that ends loans.
 *
 * - `switch_mm` sets the CPU's bit and is a full barrier; nothing clears it but the flush at exit (and trimming, left
 *   out).
 * - Translations go by IPI, each CPU flushing its own (`tlbiel`).
 * - The flush at exit takes lazy CPUs to `init_mm`, root, active_mm and all, and out of the mask.
 * - `__cpu_disable` removes the CPU from all masks (21641bd9a7a7).
 *
 * Source: arch/powerpc/mm/book3s64/radix_tlb.c, arch/powerpc/mm/mmu_context.c of 7.2; e43c0a0c3c28.
 *
 * @gives lazy-mask root-mask exit-ipi
 */

export const EXIT_FLUSH_ENDS_LOANS = true;
