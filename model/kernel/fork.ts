/**
 * fork and clone, as far as the child's address space goes.
 *
 * Tasks exist from `setup` on; one that a scenario wants born later is created with TASK_NEW and is the `child` here.
 *
 * Models kernel/fork.c:copy_mm(), dup_mm(), kernel_clone() and kernel/sched/core.c:wake_up_new_task() of 7.2. Leaves
 * out the copying of page tables (and with it dup_mmap's flush of the parent), and namespaces.
 */
import { mm_alloc, type mm_struct, mmget } from "./mm.ts";
import type { task_struct } from "./task.ts";

/** A copy of `oldmm` with one user. */
export function dup_mm(oldmm: mm_struct): mm_struct {
  const mm = mm_alloc();
  mm.map_count = oldmm.map_count;
  return mm;
}

/** Gives `child` an mm: the current task's own (CLONE_VM), a copy of it, or none for a kernel thread's child. */
export function copy_mm(child: task_struct, clone_vm: boolean): void {
  const oldmm = get_current<task_struct>().mm;
  if (oldmm === NULL) return;
  let mm = oldmm;
  if (clone_vm) mmget(oldmm);
  else mm = dup_mm(oldmm);
  child.mm = mm;
  child.active_mm = mm;
}

/** The child may run, on any CPU that it is allowed on. */
export function wake_up_new_task(child: task_struct): void {
  wake_up_process(child);
}

export function kernel_clone(child: task_struct, clone_vm: boolean): void {
  copy_mm(child, clone_vm);
  wake_up_new_task(child);
}
