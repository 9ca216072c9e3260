/**
 * Entry points that a simulation calls besides those of a replay: what user tasks ask of the kernel in a workload.
 *
 * A workload decides when they are called; what they do is the kernel model's text. `switch_to` and `get_current` are
 * as in `replay.ts`.
 */
import { init_mm, type mm_struct, mmgrab } from "./mm.ts";
import { runqueues } from "./rq.ts";
import type { task_struct } from "./task.ts";
import { flush_tlb_range, start_root } from "./tlb.ts";

/** Bring-up: this CPU begins in its idle task, the current one, on `init_mm`. */
export function sim_start_idle(): void {
  const cpu = smp_processor_id();
  const idle = get_current<task_struct>();
  const rq = this_cpu(runqueues);
  rq.idle = idle;
  rq.curr = idle;
  mmgrab(init_mm);
  idle.active_mm = init_mm;
  cpu_start_root(cpu, init_mm);
  start_root(cpu, init_mm);
}

/** munmap() or madvise(MADV_DONTNEED) by a live process: the entries are cleared, the tables stay. */
export function sim_unmap(mm: mm_struct): void {
  flush_tlb_range(mm, false);
}

/** munmap() of so much that tables go, too. */
export function sim_unmap_tables(mm: mm_struct): void {
  flush_tlb_range(mm, true);
}
