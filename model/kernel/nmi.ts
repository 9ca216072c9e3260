/**
 * What an NMI may ask of the task that it finds: it comes in the middle of anything, a switch included, and no flag holds
 * it off.
 *
 * Models nmi_uaccess_okay() of arch/x86/mm/tlb.c, and the use of current->active_mm in get_segment_base() of
 * arch/x86/events/core.c, of 7.2.
 */
import { X86_TLB_GEN } from "#arch";
import type { mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";
import { cpu_tlbstate } from "./x86_tlb.ts";

/** User memory of `mm`, the current task's, is what the root translates, and not only what it is about to be. */
export function nmi_uaccess_okay(mm: mm_struct): boolean {
  if (X86_TLB_GEN) return this_cpu(cpu_tlbstate).loaded_mm === mm;
  return read_cr3<mm_struct>() === mm;
}

/** A sample of a profiler: the user's stack if it can be read, and a look into active_mm. */
export function perf_nmi_handler(_sender: task_struct): void {
  const tsk = get_current<task_struct>();
  const mm = tsk.mm;
  if (mm !== NULL && nmi_uaccess_okay(mm)) user_access(mm);
  // NULL in the middle of a switch, once the loan has been handed on.
  const active_mm = tsk.active_mm;
  if (active_mm !== NULL) atomic_read(active_mm.mm_count);
}
