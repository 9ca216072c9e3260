/**
 * Loans are not counted: an mm that nobody refers to is freed after an RCU grace period.
 *
 * @title       freed by RCU
 * @origin      Matthew Wilcox, 2020-12, in answer to the mockup of `lightweight`; before him in the thread of July 2018
 * @status      rejected in the thread: RCU does not watch idle CPUs
 * @state       none
 * @switch-cost one smp_mb() per kernel→user
 * @exit-cost   one call_rcu()
 * @requires    that a CPU that is lazy on an mm be an RCU reader, which it is not
 * @needs       rcu-lazy
 * @not-claimed *: whoever is lazy with interrupts and preemption on, an idle CPU above all, is no RCU reader
 *
 * The idea: "if an anonymous process is borrowing a freed mm, and the mm is freed by RCU then it will not go away until
 * the task context switches". So it is for a kernel thread, as long as nothing but a context switch is a quiescent state
 * and every context switch leaves the mm. Neither holds:
 *
 *     CPU 0                                CPU 1
 *     idle, lazy on M                      last user of M exits; call_rcu(__mmdrop, M)
 *     ├ quiescent: no reader, all the time
 *     │                                    grace period over: M is freed
 *     root still M
 *
 * A kernel thread → kernel thread switch is a quiescent state that passes the loan on, besides; and a kernel thread that
 * runs with preemption and interrupts on is no reader in a preemptible kernel.
 *
 * What stands here is the plain form: no hook of the scheduler does anything.
 */
import { __mmdrop, type mm_struct } from "../kernel/mm.ts";

export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

/** `_mm` may have been freed already. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm. Later: the task's user accesses (membarrier, scenario E).
  smp_mb();
}

export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {
  // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now (membarrier, scenario A).
  smp_mb();
}

/** Nobody refers to `mm` any more; those who borrow it are left to RCU. */
export function mmdrop_last(mm: mm_struct): void {
  call_rcu(__mmdrop, mm);
}
