/**
 * riscv with ASIDs and firmware fences.
 *
 * - `switch_mm` sets the CPU's bit; with ASIDs nothing clears it (without them, the switch away does).
 * - Remote flushes are SBI calls: the firmware of each CPU runs the fence, no handler of the kernel does. (Ports with
 *   an IPI-capable interrupt controller send IPIs instead; that case is `generic`.)
 * - `__cpu_disable` removes the CPU from all masks.
 * - `sret` orders no loads: RVWMO knows no dependency through a branch to a load, and no fence is part of the return.
 *
 * Source: arch/riscv/mm/context.c, tlbflush.c, kernel/cpu-hotplug.c of 7.2. Leaves out ASID rollover and the mask of
 * stale instruction caches.
 *
 * @gives lazy-mask root-mask
 */

export const FLUSH_BY_IPI = false;
export const USER_RETURN_SYNCHRONIZES = false;
