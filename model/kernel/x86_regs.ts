/**
 * x86: what a CPU has of an mm besides translations. The local descriptor table, and CR4.PCE (may user code read
 * performance counters).
 *
 * Both follow the root, and both are changed by one thread while others run, or are lazy: the change is sent to *every*
 * CPU of the mask, lazy ones included. This is what allows a CPU that goes back from a kernel thread to the mm that it
 * has loaded to look at `tlb_gen` alone: page-table entries are the only thing that it can have missed.
 *
 * Models arch/x86/kernel/ldt.c (install_ldt, flush_ldt, free_ldt_struct), load_mm_ldt(), switch_ldt(),
 * cr4_update_pce_mm() of arch/x86/mm/tlb.c, and x86_pmu_event_mapped(), x86_pmu_event_unmapped() of 7.2. Leaves out the
 * LDT's mapping under page-table isolation, its copy at fork, and init_mm's CR4.PCE as root's privilege.
 */
import { X86_TLB_GEN } from "#arch";
import type { mm_struct } from "./mm.ts";
import { cpu_tlbstate } from "./x86_tlb.ts";

/** A table of descriptors. Replaced as a whole, never changed. */
export interface ldt_struct extends struct<"regs"> {
  entries: int;
}

/** Registers of a CPU. */
export interface cpu_regs extends struct {
  /** LDTR. */
  ldt: ldt_struct;
  /** CR4.PCE. */
  pce: boolean;
}

export const regs = DEFINE_PER_CPU<cpu_regs>();

// ---- the registers follow the root -----------------------------------------------------------------------------

/** Interrupts are off. */
export function load_mm_ldt(mm: mm_struct): void {
  this_cpu(regs).ldt = smp_load_acquire(mm.ldt);
}

/** The root goes from `prev` to `next`. Two mms without an LDT, the usual case, cost nothing. */
export function switch_ldt(prev: mm_struct, next: mm_struct): void {
  if (prev.ldt !== NULL || next.ldt !== NULL) load_mm_ldt(next);
}

/** Interrupts are off. */
export function cr4_update_pce_mm(mm: mm_struct): void {
  this_cpu(regs).pce = atomic_read(mm.perf_rdpmc_allowed) !== 0;
}

// ---- changes ---------------------------------------------------------------------------------------------------

/** modify_ldt() by a thread of `mm`: a new table, and the old one goes when no CPU has it loaded. */
export function modify_ldt(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  const old = mm.ldt;
  const ldt = alloc<ldt_struct>();
  smp_store_release(mm.ldt, ldt);
  // @unreached the sender's own CPU is in the mask: it runs mm
  on_each_cpu_mask(mm.mm_cpumask, flush_ldt, mm, true);
  if (old !== NULL) free(old);
}

/** The IPI. A CPU that has another root loaded gets its table when it comes back; a lazy one would not. */
export function flush_ldt(mm: mm_struct): void {
  const loaded_mm = this_cpu(cpu_tlbstate).loaded_mm;
  if (loaded_mm === mm) load_mm_ldt(loaded_mm);
}

/** An event of `mm` is mapped: its threads may use RDPMC. */
export function event_mapped(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  // @unreached the sender's own CPU is in the mask, as in modify_ldt
  if (atomic_inc_return(mm.perf_rdpmc_allowed) === 1)
    on_each_cpu_mask(mm.mm_cpumask, cr4_update_pce, mm, true);
}

/** The last event is unmapped. No thread of `mm` has RDPMC when this returns. */
export function event_unmapped(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  // @unreached the sender's own CPU is in the mask, as in modify_ldt
  if (atomic_dec_and_test(mm.perf_rdpmc_allowed)) {
    on_each_cpu_mask(mm.mm_cpumask, cr4_update_pce, mm, true);
    mm.rdpmc_revoked = true;
  }
}

/** The IPI: whatever is loaded decides. */
export function cr4_update_pce(_mm: mm_struct): void {
  cr4_update_pce_mm(this_cpu(cpu_tlbstate).loaded_mm);
}

/** The mm ends; no CPU has it loaded. */
export function destroy_ldt(mm: mm_struct): void {
  if (mm.ldt !== NULL) free(mm.ldt);
}

// ---- user code -------------------------------------------------------------------------------------------------

/** User code of a task of `mm` loads a segment register from the LDT. */
export function user_segment(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  local_irq_disable();
  user_access(mm);
  const ldt = this_cpu(regs).ldt;
  if (ldt !== NULL) READ_ONCE(ldt.entries);
  local_irq_enable();
}

/** User code reads a performance counter if it can. */
export function user_rdpmc(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  local_irq_disable();
  user_access(mm);
  if (this_cpu(regs).pce) VIOLATION_ON("regs", mm.rdpmc_revoked);
  local_irq_enable();
}
