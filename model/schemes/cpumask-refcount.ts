/**
 * The mask of CPUs is the count: an mm whose last counted reference is gone belongs to whoever clears its last bit.
 *
 * @title       mm_cpumask as the reference count
 * @origin      Andy Lutomirski, 2020-07-13, in answer to the shootdown series (an idea, in prose)
 * @status      never written; x86 has given up the exact mask that it needs in 6.14 (209954cbc7d0)
 * @state       none beyond mm_cpumask and mm_count
 * @switch-cost the mask's own RMWs, at each change of the mm; one smp_mb() per kernel→user
 * @exit-cost   one look at the mask, one RMW to hand the mm over, one to claim it; a grace period before it is freed
 * @arch        mips
 * @requires    an exact mm_cpumask (mips, s390, x86 ≤ 6.13): a bit that stays set is an mm that stays; RCU
 * @needs       root-mask exact-mask
 * @not-claimed cpu-offline: sched_force_init_mm takes active_mm from before a flush IPI (x86; no x86 has both)
 * @not-claimed text-poke: the bit is cleared while the CPU stands on a temporary mm and means to come back (no mips has one)
 * @not-claimed efi-call: the same
 * @not-claimed * on arm64: mm_cpumask is not tracked there
 * @not-claimed * on generic, loongarch, powerpc-hash, powerpc-radix, riscv, x86-invlpgb: the mask is a superset; a
 *   bit that nobody clears keeps the mm for ever
 * @not-claimed cpu-offline-6.12, cpu-offline-6.12-other, mm-no-vmas, no-vmas-put-elsewhere on x86-6.14: without a flush
 *   nobody clears the bit of a CPU that has left the mm
 *
 * The invariants:
 * - A CPU's bit in mm_cpumask is set while its root is mm. (It may be cleared a little before: see RCU, below.)
 * - mm_count == MASK_OWNS: nothing counted is left, so mm_users is 0, no bit is set any more, and the mm belongs to the
 *   CPUs whose bits are still set. Whoever finds the mask empty then, and turns MASK_OWNS into 0, frees it.
 *
 *     last mmdrop                            CPU that leaves
 *     mm_count → 0                           root leaves
 *     mm_count = MASK_OWNS                   clear own bit
 *     smp_mb()                               smp_mb()
 *     mask empty?                            mm_count == MASK_OWNS? mask empty?
 *        └── cmpxchg(mm_count, MASK_OWNS, 0) ──┘   one of them sees both, one of them wins
 *
 * More than one word of mask. The emptiness test reads bit by bit here, as if every CPU had a word of its own, and needs
 * no retry: it counts only after MASK_OWNS has been seen, and from then on bits are cleared and none is set. What it saw
 * empty stays empty; and who clears the very last bit, in whatever order, tests after that.
 *
 * RCU. Neither side has a reference when it looks: the other may claim and free in between ("you'd need a lock or RCU
 * for this"). Each looks with interrupts off, which is a read-side section, and the claimant frees after a grace period.
 * That also covers x86 ≤ 6.13, which clears the bit just before it writes CR3, interrupts off.
 *
 * Departures from the mail, which leaves the details open:
 * 1. It says "mm_count == 1" for MASK_OWNS and has a leaving CPU test mm_users == 0. But mm_users is 0 before
 *    `exit_mmap` begins, with mm_count 1 throughout: the CPU would free the mm under exit_mmap. So the state in which
 *    the mask owns has a number of its own, and the last mmdrop, not the last mmput, enters it.
 * 2. The full barrier for membarrier that counting gave in passing is explicit.
 * 3. A flush handler that takes a lazy CPU's root away (x86) has to move active_mm as well: it clears the bit.
 */
import { X86_TLB_GEN } from "#arch";
import { __mmdrop, init_mm, type mm_struct } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { switch_mm_irqs_off } from "../kernel/tlb.ts";

