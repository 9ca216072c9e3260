/**
 * exec: a running task exchanges its address space; a kernel thread gets its first one (kernel_execve).
 *
 *     user task       mm == active_mm == OLD  →  mm == active_mm == NEW     OLD loses a user, later
 *     kernel thread   NULL, active_mm == LAZY →  mm == active_mm == NEW     the loan of LAZY ends
 *
 * Models fs/exec.c:exec_mmap() and the part of setup_new_exec() that puts the old mm, of 7.2, with
 * ARCH_WANT_IRQS_OFF_ACTIVATE_MM (x86, powerpc, s390). Leaves out de_thread, membarrier_exec_mmap, mmap_lock,
 * exec_update_lock and failures.
 */
import { lazy_active_mm, leave_lazy_tlb, mmdrop_lazy_tlb } from "#scheme";
import { mm_alloc, type mm_struct, mmput } from "./mm.ts";
import { task_lock, type task_struct, task_unlock } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

/** Moves the current task to `mm`, whose user it becomes. Returns its old mm for `setup_new_exec`, or NULL. */
export function exec_mmap(mm: mm_struct): mm_struct {
  const tsk = get_current<task_struct>();
  const old_mm = tsk.mm;
  task_lock(tsk);
  // Interrupts stay off from the read of active_mm to the new root. If the task could be switched out in between, a
  // kernel thread would come back with *another* loan in active_mm, and the one read here would be given back twice
  // while the new one is never (d53c3dfb23c4). A flush IPI in between would see the new mm and the old root.
  local_irq_disable();
  const active_mm = lazy_active_mm(tsk);
  tsk.active_mm = mm;
  WRITE_ONCE(tsk.mm, mm);
  switch_mm_irqs_off(active_mm, mm, tsk);
  if (old_mm === NULL) leave_lazy_tlb(active_mm);
  local_irq_enable();
  task_unlock(tsk);
  if (old_mm === NULL) mmdrop_lazy_tlb(active_mm);
  else BUG_ON(active_mm !== old_mm);
  return old_mm;
}

/** The point of no return is past: the old mm can go, in a context that may sleep (7.2; ≤ 6.12 does it in exec_mmap). */
export function setup_new_exec(old_mm: mm_struct): void {
  if (old_mm !== NULL) mmput(old_mm);
}

/** execve() of the current task, user or kernel thread. Returns the new mm. */
export function do_execve(): mm_struct {
  const mm = mm_alloc();
  mm.map_count = 1;
  const old_mm = exec_mmap(mm);
  setup_new_exec(old_mm);
  return mm;
}
