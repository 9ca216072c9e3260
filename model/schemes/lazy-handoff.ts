/**
 * Each CPU names its loan in a pointer; the last mmput turns what it finds into counted references and hands them over.
 *
 * @title       lazy mms handed over to the CPUs that use them
 * @origin      Andy Lutomirski, "Rework lazy mm handling", 2022-01-08 (lore cover.1641659630), patches 12, 16, 21, 22
 * @status      posted, not merged; its author came to prefer shootdowns
 * @state       two pointers per CPU: the loan, and at most one parked reference
 * @switch-cost smp_mb() and a store to a CPU-local line per kernel→user, a store per user→kernel
 * @exit-cost   one load of each online CPU's pointer, two RMWs of mm_count, one of the slot per hit; no IPI
 * @requires    nothing of the architecture. Not mm_cpumask (on x86 it narrows the scan), no IPIs
 * @not-claimed cpu-offline: a reference may be parked after the dying CPU's last switch ("XXX" of patch 16)
 * @not-claimed cpu-offline-6.12: as cpu-offline
 * @not-claimed cpu-offline-6.12-other: the scan passes over the dying CPU, offline and still lazy (the same "XXX")
 * @not-claimed * on x86-6.13: the bit leaves mm_cpumask before CR3 does; the scan passes over a CPU in between
 * @not-claimed efi-call on powerpc-radix, x86-6.14: the flush at exit ends the loan while the CPU stands on the
 *   firmware's page tables
 *
 * The invariants:
 * - While CPU c is lazy on mm ≠ init_mm, lazy_mm[c] == mm: set while the lender is a user of mm, cleared after c's root
 *   has left it.
 * - drop_mm[c], where not NULL, owns one unit of that mm's mm_count; whoever takes it out by cmpxchg drops it.
 * - From the end of `mm_unlazy_mm_count(mm)` on, each CPU that is lazy on mm has mm in drop_mm, and keeps it there
 *   while lazy_mm says so.
 *
 *     CPU c                                last mmput of M
 *     lazy_mm = M                          mm_users 0: no lazy_mm becomes M any more
 *       │                                  lazy_mm[c] == M?     mm_count += CPUs
 *       │                 drop_mm          cmpxchg(drop_mm[c], NULL → M)     one unit changes hands
 *       │                 M  ◀──────────── mm_count −= what was not used; mmdrop: the mm lives on c's unit
 *     root leaves M       │
 *     lazy_mm = NULL      │
 *     next switch         ▼ taken out, mmdrop: freed
 *
 * A slot that is taken holds the mm of an earlier hand-over. c may use it no more, for it was just seen lazy on M; so
 * its reference is stolen and dropped, and the slot used. "Just" matters: see `__try_mm_drop_rq_ref`.
 *
 * A dead mm is kept until its CPU's next switch to a user task, and there is one per CPU at most.
 *
 * The XXX of patch 16, hot-unplug, is open here, too. The last mmput may read lazy_mm[c] == M, CPU c leave M, switch for
 * the last time and go down, and the mmput park M there all the same: it stays until that CPU comes back. And with the
 * order of ≤ 6.12, which is the series', CPU c is lazy while it is offline and not scanned: M is freed under it.
 *
 * Departures from the posting, all because the kernel around it is another:
 * 1. The barrier for membarrier is unconditional. Posted: only for mms that have registered (patch 9).
 * 2. In the order of 7.2 the CPU that goes down leaves its mm in `sched_force_init_mm`, as `unlazy_mm_irqs_off` would
 *    do it; posted is the order of ≤ 6.12, without `finish_cpu`.
 * 3. Un-lazying before deep idle (patch 20) is left out.
 *
 * Models kernel/sched/core.c (mmdrop_lazy, __try_mm_drop_rq_ref, mm_unlazy_mm_count, unlazy_mm_irqs_off, context_switch,
 * __change_current_mm, __change_current_mm_to_kernel) of the series.
 */
import { X86_TLB_GEN } from "#arch";
import { init_mm, type mm_struct, mmdrop } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "../kernel/tlb.ts";

/** Per CPU; part of `struct rq` in the series. */
export interface lazy_rq extends struct {
  /** The mm that this CPU is lazy on; NULL for none and for init_mm. Written by the CPU itself, interrupts off. */
  lazy_mm: mm_struct;
  /** A counted reference that this CPU is to drop when it does not use the mm any more. Written by all, by cmpxchg. */
  drop_mm: mm_struct;
}

export const lazy_rqs = DEFINE_PER_CPU<lazy_rq>();

// ---- the loan ------------------------------------------------------------------------------------------------

/**
 * A loan of `mm` begins; interrupts are off. No barrier: the lender is a user of `mm`, and whoever ends up as the last
 * mmput has the lender's mmput, and so this store, behind its own RMW of mm_users.
 */
export function lazy_acquire(mm: mm_struct): void {
  const my = this_cpu(lazy_rqs);
  // There is one loan per CPU. A second one would overwrite the first, and its mm be freed under this CPU.
  WARN_ON(my.lazy_mm !== NULL);
  WRITE_ONCE(my.lazy_mm, mm);
}

/** The loan has ended; interrupts are off, the root has left. The release keeps it in that order. */
export function lazy_release(): void {
  const my = this_cpu(lazy_rqs);
  smp_store_release(my.lazy_mm, NULL);
}