/** A value of mm_count that no number of references reaches here; a kernel would take 1 << 30. */
const MASK_OWNS = 60;

/** The bit in mm_cpumask is the loan, and it is set. */
export function mmgrab_lazy_tlb(_mm: mm_struct): void {}

/** The loan ended with the bit. */
export function mmdrop_lazy_tlb(_mm: mm_struct): void {
  // Earlier: the store to current->mm. Later: the task's user accesses (membarrier, scenario E). Without it, and with
  // no switch_mm because the mm did not change, membarrier may see mm NULL and order nothing.
  smp_mb();
}

/** switch_mm clears the bit of the mm that it leaves; nobody else but this CPU knows that it did. */
export function switch_to_user(_rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  const active_mm = prev.active_mm;
  switch_mm_irqs_off(active_mm, mm, next);
  if (prev.mm === NULL) {
    prev.active_mm = NULL;
    // Earlier: the store to rq->curr. Later: the user accesses of the task that runs now (membarrier, scenario A).
    smp_mb();
    if (active_mm !== mm) mask_left(active_mm);
  }
}

/** exec, kthread_use_mm, hotplug: the root has left the lazy mm, or is its user's now. Interrupts are off. */
export function leave_lazy_tlb(mm: mm_struct): void {
  mask_left(mm);
}

/**
 * This CPU's bit in mm's mask has been cleared, by switch_mm. Interrupts are off since before that: a read-side section,
 * without which the mm might be gone by now.
 */
export function mask_left(mm: mm_struct): void {
  if (mm !== init_mm && mask_claim(mm)) call_rcu(__mmdrop, mm);
}

/** The caller is to free the mm, after a grace period. Interrupts are off. */
export function mask_claim(mm: mm_struct): boolean {
  // Earlier: the bit that this CPU has cleared, or MASK_OWNS that it has stored. Later: the reads of the other of the
  // two. Without it two CPUs may each miss what the other has just done, and nobody frees the mm.
  smp_mb();
  // Acquire: the mask is read behind it. Only from MASK_OWNS on is no bit set any more, and a mask that was loaded earlier
  // says nothing: a CPU that had left the mm saw its own bit gone, not yet the bit that another CPU had set since, and
  // claimed the mm under that CPU's root (weak memory only; docs/findings.md).
  if (atomic_read_acquire(mm.mm_count) !== MASK_OWNS) return false;
  for (const cpu of for_each_possible_cpu()) {
    if (cpumask_test_cpu(cpu, mm.mm_cpumask)) return false;
  }
  // The barrier again, between the reads above and the free. And one winner: two CPUs may both have seen it empty.
  return atomic_cmpxchg(mm.mm_count, MASK_OWNS, 0) === MASK_OWNS;
}

/** Nothing is counted any more. The mm is the caller's until it says otherwise. */
export function mmdrop_last(mm: mm_struct): void {
  const flags = local_irq_save();
  atomic_set(mm.mm_count, MASK_OWNS);
  const mine = mask_claim(mm);
  if (mine) call_rcu(__mmdrop, mm);
  local_irq_restore(flags);
}

/** x86: the handler is about to take the lazy CPU's root to init_mm, and its bit out of the mask. Interrupts are off. */
export function flush_lazy_cpu(mm: mm_struct): void {
  if (!X86_TLB_GEN) return;
  const tsk = get_current<task_struct>();
  if (tsk.mm === NULL && tsk.active_mm === mm) {
    tsk.active_mm = init_mm;
    switch_mm_irqs_off(mm, init_mm, tsk);
    // The flusher has a counted reference: there is nothing to claim yet.
  }
}

/** The dying CPU has left the mm, and its bit is cleared. Nothing may name the mm afterwards: active_mm goes along. */
export function idle_task_exit_lazy(tsk: task_struct, mm: mm_struct): void {
  tsk.active_mm = init_mm;
  mask_left(mm);
}
