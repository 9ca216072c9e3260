/**
 * x86 since 6.15 on AMD processors with INVLPGB, for an mm with a global ASID: nobody gets an IPI.
 *
 * - Such an mm, active on four CPUs or more, has the same ASID on all of them, and `INVLPGB; TLBSYNC` invalidates it
 *   everywhere. That holds for freed page tables, too: a lazy CPU keeps the root through the flush at exit.
 * - The mask is as in `x86-6.14`; LDT and CR4 are still updated by IPI.
 *
 * Source: arch/x86/mm/tlb.c of 7.2 (broadcast_tlb_flush). The transition of an mm to a global ASID is left out.
 *
 * @gives lazy-mask root-mask
 */

export const X86_TLB_GEN = true;
export const FLUSH_UNLAZIES_ROOT = true;
export const X86_INVLPGB = true;
export const HOTPLUG_CLEARS_CPUMASK = false;
