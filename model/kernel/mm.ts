/**
 * The life of an address space: `mm_struct`, its two counters, and the two ends they lead to.
 *
 *     mm_users  threads with ->mm == mm, mmget() holders          0: __mmput, the user mappings go
 *     mm_count  1 for mm_users as a whole + mmgrab() holders
 *               + what the scheme counts for lazy users           0: __mmdrop, the struct and its page tables go
 *
 * Between the two ends an mm is a husk: no user mappings, but a root that a lazy CPU may have loaded. Which CPUs
 * those are, and how the second end waits for them, is what schemes differ in.
 *
 * Models include/linux/sched/mm.h (mmgrab, mmdrop, mmget, mmget_not_zero) and kernel/fork.c (mm_init, mmput, __mmput,
 * __mmdrop) of 7.2. Leaves out: what an mm holds besides page tables (ioctx, ksm, uprobes, notifiers, rss), and
 * `mmput_async`, `mmdrop_async`, which run the same text from a workqueue.
 */
import { cleanup_lazy_tlbs, mmdrop_last, mmput_last } from "#scheme";
import { exit_mmap } from "./mmap.ts";
import type { task_struct } from "./task.ts";
import { destroy_context } from "./tlb.ts";
import type { page_table } from "./user.ts";
import type { ldt_struct } from "./x86_regs.ts";

/** An address space. Its identity doubles for its page-table root: `load_cr3(mm)` walks mm's tables. */
export interface mm_struct extends struct {
  /** References to the struct. A line of its own since 6.x: with counted lazy users every switch writes it. */
  mm_count: own_cacheline<atomic_t>;
  /** Users of the user mappings. */
  mm_users: cacheline_aligned<atomic_t>;
  /** VMAs. With none, `exit_mmap` has nothing to unmap and sends no flush. */
  map_count: cacheline_aligned<int>;
  /** CPUs that may hold translations of this mm or have its root loaded; how exactly is the arch's affair. */
  mm_cpumask: cacheline_aligned<cpumask_t>;
  /** User memory, where a scenario has some (`user.ts`). */
  pgd: cacheline_aligned<page_table>;
  /** What membarrier() commands the process has registered for (`membarrier.ts`). */
  membarrier_state: atomic_t;
  /** x86: flushes so far (`x86_tlb.ts`). */
  tlb_gen: atomic_t;
  /** x86: NULL for almost all (`x86_regs.ts`). */
  ldt: ldt_struct;
  /** x86: events whose counters user code may read with RDPMC, and whether that has been taken away for good. */
  perf_rdpmc_allowed: atomic_t;
  rdpmc_revoked: boolean;
}

/** The kernel's own mm. Every CPU may stand on it at any time; it is never freed. */
export const init_mm = DEFINE<mm_struct>();

/** A fresh mm with one user, no mappings, on no CPU. Models `mm_alloc` + `mm_init`. */
export function mm_alloc(): mm_struct {
  const mm = alloc<mm_struct>();
  atomic_set(mm.mm_users, 1);
  atomic_set(mm.mm_count, 1);
  return mm;
}

/** Pins the struct. The caller has a reference already. */
export function mmgrab(mm: mm_struct): void {
  atomic_inc(mm.mm_count);
}

/** Drops a reference to the struct; the last one ends its life. A full barrier (the RMW), as callers rely on. */
export function mmdrop(mm: mm_struct): void {
  if (atomic_dec_and_test(mm.mm_count)) mmdrop_last(mm);
}

/** Pins the user mappings. The caller is a user already. */
export function mmget(mm: mm_struct): void {
  atomic_inc(mm.mm_users);
}

/** Pins the user mappings if there is a user left. The caller has a reference to the struct only. */
export function mmget_not_zero(mm: mm_struct): boolean {
  return atomic_inc_not_zero(mm.mm_users);
}

/** Gives up one user; the last one takes the user mappings down. */
export function mmput(mm: mm_struct): void {
  if (atomic_dec_and_test(mm.mm_users)) __mmput(mm);
}

/** The first end: nobody is left who could touch user memory, so the mappings go; lazy CPUs may be left. */
export function __mmput(mm: mm_struct): void {
  exit_mmap(mm);
  mmput_last(mm);
}

/**
 * The second end: nobody holds a counted reference, so the struct and its page tables go.
 *
 * Runs in whatever context the last `mmdrop` ran in: an exiting task, a kernel thread on any CPU, or
 * `finish_task_switch` with preemption off. A scheme that does not count its lazy users has to find them here.
 */
export function __mmdrop(mm: mm_struct): void {
  const tsk = get_current<task_struct>();
  BUG_ON(mm === init_mm);
  WARN_ON(mm === tsk.mm);
  cleanup_lazy_tlbs(mm);
  // Not the same check twice: the scheme may have moved the current task, too, off mm just now.
  WARN_ON(mm === tsk.active_mm);
  destroy_context(mm);
  free(mm);
}
