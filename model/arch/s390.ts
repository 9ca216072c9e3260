/**
 * s390: a mask of attached CPUs, and instructions that flush on all of them.
 *
 * - The mask here is Linux's `cpu_attach_mask`: set before the root goes in, cleared after it has left. `mm_cpumask`
 *   itself is a copy of it that each flush renews, plus the CPUs that have run user code since; that copy is left out.
 * - IDTE and CSPG invalidate on all CPUs; no handler runs, a lazy CPU keeps its root through the flush at exit.
 * - Taking a CPU offline touches no mask.
 *
 * Source: arch/s390/include/asm/mmu_context.h, tlbflush.h of 7.2.
 *
 * @gives lazy-mask root-mask exact-mask
 */

export const MM_CPUMASK_EXACT = true;
export const FLUSH_BY_IPI = false;
export const FLUSH_USES_CPUMASK = false;
export const HOTPLUG_CLEARS_CPUMASK = false;
