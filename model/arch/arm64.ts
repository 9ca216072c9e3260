/**
 * arm64: no mask and no IPI, the hardware tells every CPU.
 *
 * - `mm_cpumask` stays empty: keeping it was removed as a bottleneck, and TLBI …IS is broadcast anyway (Will Deacon,
 *   lore 20220111103953.GA10037). So there is nobody to ask which CPUs may be lazy on an mm.
 * - `tlbi aside1is; dsb ish` invalidates on all CPUs; no handler runs, a lazy CPU keeps its root through the flush at
 *   exit.
 * - `__cpu_disable` touches no mask.
 *
 * Source: arch/arm64/include/asm/tlbflush.h, mmu_context.h of 7.2. Leaves out the ASID allocator and its rollover, the
 * reserved ttbr0 of software PAN (`enter_lazy_tlb` saves it), and the mask that the SME DVMSync erratum needs.
 *
 * @gives nothing
 */

export const MM_CPUMASK_TRACKED = false;
export const FLUSH_BY_IPI = false;
export const FLUSH_USES_CPUMASK = false;
export const HOTPLUG_CLEARS_CPUMASK = false;
