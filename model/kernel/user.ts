/**
 * User memory and the hardware that reaches it: pages, the last level of page tables, and each CPU's translations.
 *
 *     CPU  root ──▶ mm ──pgd──▶ page_table ──pte──▶ page          a walk
 *          cpu_tlb { mm, table, page, writable }                  what walks have left behind, until it is invalidated
 *
 * Every access below reaches through an object, so that a stale translation is an access to a freed `page`, and a walk
 * of tables that are gone an access to a freed `page_table`: violations of `tlb`. Nothing here is Linux: it is what
 * Linux has to reckon with. An access goes through the TLB where that has a translation, and walks from the root
 * otherwise. A walk leaves behind what it found, the pointer to the last level included (the paging-structure cache),
 * and does not look at the root again as long as it has that. Processors walk without being asked, too
 * (`speculative_walk`).
 *
 * One address per mm: a table of one entry, with one page below it. One translation per CPU: that of one mm, kept when
 * the root changes (it is tagged: PCID, ASID). An mm whose `pgd` is NULL has no user memory, and nothing here looks at
 * it any further; that is the case in every scenario that does not call `boot_user_page`.
 *
 * Leaves out: sizes and levels, access and dirty bits, global pages, permissions other than the right to write.
 */
import { FLUSH_BY_IPI, HARDWARE_WALKS, X86_INVLPGB } from "#arch";
import { init_mm, type mm_struct } from "./mm.ts";

/** Values of a page-table entry. */
export const PTE_NONE = 0;
export const PTE_READ = 1;
export const PTE_WRITE = 2;

/** Invalidation reaches into other CPUs' TLBs without running anything there. */
const BROADCAST = !FLUSH_BY_IPI || X86_INVLPGB;

/** A page of user memory. */
export interface page extends struct<"tlb"> {
  /** Somebody relies on the contents from here on: whoever took the right to write away, and has flushed. */
  stable: boolean;
}

/** The last level of an mm's page tables. */
export interface page_table extends struct<"tlb"> {
  pte: int;
  /** What a `pte` other than PTE_NONE refers to; never changes. */
  page: page;
}

/** A CPU's translations. Only the CPU itself touches them, but where the hardware broadcasts. */
export interface cpu_tlb extends struct {
  /** The address space that the entries are tagged with; NULL when there are none. */
  mm: mm_struct;
  /** Paging-structure cache. */
  table: page_table;
  /** Translation; NULL for none. */
  page: page;
  writable: boolean;
  /** An access and an invalidation by another CPU come one after the other: a broadcast waits for what is under way. */
  port: spinlock_t;
}

export const tlb = DEFINE_PER_CPU<cpu_tlb>();

/** A load by user code of a task of `mm`. */
export function user_read(mm: mm_struct): void {
  local_irq_disable();
  user_access(mm);
  const t = begin_access();
  if (t.mm !== mm || t.page === NULL) walk(t, mm);
  if (t.page !== NULL) READ_ONCE(t.page.stable);
  end_access(t);
  local_irq_enable();
}

/** A store. Without the right to do so it faults; for us it does not happen then. */
export function user_write(mm: mm_struct): void {
  local_irq_disable();
  user_access(mm);
  const t = begin_access();
  if (t.mm !== mm || t.page === NULL || !t.writable) walk(t, mm);
  if (t.page !== NULL && t.writable) VIOLATION_ON("tlb", READ_ONCE(t.page.stable));
  end_access(t);
  local_irq_enable();
}

/** The processor walks the tables below the root that it has loaded, for reasons of its own. */
export function speculative_walk(): void {
  if (!HARDWARE_WALKS) return;
  local_irq_disable();
  speculative_walk_irqs_off();
  local_irq_enable();
}

export function speculative_walk_irqs_off(): void {
  const mm = read_cr3<mm_struct>();
  if (mm === init_mm) return;
  const t = begin_access();
  walk(t, mm);
  end_access(t);
}

/** An instruction, or a walk, is not interrupted halfway: interrupts are off. */
function begin_access(): cpu_tlb {
  const t = this_cpu(tlb);
  if (BROADCAST) spin_lock(t.port);
  return t;
}

function end_access(t: cpu_tlb): void {
  if (BROADCAST) spin_unlock(t.port);
}

/** Interrupts are off, `t` is this CPU's. */
export function walk(t: cpu_tlb, mm: mm_struct): void {
  if (t.mm !== mm) {
    drop_entries(t);
    t.mm = mm;
  }
  if (t.table === NULL) t.table = READ_ONCE(mm.pgd);
  const table = t.table;
  if (table === NULL) return;
  const pte = READ_ONCE(table.pte);
  if (pte === PTE_NONE) return;
  t.page = table.page;
  t.writable = pte === PTE_WRITE;
}

function drop_entries(t: cpu_tlb): void {
  t.mm = NULL;
  t.table = NULL;
  t.page = NULL;
  t.writable = false;
}

/** Forgets this CPU's translations of `mm`. Interrupts are off. */
export function invalidate_local(mm: mm_struct): void {
  const t = this_cpu(tlb);
  if (BROADCAST) spin_lock(t.port);
  if (t.mm === mm) drop_entries(t);
  if (BROADCAST) spin_unlock(t.port);
}

/** Makes the CPUs of the mask forget their translations of `mm`, and returns when they have (dsb, tlbsync, rfence). */
export function invalidate_broadcast(mask: cpumask_value, mm: mm_struct): void {
  for (const cpu of for_each_cpu(mask)) {
    const t = per_cpu(tlb, cpu);
    local_irq_disable();
    spin_lock(t.port);
    if (t.mm === mm) drop_entries(t);
    // No store of the sender waits in a buffer here: the other CPU has forgotten before the barrier is over.
    smp_mb();
    spin_unlock(t.port);
    local_irq_enable();
  }
}

/** In `setup`: `mm` has a page, which its users may read and write. */
export function boot_user_page(mm: mm_struct): void {
  const table = alloc<page_table>();
  table.page = alloc<page>();
  table.pte = PTE_WRITE;
  mm.pgd = table;
  // A VMA besides the one that every process begins with: `exit_mmap` has a table to free.
  mm.map_count = 2;
}
