/**
 * x86 up to 6.13: an exact mask, IPIs, a flush handler that takes lazy CPUs away from the mm.
 *
 * Source: arch/x86/mm/tlb.c of 6.12.
 */

export const MM_CPUMASK_EXACT = true;
export const FLUSH_UNLAZIES_ROOT = true;
export const HOTPLUG_CLEARS_CPUMASK = false;
