/**
 * x86 up to 6.13: an exact mask, IPIs, a flush handler that takes lazy CPUs away from the mm.
 *
 * - `switch_mm_irqs_off` sets the CPU's bit for the next mm and clears it for the one that it leaves, before it writes
 *   CR3.
 * - A flush goes to the CPUs of the mask that are not lazy; to all of them when it has freed page tables, as it has at
 *   exit.
 * - Taking a CPU offline touches no mask.
 *
 * Source: arch/x86/mm/tlb.c of 6.12.
 *
 * @gives root-mask exact-mask exit-ipi
 */

export const X86_TLB_GEN = true;
export const FLUSH_UNLAZIES_ROOT = true;
export const MM_CPUMASK_EXACT = true;
export const HOTPLUG_CLEARS_CPUMASK = false;
