/**
 * The architecture that the model assumes when none is named: what Linux asks of every port, and no more.
 *
 * - `mm_cpumask` is a superset: a CPU's bit is set before the CPU loads the root, and nothing clears it while the CPU
 *   may still use the mm. This is what MMU_LAZY_TLB_SHOOTDOWN requires (arch/Kconfig) and what x86 does since 6.14.
 * - Translations are invalidated by IPI to the CPUs in that mask. The flush at exit reaches lazy CPUs like any other,
 *   but does not take the root away from them.
 * - The CPU that goes down is removed from all masks when it is taken offline (powerpc, arm, riscv, sh, csky, xtensa:
 *   `clear_tasks_mm_cpumask` in `__cpu_disable`), which is where it must no longer be lazy on anything.
 *
 * An architecture file is declarative: constants that the kernel model imports from `#arch`, folded at compile time.
 * Leaves out tlb_gen, ASIDs, LDT and broadcast invalidation: nothing in the kernel model looks at them.
 */

/** The port keeps `mm_cpumask` at all. False on arm64. */
export const MM_CPUMASK_TRACKED = true;

/** The bit is cleared when a CPU switches away. True on mips, s390 (attach mask), x86 ≤ 6.13. */
export const MM_CPUMASK_EXACT = false;

/** Remote translations are flushed by IPI; where false the hardware broadcasts and no handler runs. */
export const FLUSH_BY_IPI = true;

/**
 * The flush handler takes a lazy CPU's root to `init_mm` (x86, `flush_tlb_func`). It leaves `active_mm` alone: from
 * then on the scheduler and the hardware disagree about which mm the CPU is on.
 */
export const FLUSH_UNLAZIES_ROOT = false;

/** `flush_tlb_mm()` does nothing for an mm without users (loongarch, mips): the flush at exit is never sent. */
export const FLUSH_SKIPS_DEAD_MM = false;

/** Taking a CPU offline removes it from the mask of every process. */
export const HOTPLUG_CLEARS_CPUMASK = true;
