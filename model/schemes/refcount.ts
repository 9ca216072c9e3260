/**
 * Every loan is a reference in `mm_count`.
 *
 * @title       counted lazy references (MMU_LAZY_TLB_REFCOUNT)
 * @origin      Linus Torvalds, active_mm, 2.3.11 (1999); four cases: 139d025cda1d (v5.4); helpers: 88e3009b5283 (v6.4)
 * @status      merged; the default on every architecture but powerpc Book3S 64
 * @state       none beyond mm_count
 * @switch-cost one RMW on the shared mm_count line per user→kernel, one per kernel→user
 * @exit-cost   none
 * @requires    nothing of the architecture
 *
 * The invariant: a CPU on whose `current->active_mm` or `rq->prev_mm` an mm hangs without being `current->mm` owns
 * exactly one unit of that mm's `mm_count`. It takes it while the lender still is a user, moves it along with
 * kernel→kernel switches, and gives it back after the root has left. So `mm_count` cannot reach 0 under a lazy CPU,
 * and there is nobody to look for when it does.
 *
 * The price is not the atomic operation but the line it is on: all CPUs that run threads of one process write it at
 * every switch to and from idle. And a dead mm stays as long as some CPU happens to idle on it.
 */
import { __mmdrop, type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";

/** The last drop in the scheduler is deferred, because freeing an mm takes locks that sleep under PREEMPT_RT. */
const PREEMPT_RT = CONFIG("PREEMPT_RT", false);

export function mmgrab_lazy_tlb(mm: mm_struct): void {
  mmgrab(mm);
}

/** The RMW is also the full barrier that membarrier relies on. */
export function mmdrop_lazy_tlb(mm: mm_struct): void {
  mmdrop(mm);
}

/** Models mmdrop_lazy_tlb_sched() and mmdrop_sched() of 7.2. */
export function mmdrop_lazy_tlb_sched(mm: mm_struct): void {
  if (PREEMPT_RT) {
    // Not that anything would need a grace period: call_rcu() is the cheapest way to another context.
    if (atomic_dec_and_test(mm.mm_count)) call_rcu(__mmdrop, mm);
  } else {
    mmdrop(mm);
  }
}
