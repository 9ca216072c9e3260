/**
 * x86: which CPUs must hear of a flush, and what a CPU that did not hear of it does when it comes back.
 *
 *     mm.tlb_gen              flushes that were ever asked for
 *     ctx.tlb_gen             flushes that this CPU's translations of that mm have seen; never ahead
 *     loaded_mm               whose root is in CR3; nobody's (LOADED_MM_SWITCHING) while it changes
 *     is_lazy                 the CPU runs a kernel thread on loaded_mm: do not bother it, it will catch up
 *
 *     flusher                                         CPU that comes (back) to mm
 *     PTE ← new                                       loaded_mm ← SWITCHING, or is_lazy ← false
 *     tlb_gen++            full barrier               full barrier
 *     reads is_lazy, loaded_mm; IPI or not            reads tlb_gen; flush or not; only then walks
 *
 * One of the two sees the other. A flush that has freed page tables goes to lazy CPUs as well, because they walk:
 * the handler moves a lazy CPU to `init_mm`, which is hardly more work than a flush. `active_mm` stays what it was.
 *
 * `mm_cpumask` is exact up to 6.13: set before the root goes in, cleared when the CPU leaves, before the root is out.
 * From 6.14 on bits are cleared by the flush handler only, on a CPU that it finds on another mm, and a flush now and
 * then asks such CPUs on purpose (trimming).
 *
 * With INVLPGB there are mms with a global ASID: flushes are broadcast and nobody gets an IPI, lazy or not, freed
 * tables or not. Here every mm has one then; the transition is left out.
 *
 * Models arch/x86/mm/tlb.c of 7.2 (switch_mm_irqs_off, choose_new_asid, enter_lazy_tlb, flush_tlb_mm_range,
 * native_flush_tlb_multi, should_flush_tlb, flush_tlb_func) and of 6.12. Leaves out all but two of the six contexts (the
 * one given up is the one not loaded), partial flushes, LAM, IBPB, paravirtual flushes, temporary mms.
 */
import { MM_CPUMASK_EXACT, X86_INVLPGB } from "#arch";
import { flush_lazy_cpu } from "#scheme";
import { init_mm, type mm_struct } from "./mm.ts";
import { invalidate_broadcast, invalidate_local, speculative_walk_irqs_off } from "./user.ts";
import { cr4_update_pce_mm, switch_ldt } from "./x86_regs.ts";

/** Per CPU. Written by the CPU itself, with interrupts off. */
export interface tlb_state extends struct {
  /** NULL is LOADED_MM_SWITCHING. Read by flushers. */
  loaded_mm: mm_struct;
  /** Read by flushers. */
  is_lazy: boolean;
  /** The context in use, 0 or 1. */
  loaded_mm_asid: int;
  /** Contexts: an mm whose translations may be here, and the flushes that they have seen. */
  ctx0_mm: mm_struct;
  ctx0_tlb_gen: int;
  ctx1_mm: mm_struct;
  ctx1_tlb_gen: int;
}

export const cpu_tlbstate = DEFINE_PER_CPU<tlb_state>();

export function x86_start_root(cpu: cpu_t, mm: mm_struct): void {
  const ts = per_cpu(cpu_tlbstate, cpu);
  ts.loaded_mm = mm;
  ts.ctx0_mm = mm;
}

// ---- the switch ------------------------------------------------------------------------------------------------

/** Loads `next`, or makes sure that nothing was missed where it is loaded already. Interrupts are off. */
export function x86_switch_mm(next: mm_struct): void {
  const ts = this_cpu(cpu_tlbstate);
  const prev = ts.loaded_mm;
  const was_lazy = ts.is_lazy;
  if (was_lazy) WRITE_ONCE(ts.is_lazy, false);
  if (prev === next) unlazy(ts, next, was_lazy);
  else switch_cr3(ts, prev, next);
}

/** `next` is in CR3 already. */
function unlazy(ts: tlb_state, next: mm_struct, was_lazy: boolean): void {
  // Invalidation was broadcast to this CPU all the time.
  // @unreached who goes from init_mm to init_mm names it, and what is known needs no branch
  if (X86_INVLPGB && next !== init_mm) return;
  if (!was_lazy) return;
  // Earlier: is_lazy = false. Later: the read of tlb_gen. Without it a flusher may still see this CPU lazy and send
  // nothing, and this CPU read tlb_gen from before the flush.
  smp_mb();
  const tlb_gen = atomic_read(next.tlb_gen);
  if (ctx_tlb_gen(ts, ts.loaded_mm_asid) === tlb_gen) return;
  // A change of the LDT or of CR4 cannot have been missed: it is sent to lazy CPUs, too.
  load_new_mm_cr3(ts, next, ts.loaded_mm_asid, tlb_gen);
}

