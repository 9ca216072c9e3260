/**
 * loongarch: IPIs, but not for the dead.
 *
 * - `switch_mm` sets the CPU's bit. `drop_mmu_context` clears it on a CPU that is not on the mm, never on a lazy one.
 * - `flush_tlb_mm` returns at once when `mm_users` is 0, which it is in `exit_mmap`: the flush at exit reaches nobody.
 * - A fault handler fills the TLB: no CPU walks what it was not asked to (newer ones have a walker, left out here).
 * - `loongson_cpu_disable` touches no mask.
 * - No manual known here says that `ertn` orders loads.
 *
 * Source: arch/loongarch/kernel/smp.c (flush_tlb_mm, line 743), include/asm/mmu_context.h of 7.2. Leaves out the
 * shortcut of `flush_tlb_mm` for a single user.
 *
 * @gives lazy-mask root-mask
 */

export const FLUSH_SKIPS_DEAD_MM = true;
export const HARDWARE_WALKS = false;
export const HOTPLUG_CLEARS_CPUMASK = false;
export const USER_RETURN_SYNCHRONIZES = false;
