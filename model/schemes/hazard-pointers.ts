/**
 * Each CPU announces its loan in a slot; the last reference looks at all slots and sends IPIs to the hits only.
 *
 * @title       hazard pointers
 * @origin      Mathieu Desnoyers, RFC v1 2024-10-01, v2 10-04, v3 10-08 (lore 20241008135034.1982519-1), on v6.11
 * @status      posted, not merged
 * @state       one pointer per CPU
 * @switch-cost smp_mb() and a store to a CPU-local line, each way
 * @exit-cost   one load of each possible CPU's slot; an IPI, and a wait, per CPU that is lazy on the mm
 * @requires    IPIs; a context that may send and wait. Not mm_cpumask
 * @not-claimed efi-call: the IPI finds active_mm to be the mm, and takes the firmware's page tables away
 *
 * The invariant: while CPU c is lazy on mm ≠ init_mm, slot[c] == mm; the slot is set while the lender is a user of mm
 * and cleared after c's root has left it.
 *
 *     CPU c                                      last mmdrop
 *     slot[c] = mm                               mm_users, mm_count reach 0      nobody sets a slot to mm any more
 *     lender goes on elsewhere, mmput ────────▶  smp_mb(); load every slot       so a slot that is set is seen
 *     …                                          slot[c] == mm:  IPI ─┐
 *     active_mm = init_mm, root, slot[c] = NULL  ◀────────────────────┘  wait until slot[c] != mm; free
 *
 * No re-check after the store, as a textbook hazard pointer has: the lender's mm_users protects the mm meanwhile.
 *
 * Departures from the posting, each because the posted form fails in a scenario here or does not fit the base:
 * 1. kthread_use_mm and exec clear the slot in the IRQ-off region that changes the root (`leave_lazy_tlb`). Posted: in
 *    mmdrop_lazy_tlb, with preemption on. A task preempted in between finds its CPU's slot taken at the next grab, or
 *    has migrated and clears the slot of a CPU that is lazy on another mm. v3's this_cpu_write() repairs the
 *    splat (0day, 202410072229.18756716), not the window.
 * 2. mmdrop_lazy_tlb therefore touches no slot. Posted: finish_cpu() clears the *control* CPU's, the dead CPU's stays.
 * 3. idle_task_exit (≤ 6.12, the RFC's base) clears the dying CPU's slot and moves idle's active_mm to init_mm.
 *    Posted: neither, so that a scan that finds the dead CPU's slot spins for ever: no IPI gets there. The scan here
 *    waits too, but only until the dying CPU has reached idle_task_exit.
 * 4. init_mm is never announced: it is never freed. Posted: whoever grabs it would announce it, and a shootdown leaves
 *    a CPU on init_mm with an empty slot.
 * 5. The check IPI after each shootdown is behind DEBUG_VM_SHOOT_LAZIES, as in shoot-lazies. Posted: always.
 * 6. exit_mm announces just after `mm = NULL`, not just before. One IRQ-off region: nothing can tell.
 *
 * Kept from the posting: in a switch the slot is cleared late, in finish_task_switch, where preemption is off. Between
 * there and the switch the slot names an mm that the CPU has left; a scan then waits, for a few instructions.
 *
 * Models include/linux/hp.h, kernel/hp.c:hp_scan() and the hooks of patch 4/4 of the RFC.
 */
import { init_mm, type mm_struct } from "../kernel/mm.ts";
import type { task_struct } from "../kernel/task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "../kernel/tlb.ts";

const DEBUG_VM_SHOOT_LAZIES = CONFIG("DEBUG_VM_SHOOT_LAZIES", false);

/** Per CPU. Written by the owning CPU with preemption off, read by all. */
export interface hp_slot extends struct {
  /** The mm that this CPU is lazy on, or has just left; NULL for none and for init_mm. */
  addr: mm_struct;
}

export const sched_lazy_mm = DEFINE_PER_CPU<hp_slot>();

/** Announces the loan. Interrupts are off: the slot is this CPU's. */
export function mmgrab_lazy_tlb(mm: mm_struct): void {
  if (mm === init_mm) return; // @unreached whoever grabs init_mm names it, and what is known needs no branch
  const slot = this_cpu(sched_lazy_mm);
  // Earlier: the store to rq->curr. Later: what the kernel thread does. The counter's atomic used to order them for
  // mm_cid and membarrier; the slot itself does not need it. Without it those lose their barrier, lifetime loses none.
  smp_mb();
  // There is one loan per CPU. A second one would overwrite the first, and its mm be freed under this CPU.
  WARN_ON(slot.addr !== NULL);
  WRITE_ONCE(slot.addr, mm);
}

/** Ends what a scan would find. The release orders it after the root has left: see `finish_task_switch`, `leave_lazy_tlb`. */
export function hp_clear(): void {
  const slot = this_cpu(sched_lazy_mm);
  smp_store_release(slot.addr, NULL);
}

/** In finish_task_switch: preemption is off since the switch, so this is the CPU whose loan ended. */
export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {
  // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now. As in shoot-lazies.
  smp_mb();
  hp_clear();
}

/** The slot has been cleared where the root was changed. `_mm` may be gone. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm. Later: the task's user accesses. As in shoot-lazies.
  smp_mb();
}

/** exec, kthread_use_mm, hotplug: the root has left, interrupts are off. */
export function leave_lazy_tlb(_mm: mm_struct): void {
  hp_clear();
}

/** Not yet: with interrupts on the slot might be another CPU's at the next instruction. */
export function exit_mm_grab(_mm: mm_struct): void {}

export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  mmgrab_lazy_tlb(mm);
  enter_lazy_tlb(mm, tsk);
}

/** The dying CPU is off the mm and says so. Nothing may name it afterwards, so active_mm goes along, and goes first. */
export function idle_task_exit_lazy(tsk: task_struct, _mm: mm_struct): void {
  tsk.active_mm = init_mm;
  hp_clear();
}

/** The IPI. Where the task has left mm already and the slot lags behind, finish_task_switch is about to clear it. */
export function do_shoot_lazy_tlb(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  if (tsk.active_mm === mm) {
    WARN_ON(tsk.mm !== NULL);
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
    hp_clear();
  }
}

export function do_check_lazy_tlb(mm: mm_struct): void {
  WARN_ON(get_current<task_struct>().active_mm === mm);
}

/** hp_scan() with retire_lazy_mm_hp(). All *possible* CPUs: one that is going down may be offline and lazy. */
export function cleanup_lazy_tlbs(mm: mm_struct): void {
  // Earlier: mm_users and mm_count becoming 0, and all that their users did before. Later: the loads of the slots.
  // Without it this CPU may load a slot from before a lender's store, miss the loan, and free the mm under that CPU.
  smp_mb();
  for (const cpu of for_each_possible_cpu()) {
    const slot = per_cpu(sched_lazy_mm, cpu);
    if (smp_load_acquire(slot.addr) === mm) hp_retire(cpu, mm);
  }
}

/** Gets `cpu` off `mm` and returns when it is. */
export function hp_retire(cpu: cpu_t, mm: mm_struct): void {
  const slot = per_cpu(sched_lazy_mm, cpu);
  // False for an offline CPU: it is on its way to idle_task_exit, which clears the slot.
  smp_call_function_single(cpu, do_shoot_lazy_tlb, mm, true);
  if (DEBUG_VM_SHOOT_LAZIES) smp_call_function_single(cpu, do_check_lazy_tlb, mm, true);
  smp_cond_load_acquire_not(slot.addr, mm);
}