/** CR3 goes from `prev` to `next`. */
function switch_cr3(ts: tlb_state, prev: mm_struct, next: mm_struct): void {
  const cpu = smp_processor_id();
  // From here on a flusher of either mm sends an IPI to be on the safe side; it is taken when interrupts are on again.
  WRITE_ONCE(ts.loaded_mm, NULL);
  if (MM_CPUMASK_EXACT && prev !== init_mm) cpumask_clear_cpu(cpu, prev.mm_cpumask);
  // Start receiving flushes of `next`, then read its tlb_gen. The locked instruction is a full barrier; where the bit
  // is set already, which is the rule since 6.14, nothing else is (CVE-2025-40174).
  if (next !== init_mm && !cpumask_test_cpu(cpu, next.mm_cpumask)) cpumask_set_cpu(cpu, next.mm_cpumask);
  else smp_mb();
  const tlb_gen = atomic_read(next.tlb_gen);
  const asid = choose_new_asid(ts, next);
  load_new_mm_cr3(ts, next, asid, tlb_gen);
  if (next.pgd !== NULL && choose(2) !== 0) speculative_walk_irqs_off();
  ts.loaded_mm_asid = asid;
  WRITE_ONCE(ts.loaded_mm, next);
  cr4_update_pce_mm(next);
  switch_ldt(prev, next);
}

/** The context that has translations of `next`, or the one that is not in use. */
function choose_new_asid(ts: tlb_state, next: mm_struct): int {
  if (ts.ctx0_mm === next) return 0;
  if (ts.ctx1_mm === next) return 1;
  return 1 - ts.loaded_mm_asid;
}

/** Writes CR3. What has missed flushes, or is another mm's, goes in the same instruction. */
function load_new_mm_cr3(ts: tlb_state, next: mm_struct, asid: int, tlb_gen: int): void {
  const old = asid === 0 ? ts.ctx0_mm : ts.ctx1_mm;
  if (old !== next || ctx_tlb_gen(ts, asid) < tlb_gen) {
    set_ctx(ts, asid, next, tlb_gen);
    if (old !== NULL) invalidate_local(old);
  }
  load_cr3(next);
}

function ctx_tlb_gen(ts: tlb_state, asid: int): int {
  return asid === 0 ? ts.ctx0_tlb_gen : ts.ctx1_tlb_gen;
}

function set_ctx(ts: tlb_state, asid: int, mm: mm_struct, tlb_gen: int): void {
  if (asid === 0) {
    ts.ctx0_mm = mm;
    ts.ctx0_tlb_gen = tlb_gen;
  } else {
    ts.ctx1_mm = mm;
    ts.ctx1_tlb_gen = tlb_gen;
  }
}

/** The CPU goes on in a kernel thread. Its bit in the mask stays. */
export function x86_enter_lazy_tlb(): void {
  const ts = this_cpu(cpu_tlbstate);
  if (ts.loaded_mm !== init_mm) WRITE_ONCE(ts.is_lazy, true);
}

// ---- flushes ---------------------------------------------------------------------------------------------------

export function x86_flush_tlb(mm: mm_struct, freed_tables: boolean, user_memory: boolean): void {
  // A full barrier. Earlier: the PTEs that the caller has changed. Later: the reads of the mask, is_lazy, loaded_mm.
  atomic_inc_return(mm.tlb_gen);
  if (X86_INVLPGB) {
    if (user_memory) invalidate_broadcast(cpumask_possible(), mm);
  } else if (freed_tables) {
    on_each_cpu_mask(mm.mm_cpumask, x86_flush_tlb_func, mm, true);
  } else {
    on_each_cpu_in(flush_targets(mm), x86_flush_tlb_func, mm, true);
  }
}

/** The CPUs of the mask that cannot be left to find out on their own. */
function flush_targets(mm: mm_struct): cpumask_value {
  const trim = !MM_CPUMASK_EXACT && choose(2) !== 0;
  let targets = cpumask_none();
  for (const cpu of for_each_cpu(cpumask_read(mm.mm_cpumask))) {
    if (should_flush_tlb(cpu, mm, trim)) targets = cpumask_with(targets, cpu);
  }
  return targets;
}

function should_flush_tlb(cpu: cpu_t, mm: mm_struct, trim: boolean): boolean {
  const ts = per_cpu(cpu_tlbstate, cpu);
  if (MM_CPUMASK_EXACT) return !READ_ONCE(ts.is_lazy);
  const loaded_mm = READ_ONCE(ts.loaded_mm);
  // Pairs with the stores of x86_switch_mm: is_lazy goes first there, loaded_mm second.
  smp_rmb();
  if (READ_ONCE(ts.is_lazy)) return false;
  // SWITCHING may be on its way to mm, with a tlb_gen from before this flush (CVE-2025-37964).
  if (loaded_mm === NULL) return true;
  if (loaded_mm === mm) return true;
  return trim;
}

/** The flush IPI. Interrupts are off. */
export function x86_flush_tlb_func(mm: mm_struct): void {
  flush_lazy_cpu(mm);
  const ts = this_cpu(cpu_tlbstate);
  const loaded_mm = ts.loaded_mm;
  if (loaded_mm !== mm) {
    if (!MM_CPUMASK_EXACT) cpumask_clear_cpu(smp_processor_id(), mm.mm_cpumask);
    return;
  }
  if (loaded_mm === init_mm) return; // @unreached nobody flushes init_mm: kernel mappings are left out
  if (ts.is_lazy) {
    x86_switch_mm(init_mm);
    return;
  }
  const asid = ts.loaded_mm_asid;
  const tlb_gen = atomic_read(loaded_mm.tlb_gen);
  if (ctx_tlb_gen(ts, asid) === tlb_gen) return;
  invalidate_local(loaded_mm);
  set_ctx(ts, asid, loaded_mm, tlb_gen);
}
