/**
 * x86 since 6.14: the mask is a superset, cleaned up by the flush handler.
 *
 * - `switch_mm_irqs_off` sets the CPU's bit where it is not set, and clears none (209954cbc7d0).
 * - A flush asks each CPU of the mask what it has loaded. A CPU that gets the IPI and is on another mm clears its bit;
 *   now and then such CPUs get one for that purpose (6db2526c1d69).
 * - Taking a CPU offline touches no mask.
 *
 * Source: arch/x86/mm/tlb.c of 7.2, with the fixes fea4e317f9e7 and 83b0177a6c48.
 *
 * @gives root-mask exit-ipi
 */

export const X86_TLB_GEN = true;
export const FLUSH_UNLAZIES_ROOT = true;
export const HOTPLUG_CLEARS_CPUMASK = false;
