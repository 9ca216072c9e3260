/**
 * powerpc Book3S 64 with the hash MMU: a mask that grows, and a hypervisor that flushes.
 *
 * - `switch_mm` sets the CPU's bit; nothing trims it.
 * - Translations are in the hash table; they go by `tlbie` or a hypervisor call, no handler runs. The flush at exit
 *   reaches no lazy CPU: this is why MMU_LAZY_TLB_SHOOTDOWN shoots at the last mmdrop (Nicholas Piggin, v7).
 * - `__cpu_disable` removes the CPU from all masks (21641bd9a7a7).
 *
 * Source: arch/powerpc/mm/book3s64, arch/powerpc/Kconfig of 7.2. Leaves out SLB, context ids and their reuse.
 *
 * @gives lazy-mask root-mask
 */

export const FLUSH_BY_IPI = false;
export const FLUSH_USES_CPUMASK = false;
