/**
 * No active_mm: what a CPU has loaded is what it has loaded, and the last reference sends it away.
 *
 * @title       the loaded root is the only truth
 * @origin      Linus Torvalds, 2024-10-01, in answer to the hazard pointers: "get rid of active_mm altogether" (prose)
 * @status      not written
 * @state       none beyond mm_cpumask and the root register (x86: cpu_tlbstate.loaded_mm)
 * @switch-cost one smp_mb() per kernel→user
 * @exit-cost   one round of IPIs to mm_cpumask, waiting for the slowest CPU
 * @requires    mm_cpumask ⊇ CPUs with the mm loaded, up to the final mmdrop; IPIs; a context that may send and wait
 * @needs       root-mask
 * @not-claimed cpu-offline-6.12: the dying CPU is out of all masks, and out of reach, with the mm still loaded
 * @not-claimed cpu-offline-6.12-other: the same
 * @not-claimed efi-call: the IPI finds the firmware's page tables loaded; the CPU comes back to an mm that is gone
 * @not-claimed * on arm64: mm_cpumask is not tracked there, so nobody can be told to leave the mm
 * @not-claimed * on x86-6.13: the bit leaves mm_cpumask before CR3 does; a CPU in between is told nothing
 * @not-claimed text-poke on mips, s390: the mask is exact, and loses the bit while the CPU stands on a temporary mm
 *
 * The invariants:
 * - A kernel thread has no mm of any kind. (The model's field holds `init_mm` in it, which says nothing and pins nothing.)
 * - A CPU that has mm loaded is in mm_cpumask. Both change with interrupts off, in the architecture's code only.
 * - When the last reference is gone nobody loads mm newly: that takes a user of it.
 * Then a round of IPIs to the mask, whose handler asks the root register, leaves nobody with the mm loaded.
 *
 *     shoot-lazies   active_mm == mm ⇒ active_mm = init_mm, root = init_mm        two things that must agree
 *     here           root == mm ⇒ root = init_mm                                  one
 *
 * So an architecture may take the root, and the bit, away from a lazy CPU whenever it likes (x86, in its flush handler):
 * there is no active_mm to dangle. What is left over is told by the mask, as with shoot-lazies.
 *
 * The mail leaves open when and how the mm is invalidated "before it's torn down"; that "we do that anyway as part of
 * TLB flushing" is another scheme, `exit-flush`. Here it happens at the last mmdrop.
 */
import { init_mm, type mm_struct } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "../kernel/tlb.ts";

export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

/** `_mm` may have been freed already. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm (exec, kthread_use_mm). Later: the task's user accesses. Without it membarrier
  // may see mm NULL, skip this CPU, and order nothing (scenario E).
  smp_mb();
}

/** Ask the CPU. */
export function lazy_active_mm(_tsk: task_struct): mm_struct {
  return read_cr3<mm_struct>();
}

export function switch_to_kernel(_rq: rq, _prev: task_struct, next: task_struct): void {
  enter_lazy_tlb(read_cr3<mm_struct>(), next);
  next.active_mm = init_mm;
}

export function switch_to_user(_rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  switch_mm_irqs_off(read_cr3<mm_struct>(), mm, next);
  // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now. Without it, and with no
  // switch_mm because the mm did not change, membarrier may miss the task (scenario A).
  if (prev.mm === NULL) smp_mb();
}

/** The task is no user any more, and has nothing else. */
export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  tsk.active_mm = init_mm;
  enter_lazy_tlb(mm, tsk);
}

export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  exit_mm_lazy(tsk, mm);
}

/** The IPI. Nobody is a user of `mm` any more, so whatever runs here has borrowed it. */
export function do_unload_mm(mm: mm_struct): void {
  if (read_cr3<mm_struct>() === mm) switch_mm_irqs_off(mm, init_mm, get_current<task_struct>());
}

/** No CPU has `mm` loaded when this returns. This one may have had it; it is in the mask like any other. */
export function cleanup_lazy_tlbs(mm: mm_struct): void {
  on_each_cpu_mask(mm.mm_cpumask, do_unload_mm, mm, true);
}
