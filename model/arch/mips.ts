/**
 * mips: an exact mask, IPIs, but not for the dead.
 *
 * - `switch_mm` sets the CPU's bit for the next mm and clears it for the one that it leaves.
 * - `flush_tlb_mm` returns at once when `mm_users` is 0, as on loongarch.
 * - A fault handler fills the TLB: no CPU walks what it was not asked to.
 * - Taking a CPU offline touches no mask.
 * - What `eret` and its hazard barrier promise is about instructions, not about loads of other CPUs' stores.
 *
 * Source: arch/mips/include/asm/mmu_context.h, arch/mips/kernel/smp.c of 7.2. Leaves out GINVT broadcast invalidation.
 *
 * @gives lazy-mask root-mask exact-mask
 */

export const MM_CPUMASK_EXACT = true;
export const FLUSH_SKIPS_DEAD_MM = true;
export const HARDWARE_WALKS = false;
export const HOTPLUG_CLEARS_CPUMASK = false;
export const USER_RETURN_SYNCHRONIZES = false;
