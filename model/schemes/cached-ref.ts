/**
 * Each CPU keeps the reference that it took when it first went lazy on an mm, until it moves to another mm.
 *
 * @title       cached lazy references
 * @origin      Rik van Riel, 2018-07-17, "a third optimization left to do" (an idea, in prose)
 * @status      never written; Andy Lutomirski's answer was that x86 needs no count at all
 * @state       two pointers per CPU: the mm whose reference is cached, and one that is to be dropped
 * @switch-cost nothing counted while the CPU goes to and fro between an mm and kernel threads, but a load of the cache
 *              and one smp_mb() per kernel→user; one RMW of mm_count for each mm that the CPU begins or ceases to borrow
 * @exit-cost   none
 * @requires    nothing of the architecture
 * @not-claimed cpu-offline on powerpc-radix: sched_force_init_mm reads active_mm with interrupts on
 *   (docs/findings.md)
 * @not-claimed efi-call on powerpc-radix: the exit flush ends the loan while the CPU stands on the firmware's page
 *   tables (no powerpc has EFI)
 *
 * The invariants:
 * - cached[c], where not NULL, owns one unit of that mm's mm_count.
 * - While CPU c is lazy on mm ≠ init_mm, cached[c] == mm.
 * - So when c begins to run a user of another mm, what is cached is nobody's loan any more, and goes.
 *
 *     refcount    user → kernel  +1   kernel → user  −1   user → kernel  +1   kernel → user  −1
 *     here        user → kernel  +1                                           other user     −1
 *
 * An mm that dies is kept by each CPU that was ever lazy on it and has not run anything else since: until then, on an
 * idle machine, for ever. There is one such mm per CPU.
 *
 * A CPU that goes down has to be drained, or its reference stays with it.
 *
 * The mail says in two sentences when the reference is taken and when it is dropped. What it leaves open:
 * 1. exec by a user task moves the CPU to another mm without a switch. The cached reference of the old mm stays until
 *    the new mm displaces it, at the next loan.
 * 2. A reference that a switch displaces is dropped in its finish_task_switch, one that exit_mm displaces in the next.
 * 3. The full barrier for membarrier that counting gave in passing is explicit.
 */
import { init_mm, type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "../kernel/tlb.ts";

/** Per CPU; no other CPU looks at it. */
export interface lazy_cache extends struct {
  /** A counted reference for whatever loans this CPU may have of the mm; NULL for none. */
  mm: mm_struct;
  /** A counted reference that exit_mm has put out of the cache. */
  stale: mm_struct;
}

export const lazy_caches = DEFINE_PER_CPU<lazy_cache>();

/** Caches a reference to `mm`, whose user this task is. Returns the reference that it displaces, or NULL. */
function cache_lazy_mm(mm: mm_struct): mm_struct {
  const cache = this_cpu(lazy_caches);
  const old = cache.mm;
  if (old === mm) return NULL;
  mmgrab(mm);
  cache.mm = mm;
  return old;
}

/** Nobody grabs anything but init_mm through here. */
export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

export function switch_to_kernel(rq: rq, prev: task_struct, next: task_struct): void {
  const mm = prev.active_mm;
  enter_lazy_tlb(mm, next);
  next.active_mm = mm;
  if (prev.mm !== NULL) rq.prev_mm = cache_lazy_mm(mm);
  else prev.active_mm = NULL;
}

export function switch_to_user(rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  switch_mm_irqs_off(prev.active_mm, mm, next);
  if (prev.mm === NULL) {
    prev.active_mm = NULL;
    // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now. Without it, and with no
    // switch_mm because the mm did not change, membarrier may miss the task (scenario A).
    smp_mb();
  }
  // After the root has left: the reference is what has kept it.
  const cache = this_cpu(lazy_caches);
  if (cache.mm !== mm) {
    rq.prev_mm = cache.mm;
    cache.mm = NULL;
  }
}

/** Drops what the switch has put out of the cache, and what an exit before it has. Preemption is off. */
export function finish_lazy_switch(mm: mm_struct): void {
  if (mm !== NULL) mmdrop(mm);
  const cache = this_cpu(lazy_caches);
  const stale = cache.stale;
  if (stale === NULL) return;
  cache.stale = NULL;
  mmdrop(stale);
}

/** Not yet: the cache is this CPU's with interrupts off only. */
export function exit_mm_grab(_mm: mm_struct): void {}

export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  const old = cache_lazy_mm(mm);
  if (old !== NULL) {
    const cache = this_cpu(lazy_caches);
    // Only exec leaves another mm in the cache, and a task that has been here switches next.
    WARN_ON(cache.stale !== NULL);
    cache.stale = old;
  }
  enter_lazy_tlb(mm, tsk);
}

/** `kthread_use_mm` has left nothing but this mm in the cache. */
export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  WARN_ON(cache_lazy_mm(mm) !== NULL);
  enter_lazy_tlb(mm, tsk);
}

/**
 * exec and kthread_use_mm: the reference of the lazy mm passes from the cache to the task, which drops it in
 * `mmdrop_lazy_tlb`; but where it uses the very mm, the cache keeps it. Hotplug: the cache is drained.
 */
export function leave_lazy_tlb(mm: mm_struct): void {
  const cache = this_cpu(lazy_caches);
  if (mm !== get_current<task_struct>().mm) cache.mm = NULL;
}

export function mmdrop_lazy_tlb(mm: mm_struct): void {
  // Earlier: the store to current->mm. Later: the task's user accesses (membarrier, scenario E). Without it, and where
  // nothing is dropped, nothing orders them.
  smp_mb();
  if (mm !== init_mm && mm !== get_current<task_struct>().mm) mmdrop(mm);
}

/** The dying CPU is drained; the reference is what idle's active_mm stands for until `finish_cpu`. */
export function idle_task_exit_lazy(_tsk: task_struct, _mm: mm_struct): void {
  this_cpu(lazy_caches).mm = NULL;
}
