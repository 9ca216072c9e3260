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
 * @not-claimed cpu-offline on powerpc-radix: sched_force_init_mm reads active_mm with interrupts on
 *   (docs/findings.md)
 * @not-claimed efi-call on powerpc-radix: the exit flush ends the loan while the CPU stands on the firmware's page
 *   tables (no powerpc has EFI)
 *
 * The invariant: a CPU on whose `current->active_mm` or `rq->prev_mm` an mm hangs without being `current->mm` owns
 * exactly one unit of that mm's `mm_count`. It takes it while the lender still is a user, moves it along with
 * kernel→kernel switches, and gives it back after the root has left. So `mm_count` cannot reach 0 under a lazy CPU,
 * and there is nobody to look for when it does.
 *
 * The price is not the atomic operation but the line it is on: all CPUs that run threads of one process write it at
 * every switch to and from idle. And a dead mm stays as long as some CPU happens to idle on it.
 *
 * This is include/linux/sched/mm.h and kernel/fork.c of 7.2 with all their build options: `--config PREEMPT_RT=y`, and
 * `--config MMU_LAZY_TLB_SHOOTDOWN=y`, which excludes MMU_LAZY_TLB_REFCOUNT (`model/Kconfig`).
 */
import { __mmdrop, type mm_struct, mmdrop, mmgrab } from "../kernel/mm.ts";
import { cleanup_lazy_tlbs as shoot_lazies } from "./shoot-lazies.ts";

/** Loans are counted. Where they are not, MMU_LAZY_TLB_SHOOTDOWN is set, and this is `shoot-lazies`. */
const MMU_LAZY_TLB_REFCOUNT = CONFIG("MMU_LAZY_TLB_REFCOUNT", true);
const MMU_LAZY_TLB_SHOOTDOWN = CONFIG("MMU_LAZY_TLB_SHOOTDOWN", false);
/** The last drop in the scheduler is deferred, because freeing an mm takes locks that sleep under PREEMPT_RT. */
const PREEMPT_RT = CONFIG("PREEMPT_RT", false);

export function mmgrab_lazy_tlb(mm: mm_struct): void {
  if (MMU_LAZY_TLB_REFCOUNT) mmgrab(mm);
}

export function mmdrop_lazy_tlb(mm: mm_struct): void {
  // The RMW is also the full barrier that membarrier relies on; where nothing is counted there has to be one.
  if (MMU_LAZY_TLB_REFCOUNT) mmdrop(mm);
  else smp_mb();
}

export function mmdrop_lazy_tlb_sched(mm: mm_struct): void {
  if (MMU_LAZY_TLB_REFCOUNT) mmdrop_sched(mm);
  else smp_mb();
}

function mmdrop_sched(mm: mm_struct): void {
  if (PREEMPT_RT) {
    // Not that anything would need a grace period: call_rcu() is the cheapest way to another context.
    if (atomic_dec_and_test(mm.mm_count)) call_rcu(__mmdrop, mm);
  } else {
    mmdrop(mm);
  }
}

export function cleanup_lazy_tlbs(mm: mm_struct): void {
  if (MMU_LAZY_TLB_SHOOTDOWN) shoot_lazies(mm);
}
