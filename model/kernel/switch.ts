/**
 * The context switch: four cases of who lends page tables to whom, and the second half on the other stack.
 *
 *     user   → user     switch_mm
 *     user   → kernel   next borrows prev's mm              prev ──mm──▶ M ◀──active_mm── next      loan taken
 *     kernel → kernel   the loan moves on, nothing counted  prev.active_mm ══▶ next.active_mm
 *     kernel → user     the loan ends                       rq.prev_mm = M, given back by `finish_task_switch`
 *
 * A loan is taken by `mmgrab_lazy_tlb` and given back by `mmdrop_lazy_tlb*`; what those do is the scheme. There is one
 * loan per CPU at most, and it belongs to whichever of `current->active_mm` (with mm NULL) and `rq->prev_mm` holds it.
 *
 * Models kernel/sched/core.c:context_switch(), finish_task_switch() of 7.2. Leaves out membarrier_switch_mm, mm_cid,
 * perf, kcov, vmap stacks, and the final put of a dead task.
 */
import { finish_lazy_switch, mmgrab_lazy_tlb, switch_to_kernel, switch_to_user } from "#scheme";
import type { mm_struct } from "./mm.ts";
import { type rq, runqueues } from "./rq.ts";
import type { task_struct } from "./task.ts";
import { enter_lazy_tlb, switch_mm_irqs_off } from "./tlb.ts";

/**
 * Runs `next` instead of `prev` on this CPU. Interrupts are off, `rq->curr` is already `next`. Returns when `prev` is
 * picked again, perhaps on another CPU, with interrupts on.
 */
export function context_switch(rq: rq, prev: task_struct, next: task_struct): void {
  const mm = next.mm;
  if (mm === NULL) switch_to_kernel(rq, prev, next);
  else switch_to_user(rq, prev, next, mm);
  // From here on the stack is next's, and every local but `last` dates from when *it* was switched out: this CPU, this
  // rq and `prev` have to be found out anew.
  const last = switch_to(prev, next);
  finish_task_switch(last);
}

/** The standard way into a kernel thread: it runs on what was loaded. Default of `switch_to_kernel`. */
export function borrow_active_mm(prev: task_struct, next: task_struct): void {
  const mm = prev.active_mm;
  enter_lazy_tlb(mm, next);
  next.active_mm = mm;
  if (prev.mm !== NULL) mmgrab_lazy_tlb(mm);
  else prev.active_mm = NULL;
}

/** The standard way into user code: the loan, if prev had one, is parked for the task that comes. Default of `switch_to_user`. */
export function return_active_mm(rq: rq, prev: task_struct, next: task_struct, mm: mm_struct): void {
  const active_mm = prev.active_mm;
  switch_mm_irqs_off(active_mm, mm, next);
  // Not before switch_mm: the root must have left the mm when the loan is given back.
  if (prev.mm === NULL) {
    rq.prev_mm = active_mm;
    prev.active_mm = NULL;
  }
}

/**
 * The first thing that a task does when it runs again, or for the first time. `prev` is the task that ran before on
 * *this* CPU. Turns interrupts on; preemption stays off.
 */
export function finish_task_switch(prev: task_struct): void {
  const rq = this_cpu(runqueues);
  const mm = rq.prev_mm;
  // Cleared while nothing can switch on this CPU: a second switch that still found it would give the loan back twice.
  rq.prev_mm = NULL;
  finish_task(prev);
  local_irq_enable();
  finish_lazy_switch(mm);
}
