/**
 * Page-table roots and translations: what an architecture does when the kernel switches, borrows and flushes an mm.
 *
 * The truth about a CPU's root is the root register (x86: `cpu_tlbstate.loaded_mm`), not `active_mm`: with an
 * architecture whose flush handler moves lazy CPUs to `init_mm` the two differ. Roots change with interrupts off only.
 *
 * Models switch_mm_irqs_off(), enter_lazy_tlb(), flush_tlb_mm_range(), flush_tlb_func() of arch/x86/mm/tlb.c (7.2) and
 * their powerpc counterparts, reduced to what every port has in common. Leaves out tlb_gen, is_lazy and the
 * LOADED_MM_SWITCHING window, ASIDs, LDT and CR4, ranges, trimming of masks: all about stale translations rather than
 * about lifetime.
 */
import {
  FLUSH_BY_IPI,
  FLUSH_SKIPS_DEAD_MM,
  FLUSH_UNLAZIES_ROOT,
  MM_CPUMASK_EXACT,
  MM_CPUMASK_TRACKED,
} from "#arch";
import { flush_lazy_cpu } from "#scheme";
import { init_mm, type mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";

/**
 * Loads `next`'s root on this CPU. Interrupts are off. Nothing happens where it is loaded already, which is the whole
 * point of being lazy.
 */
export function switch_mm_irqs_off(_prev: mm_struct, next: mm_struct, _tsk: task_struct): void {
  const loaded = read_cr3<mm_struct>();
  if (loaded === next) return;
  const cpu = smp_processor_id();
  // The bit goes up before the root goes in. Otherwise a flush or a shootdown that reads the mask between the two
  // misses a CPU that walks the tables. Tested first: the mask's line is shared by all CPUs that run this process.
  if (MM_CPUMASK_TRACKED && next !== init_mm && !cpumask_test_cpu(cpu, next.mm_cpumask)) {
    cpumask_set_cpu(cpu, next.mm_cpumask);
  }
  // Earlier: the bit set above, and the caller's store to rq->curr. Later: walks of next's tables, user accesses.
  // Without it a flusher that has changed a PTE and then reads the mask may miss this CPU, which has already walked
  // the old PTE; and a membarrier caller may see neither the new rq->curr nor this task's accesses.
  smp_mb();
  load_cr3(next);
  // Last, and only now: a cleared bit says that this CPU is off the mm, so nobody will send it the IPI that it needs.
  if (MM_CPUMASK_EXACT && loaded !== init_mm) cpumask_clear_cpu(cpu, loaded.mm_cpumask);
}

/** A hint that this CPU will run a kernel thread on `mm`'s tables. Generic: no use for it (x86 sets is_lazy). */
export function enter_lazy_tlb(_mm: mm_struct, _tsk: task_struct): void {}

/** Flushes all translations of `mm` everywhere. The caller may sleep. */
export function flush_tlb_mm(mm: mm_struct): void {
  if (!FLUSH_BY_IPI) return;
  if (FLUSH_SKIPS_DEAD_MM && atomic_read(mm.mm_users) === 0) return;
  // Earlier: the PTEs that the caller has cleared. Later: the read of the mask. Without it this CPU may read the mask
  // before its PTE stores are visible, and a CPU that sets its bit in between walks the old PTEs and gets no IPI.
  smp_mb();
  on_each_cpu_mask(mm.mm_cpumask, flush_tlb_func, mm, true);
}

/** The flush IPI, on each CPU of the mask, the sender included. Interrupts are off. */
export function flush_tlb_func(mm: mm_struct): void {
  flush_lazy_cpu(mm);
  if (FLUSH_UNLAZIES_ROOT) unlazy_root(mm);
  local_flush_tlb(mm);
}

/** x86: rather than flush, a lazy CPU leaves the mm. `active_mm` stays as it is. */
export function unlazy_root(mm: mm_struct): void {
  if (read_cr3<mm_struct>() === mm && get_current<task_struct>().mm === NULL) load_cr3(init_mm);
}
