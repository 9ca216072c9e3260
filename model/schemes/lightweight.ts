/**
 * Each CPU names its loan; the last mmput parks a counted reference with every CPU that names its mm.
 *
 * @title       lightweight lazy references, the mockup
 * @origin      Andy Lutomirski, "[RFC v2 2/2] [MOCKUP] sched/mm: Lightweight lazy mm refcounting", 2020-12-03
 * @status      mockup "to illustrate the algorithm"; led to the series of June 2021 and of January 2022 (`lazy-handoff`)
 * @state       two pointers per CPU: the loan, and at most one parked reference
 * @switch-cost a store to a CPU-local line each way; no barrier
 * @exit-cost   a load per CPU of mm_cpumask, and per hit an RMW of mm_count and one of the slot
 * @requires    mm_cpumask ⊇ CPUs lazy on the mm ("There's a problem with mm_cpumask() not being reliable")
 * @needs       lazy-mask
 * @not-claimed *: the parked reference is dropped at every switch, also between kernel threads that go on being lazy
 *
 * What was meant to hold:
 * - While CPU c is lazy on mm ≠ init_mm, lazy_mm[c] == mm.
 * - From the end of `mm_fixup_lazy_refs(mm)` on, each CPU lazy on mm has a reference to it in mm_to_mmdrop.
 * - What is parked is dropped by c after it has left the mm, or by an exiting process that takes the slot for its own.
 *
 *     CPU c                                last mmput of M
 *     lazy_mm = M                          mm_users 0: no lazy_mm becomes M any more
 *                     mm_to_mmdrop         lazy_mm[c] == M?  mmgrab(M)
 *                     M  ◀──────────────── xchg(mm_to_mmdrop[c], M); drop what was there: c has left that
 *     switch          ▼ taken out, mmdrop
 *
 * The third does not hold. "Do this unconditionally", says the mockup of the last step, in a switch from one kernel
 * thread to another that leaves c lazy on M as well as in any: M is freed under c. The very last switch of a process's
 * last task, to idle, is enough. The series of 2022 keeps the reference while lazy_mm names its mm.
 *
 * With that repaired another one shows. "We just observed the target's lazy_mm pointing to something other than old": but
 * between the observation and the xchg, c may have gone lazy on a second mm, whose last mmput has parked it. The xchg
 * steals that one's reference, and it is freed under c. `lazy-handoff` reads lazy_mm again for this.
 *
 * Faults that the mockup declares itself, kept: the mask (arm64), and membarrier, which had its full barrier from
 * mmdrop ("mmdrop() certainly doesn't do this now"); `membarrier-switch` under TSO shows what comes of it.
 *
 * Departures. The mockup changes context_switch, finish_task_switch and __mmput, and leaves exit_mm, exec,
 * kthread_use_mm and hotplug counting, with nobody to drop what they count or to count what they drop: every exit leaks.
 * Here they set and clear lazy_mm, as in the series of 2022, so that the algorithm can be seen at work.
 *
 * Models kernel/sched/core.c (drop_extra_mm_refs, mm_fixup_lazy_refs, context_switch, finish_task_switch) of the mockup.
 */
import { init_mm, type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "../kernel/tlb.ts";

/** Per CPU; part of `struct rq` in the mockup. */
export interface lightweight_rq extends struct {
  /** Hazard pointer for an mm that we might be using lazily. Written by the CPU itself. */
  lazy_mm: mm_struct;
  /** An mm that needs mmdrop()ing. Written by all, by xchg. */
  mm_to_mmdrop: mm_struct;
}

export const lightweight_rqs = DEFINE_PER_CPU<lightweight_rq>();

/** Nobody grabs anything but init_mm through here. */
export function mmgrab_lazy_tlb(_mm: mm_struct): void {}
export function mmdrop_lazy_tlb(_mm: mm_struct): void {}

/** A loan begins; interrupts are off. The mockup: "barrier here?" No: the lender's mmput comes after. */
function set_lazy_mm(mm: mm_struct): void {
  const my = this_cpu(lightweight_rqs);
  WARN_ON(my.lazy_mm !== NULL);
  WRITE_ONCE(my.lazy_mm, mm);
}

export function switch_to_kernel(_rq: rq, prev: task_struct, next: task_struct): void {
  const mm = prev.active_mm;
  enter_lazy_tlb(mm, next);
  next.active_mm = mm;
  if (prev.mm !== NULL) set_lazy_mm(mm);
  else prev.active_mm = NULL;
}

export function switch_to_user(_rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  switch_mm_irqs_off(prev.active_mm, mm, next);
  if (prev.mm === NULL) prev.active_mm = NULL;
}

/** Every switch. Preemption is off. */
export function finish_lazy_switch(_mm: mm_struct): void {
  const my = this_cpu(lightweight_rqs);
  // We are unlazying: whoever sees this store may free the mm.
  if (get_current<task_struct>().mm !== NULL && my.lazy_mm !== NULL) WRITE_ONCE(my.lazy_mm, NULL);
  drop_extra_mm_refs();
}

/** Drops what is parked here, in use or not. */
export function drop_extra_mm_refs(): void {
  const my = this_cpu(lightweight_rqs);
  if (READ_ONCE(my.mm_to_mmdrop) === NULL) return;
  const old = xchg_relaxed(my.mm_to_mmdrop, NULL);
  if (old !== NULL) mmdrop(old); // @unreached others put one mm in another's place: only this CPU empties the slot
}

export function mmput_last(mm: mm_struct): void {
  mm_fixup_lazy_refs(mm);
  mmdrop(mm);
}

/** All loans of `mm` become references in mm_count. The caller holds one, and mm_users is 0. */
export function mm_fixup_lazy_refs(mm: mm_struct): void {
  WARN_ON(atomic_read(mm.mm_users) !== 0);
  for (const cpu of for_each_cpu(cpumask_read(mm.mm_cpumask))) {
    const target = per_cpu(lightweight_rqs, cpu);
    if (READ_ONCE(target.lazy_mm) === mm) {
      mmgrab(mm);
      // From here on mm may be dropped at any time, by the target most likely.
      const old = xchg(target.mm_to_mmdrop, mm);
      WARN_ON(old === mm);
      // Stolen from the target, which is lazy on something else than `old`.
      if (old !== NULL) mmdrop(old);
    }
  }
}

// ---- what the mockup leaves out ----------------------------------------------------------------------------------

export function exit_mm_grab(_mm: mm_struct): void {}

export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  set_lazy_mm(mm);
  enter_lazy_tlb(mm, tsk);
}

export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  set_lazy_mm(mm);
  enter_lazy_tlb(mm, tsk);
}

/** exec, kthread_use_mm, hotplug. Interrupts are off. */
export function leave_lazy_tlb(_mm: mm_struct): void {
  WRITE_ONCE(this_cpu(lightweight_rqs).lazy_mm, NULL);
}

export function idle_task_exit_lazy(tsk: task_struct, mm: mm_struct): void {
  tsk.active_mm = init_mm;
  leave_lazy_tlb(mm);
}
