/**
 * s390: a mask of attached CPUs, and instructions that flush on all of them.
 *
 * Source: arch/s390/include/asm/mmu_context.h, tlbflush.h of 7.2.
 */

export const MM_CPUMASK_EXACT = true;
export const FLUSH_BY_IPI = false;
export const FLUSH_USES_CPUMASK = false;
export const HOTPLUG_CLEARS_CPUMASK = false;
