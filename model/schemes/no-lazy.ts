/**
 * No loans: a CPU that enters a kernel thread goes to `init_mm`.
 *
 * @title       no lazy mm at all
 * @origin      the baseline of the 2020 and 2022 threads (Nicholas Piggin's CONFIG_LAZY_TLB=n demo, Nadav Amit)
 * @status      never proposed for merging
 * @state       none
 * @switch-cost two root loads (250 to 300 cycles each, and user→kernel→user no longer free), no atomics
 * @exit-cost   none
 * @requires    nothing of the architecture
 *
 * The invariant: `mm == NULL` implies `active_mm == &init_mm` and the root loaded. So an mm is on a CPU only while the
 * task there is its user, and its users are counted.
 *
 * What is left of the standard paths: kernel→user finds `init_mm` as the loan to give back, which costs nothing. No
 * barrier is needed in its place: the mm changes in every switch between user and kernel, and `switch_mm` is one.
 */
import { init_mm, type mm_struct } from "../kernel/mm.ts";
import type { rq } from "../kernel/rq.ts";
import type { task_struct } from "../kernel/task.ts";
import { switch_mm_irqs_off } from "../kernel/tlb.ts";

export function mmgrab_lazy_tlb(_mm: mm_struct): void {}
export function mmdrop_lazy_tlb(_mm: mm_struct): void {}
export function mmdrop_lazy_tlb_sched(_mm: mm_struct): void {}

/** user→kernel leaves the mm; kernel→kernel passes `init_mm` on. */
export function switch_to_kernel(_rq: rq, prev: task_struct, next: task_struct): void {
  if (prev.mm !== NULL) switch_mm_irqs_off(prev.active_mm, init_mm, next);
  else prev.active_mm = NULL;
  next.active_mm = init_mm;
}

/** Nothing to hold: the loan will not be taken. */
export function exit_mm_grab(_mm: mm_struct): void {}

/** The task is still one of mm's users here, so the root cannot be gone before we leave it. */
export function exit_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  leave_mm(tsk, mm);
}

export function unuse_mm_lazy(tsk: task_struct, mm: mm_struct): void {
  leave_mm(tsk, mm);
}

/** The running task, without an mm of its own now, goes to `init_mm`. Interrupts are off. */
export function leave_mm(tsk: task_struct, mm: mm_struct): void {
  tsk.active_mm = init_mm;
  switch_mm_irqs_off(mm, init_mm, tsk);
}