/** Nothing to do for `init_mm`, which is the only mm that anybody grabs through here. */
export function mmgrab_lazy_tlb(_mm: mm_struct): void {}
/** The loan has ended in `leave_lazy_tlb` or `idle_task_exit_lazy`, and what is counted is in drop_mm. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {}

export function switch_to_kernel(_rq: rq, prev: task_struct, next: task_struct): void {
  const mm = prev.active_mm;
  enter_lazy_tlb(mm, next);
  next.active_mm = mm;
  if (prev.mm !== NULL) lazy_acquire(mm);
  else prev.active_mm = NULL;
}

export function switch_to_user(_rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  switch_mm_irqs_off(prev.active_mm, mm, next);
  // membarrier_finish_switch_mm(). Earlier: the store to rq->curr. Later: the user accesses of the task that runs now.
  // Without it, and with no switch_mm because the mm did not change, membarrier may miss the task (scenario A).
  smp_mb();
  if (prev.mm === NULL) {
    prev.active_mm = NULL;
    lazy_release();
  }
}

/** Every switch: what was handed to this CPU goes when it is not in use. */
export function finish_lazy_switch(_mm: mm_struct): void {
  mmdrop_lazy();
}

/** Drops the parked reference. Preemption is off. */
export function mmdrop_lazy(): void {
  const my = this_cpu(lazy_rqs);
  let old = READ_ONCE(my.drop_mm);
  for (;;) {
    // Still lazy on it: the reference is what keeps it alive.
    if (old === NULL || old === my.lazy_mm) return;
    const found = cmpxchg_relaxed(my.drop_mm, old, NULL);
    if (found === old) break;
    // An exiting process has stolen `old`, dropped it, and parked its own mm.
    old = found;
  }
  mmdrop(old);
}

// ---- tasks that change their mm where they stand --------------------------------------------------------------

/** exec and kthread_use_mm: the root has left the lazy mm. Hotplug: as `unlazy_mm_irqs_off`. Interrupts are off. */
export function leave_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm. Later: the task's user accesses (membarrier, scenario E).
  smp_mb();
  lazy_release();
  if (get_current<task_struct>().mm === NULL) mmdrop_lazy();
}

/** Not yet: lazy_mm is written with interrupts off. */
export function exit_mm_grab(_mm: mm_struct): void {}

export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  lazy_acquire(mm);
  enter_lazy_tlb(mm, tsk);
}

export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  lazy_acquire(mm);
  enter_lazy_tlb(mm, tsk);
}

// ---- the last mmput --------------------------------------------------------------------------------------------

/** The flush in exit_mmap may have un-lazied most CPUs; the rest get a counted reference. */
export function mmput_last(mm: mm_struct): void {
  mm_unlazy_mm_count(mm);
  mmdrop(mm);
}

/** Turns every loan of `mm` into a unit of mm_count. The caller holds one, and mm_users is 0. */
export function mm_unlazy_mm_count(mm: mm_struct): void {
  WARN_ON(atomic_read(mm.mm_users) !== 0);
  let drop_count = 0;
  for (const cpu of for_each_cpu(possible_lazymm_cpus(mm))) {
    const target = per_cpu(lazy_rqs, cpu);
    if (smp_load_acquire(target.lazy_mm) === mm) {
      if (drop_count === 0) {
        drop_count = nr_cpu_ids;
        // Before anything is parked: the target may drop its unit at once.
        atomic_add(drop_count, mm.mm_count);
      }
      drop_count -= 1;
      while (!__try_mm_drop_rq_ref(target, mm)) cpu_relax();
    }
  }
  atomic_sub(drop_count, mm.mm_count);
}

/** for_each_possible_lazymm_cpu(): all that are online; x86 knows better, now that its lazy CPUs stay in the mask. */
function possible_lazymm_cpus(mm: mm_struct): cpumask_value {
  return X86_TLB_GEN ? cpumask_read(mm.mm_cpumask) : cpumask_online();
}

/** Gives the target one unit of mm's mm_count, or back to the mm where it turns out not to be needed. False: try again. */
export function __try_mm_drop_rq_ref(target: lazy_rq, mm: mm_struct): boolean {
  const old = smp_load_acquire(target.drop_mm);
  // Nobody but the last mmput of an mm parks it.
  WARN_ON(old === mm);
  if (old === NULL) return cmpxchg(target.drop_mm, NULL, mm) === NULL;
  // Again, and after drop_mm. Since it was loaded first the target may have run a user of `old`, gone lazy on it, and
  // `old`'s last mmput have parked it there: then the target uses `old`, and it is this mm that it has left.
  if (smp_load_acquire(target.lazy_mm) !== mm) {
    mmdrop(mm);
    return true;
  }
  // The target is lazy on mm, after old's mm_users was 0: it is done with `old`, and its reference can be stolen.
  if (cmpxchg(target.drop_mm, old, mm) !== old) return false;
  mmdrop(old);
  return true;
}

// ---- interrupts and hotplug ------------------------------------------------------------------------------------

/** x86: the flush handler takes a lazy CPU off the mm, and does it whole (patch 21). Interrupts are off. */
export function flush_lazy_cpu(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  const tsk = get_current<task_struct>();
  if (tsk.mm === NULL && tsk.active_mm === mm) {
    switch_mm_irqs_off(mm, init_mm, tsk);
    tsk.active_mm = init_mm;
    lazy_release();
    mmdrop_lazy();
  }
}

/** The dying CPU's idle task: the rest of unlazy_mm_irqs_off(). */
export function idle_task_exit_lazy(tsk: task_struct, _mm: mm_struct): void {
  tsk.active_mm = init_mm;
  lazy_release();
  mmdrop_lazy();
}
