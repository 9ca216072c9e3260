/**
 * Page-table roots and translations: what an architecture does when the kernel switches, borrows and flushes an mm.
 *
 *     switch_mm_irqs_off     root ← next          enter_lazy_tlb     a hint
 *     flush_tlb_mm, _range   nobody translates by what the caller has just cleared
 *
 * The truth about a CPU's root is the root register, not `active_mm`: with an architecture whose flush handler moves
 * lazy CPUs to `init_mm` the two differ. Roots change with interrupts off only.
 *
 * This file has what every port has in common, steered by the constants of `#arch`. x86 has a protocol of its own,
 * `x86_tlb.ts`; powerpc radix adds to the flush at exit what is in `radix_tlb.ts`.
 *
 * Models switch_mm_irqs_off(), enter_lazy_tlb(), flush_tlb_mm(), flush_tlb_range() and their handlers of the ports of
 * 7.2. Leaves out ASIDs and their reuse (translations are tagged with the mm; where the mask is exact a CPU drops them
 * when it leaves), and ranges.
 */
import {
  FLUSH_BY_IPI,
  FLUSH_SKIPS_DEAD_MM,
  FLUSH_USES_CPUMASK,
  MM_CPUMASK_EXACT,
  MM_CPUMASK_TRACKED,
  X86_TLB_GEN,
} from "#arch";
import { flush_lazy_cpu } from "#scheme";
import { init_mm, type mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";
import { invalidate_broadcast, invalidate_local } from "./user.ts";
import { destroy_ldt } from "./x86_regs.ts";
import { x86_enter_lazy_tlb, x86_flush_tlb, x86_start_root, x86_switch_mm } from "./x86_tlb.ts";

/** In `setup`: `cpu` begins with the root of `mm`. */
export function start_root(cpu: cpu_t, mm: mm_struct): void {
  if (MM_CPUMASK_TRACKED && mm !== init_mm) cpumask_set_cpu(cpu, mm.mm_cpumask);
  if (X86_TLB_GEN) x86_start_root(cpu, mm);
}

/** Loads `next`'s root on this CPU. Interrupts are off. */
export function switch_mm_irqs_off(_prev: mm_struct, next: mm_struct, _tsk: task_struct): void {
  if (X86_TLB_GEN) x86_switch_mm(next);
  else switch_root(next);
}

/** The common way. Nothing happens where `next` is loaded already, which is the whole point of being lazy. */
function switch_root(next: mm_struct): void {
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
  if (MM_CPUMASK_EXACT) invalidate_local(loaded);
  // Last, and only now: a cleared bit says that this CPU is off the mm, so nobody will send it the IPI that it needs.
  if (MM_CPUMASK_EXACT && loaded !== init_mm) cpumask_clear_cpu(cpu, loaded.mm_cpumask);
}

/** A hint that this CPU will run a kernel thread on `mm`'s tables. Only x86 has a use for it. */
export function enter_lazy_tlb(_mm: mm_struct, _tsk: task_struct): void {
  if (X86_TLB_GEN) x86_enter_lazy_tlb();
}

/** Flushes all translations of an `mm` without user memory (`user.ts`): nobody has any. The caller may sleep. */
export function flush_tlb_mm(mm: mm_struct): void {
  flush(mm, true, false);
}

/**
 * Nobody translates by an entry of `mm` that the caller has changed before, when this returns; with `freed_tables`
 * nobody walks what was unlinked before either, lazy or not. The caller may sleep.
 */
export function flush_tlb_range(mm: mm_struct, freed_tables: boolean): void {
  flush(mm, freed_tables, true);
}

function flush(mm: mm_struct, freed_tables: boolean, user_memory: boolean): void {
  if (FLUSH_SKIPS_DEAD_MM && atomic_read(mm.mm_users) === 0) return;
  if (X86_TLB_GEN) x86_flush_tlb(mm, freed_tables, user_memory);
  else flush_others(mm, user_memory);
}

/** The common way: whoever is in the mask, or the hardware reaches. */
function flush_others(mm: mm_struct, user_memory: boolean): void {
  if (FLUSH_BY_IPI || FLUSH_USES_CPUMASK) {
    // Earlier: the PTEs that the caller has cleared. Later: the read of the mask. Without it this CPU may read the mask
    // before its PTE stores are visible, and a CPU that sets its bit in between walks the old PTEs and gets no IPI.
    smp_mb();
  }
  if (FLUSH_BY_IPI) {
    if (user_memory) on_each_cpu_mask(mm.mm_cpumask, flush_user_func, mm, true);
    else on_each_cpu_mask(mm.mm_cpumask, flush_tlb_func, mm, true);
  } else if (user_memory) {
    invalidate_broadcast(FLUSH_USES_CPUMASK ? cpumask_read(mm.mm_cpumask) : cpumask_possible(), mm);
  }
}

/** The flush IPI, on each CPU of the mask, the sender included. Interrupts are off. */
export function flush_tlb_func(mm: mm_struct): void {
  flush_lazy_cpu(mm);
  local_flush_tlb(mm);
}

/** The same where there is something to forget. */
export function flush_user_func(mm: mm_struct): void {
  flush_tlb_func(mm);
  invalidate_local(mm);
}

/** What the architecture has hung on the mm goes with it. */
export function destroy_context(mm: mm_struct): void {
  if (X86_TLB_GEN) destroy_ldt(mm);
}
