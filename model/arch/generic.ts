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
 *
 * @gives lazy-mask root-mask exit-ipi
 */

/** The port keeps `mm_cpumask` at all. False on arm64. */
export const MM_CPUMASK_TRACKED = true;

/** The bit is cleared when a CPU switches away. True on mips, s390 (attach mask), x86 ≤ 6.13. */
export const MM_CPUMASK_EXACT = false;

/** Remote translations are flushed by IPI; where false the hardware broadcasts and no handler runs. */
export const FLUSH_BY_IPI = true;

/** Remote translations go on the CPUs of `mm_cpumask` only. False where the hardware tells all. */
export const FLUSH_USES_CPUMASK = true;

/** The flush at exit takes lazy CPUs off the mm and out of its mask, root and `active_mm` (powerpc radix). */
export const EXIT_FLUSH_ENDS_LOANS = false;

/** `flush_tlb_mm()` does nothing for an mm without users (loongarch, mips): the flush at exit is never sent. */
export const FLUSH_SKIPS_DEAD_MM = false;

/** The processor walks page tables itself, also speculatively. Where software fills the TLB nothing walks unasked. */
export const HARDWARE_WALKS = true;

/** Taking a CPU offline removes it from the mask of every process. */
export const HOTPLUG_CLEARS_CPUMASK = true;

/** x86: a lazy CPU that gets a flush IPI takes its root to `init_mm`, and leaves `active_mm` alone. For schemes that care. */
export const FLUSH_UNLAZIES_ROOT = false;

/** x86: generations of flushes, lazy TLB mode, LDT and CR4 (`kernel/x86_tlb.ts`, `kernel/x86_regs.ts`). */
export const X86_TLB_GEN = false;

/** x86: every mm has a global ASID, and INVLPGB invalidates it everywhere. */
export const X86_INVLPGB = false;

/**
 * The return to user mode waits for the branches before it, so that no load behind it is performed early (arm64 `eret` and
 * powerpc `rfid` are context synchronizing; on x86 and s390 loads are in order anyway). `smp_rmb()` stands for it where
 * the kernel relies on nothing else.
 */
export const USER_RETURN_SYNCHRONIZES = true;
