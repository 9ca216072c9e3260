/**
 * The kernel stands on page tables of its own for a moment, whatever the task is on: to patch its text through a private
 * mapping, and to call the firmware.
 *
 *     text_poke    interrupts off          root: M → temporary_mm → M           active_mm stays M
 *     efi_call     preemption off only     the same, with interrupts in between
 *
 * Nobody counts a loan for it, and nothing is said to the scheme: the root goes, and comes back to what it was, on the
 * strength of whatever keeps M alive for active_mm. While it is away an interrupt finds active_mm M and another root.
 *
 * x86 leaves a *lazy* mm for good before (leave_mm), as `is_lazy` would not be true of the temporary one; so what it comes
 * back to is init_mm then, and active_mm still M.
 *
 * Models use_temporary_mm(), unuse_temporary_mm() of arch/x86/mm/tlb.c, __text_poke(), efi_enter_mm() of 7.2; powerpc
 * radix has the former as start_using_temp_mm(). Leaves out breakpoints, and the flush of the temporary mapping.
 */
import { X86_TLB_GEN } from "#arch";
import { init_mm, type mm_struct } from "./mm.ts";
import type { task_struct } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";
import { cpu_tlbstate } from "./x86_tlb.ts";

/** poking_mm, efi_mm. Never freed. */
export const temporary_mm = DEFINE<mm_struct>();

/** In `setup`. */
export function boot_temporary_mm(): void {
  atomic_set(temporary_mm.mm_users, 1);
  atomic_set(temporary_mm.mm_count, 1);
}

/** Preemption is off. Returns what to go back to. */
export function use_temporary_mm(): mm_struct {
  const flags = local_irq_save();
  const tsk = get_current<task_struct>();
  if (X86_TLB_GEN && this_cpu(cpu_tlbstate).is_lazy) switch_mm_irqs_off(read_cr3<mm_struct>(), init_mm, tsk);
  const prev_mm = read_cr3<mm_struct>();
  switch_mm_irqs_off(prev_mm, temporary_mm, tsk);
  local_irq_restore(flags);
  return prev_mm;
}

export function unuse_temporary_mm(prev_mm: mm_struct): void {
  const flags = local_irq_save();
  cpumask_clear_cpu(smp_processor_id(), temporary_mm.mm_cpumask);
  switch_mm_irqs_off(temporary_mm, prev_mm, get_current<task_struct>());
  local_irq_restore(flags);
}

export function text_poke(): void {
  const flags = local_irq_save();
  const prev_mm = use_temporary_mm();
  user_access(temporary_mm);
  unuse_temporary_mm(prev_mm);
  local_irq_restore(flags);
}

/** The firmware accesses its memory through the root. */
export function efi_call(): void {
  preempt_disable();
  const prev_mm = use_temporary_mm();
  user_access(temporary_mm);
  unuse_temporary_mm(prev_mm);
  preempt_enable();
}
