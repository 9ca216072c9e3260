/**
 * Entry points of a replay: one exported function per thing that a trace says the kernel did.
 *
 * A replay runs each of them to its end on one CPU, in the order of the trace, with `get_current` being the task that
 * the trace had there at that moment. `switch_to` returns at once with its first argument and makes the second one
 * current; so the second half of every switch runs where it belongs, on the same CPU, right after the first.
 * `cpu_wait_dead` returns at once.
 *
 *     where the trace begins   replay_boot, replay_task, replay_mm, replay_user, replay_start_user, replay_start_kthread
 *     what happens in it       replay_switch … replay_finish_cpu_6_12
 *     where inference erred    replay_end_loan, then replay_start_kthread
 *
 * What happened before the trace is set up by the scheme's own hooks, so that its state is what it would have been.
 */
import { finish_lazy_switch, leave_lazy_tlb, switch_to_kernel } from "#scheme";
import { do_execve } from "./exec.ts";
import { exit_mm } from "./exit.ts";
import { copy_mm } from "./fork.ts";
import { finish_cpu, sched_force_init_mm } from "./hotplug.ts";
import { finish_cpu_6_12, idle_task_exit } from "./hotplug_6_12.ts";
import { kthread_unuse_mm, kthread_use_mm } from "./kthread.ts";
import { init_mm, mm_alloc, type mm_struct, mmget, mmgrab, mmput } from "./mm.ts";
import { runqueues } from "./rq.ts";
import { __schedule } from "./sched.ts";
import type { task_struct } from "./task.ts";
import { switch_mm_irqs_off } from "./tlb.ts";

// ---- where the trace begins ----------------------------------------------------------------------------------

/** Once, first of all. */
export function replay_boot(): void {
  atomic_set(init_mm.mm_users, 2);
  atomic_set(init_mm.mm_count, 1);
}

/** A task without an mm. */
export function replay_task(): task_struct {
  return alloc<task_struct>();
}

/** An mm that is older than the trace, or whose fork or exec the trace lacks: mapped, without users. */
export function replay_mm(): mm_struct {
  const mm = mm_alloc();
  atomic_set(mm.mm_users, 0);
  mm.map_count = 1;
  return mm;
}

/** `init_mm`, for a replay that has to name it. */
export function replay_init_mm(): mm_struct {
  return init_mm;
}

/** `task` is a user of `mm` from now on (or was all along). It had none. */
export function replay_user(task: task_struct, mm: mm_struct): void {
  mmget(mm);
  task.mm = mm;
  task.active_mm = mm;
}

/** A CPU of which nothing is known yet has come out of bring-up, on `init_mm`. */
function bring_up(): void {
  if (read_cr3<mm_struct>() === NULL) load_cr3(init_mm);
}

/** Bring-up: this CPU begins in its idle task, the current one, on `init_mm`. */
export function replay_start_idle(): void {
  bring_up();
  const idle = get_current<task_struct>();
  const rq = this_cpu(runqueues);
  rq.idle = idle;
  rq.curr = idle;
  mmgrab(init_mm);
  idle.active_mm = init_mm;
  switch_mm_irqs_off(init_mm, init_mm, idle);
}

/** This CPU begins in a user task, the current one. */
export function replay_start_user(): void {
  bring_up();
  const task = get_current<task_struct>();
  this_cpu(runqueues).curr = task;
  switch_mm_irqs_off(init_mm, task.mm, task);
}

/** This CPU begins in a kernel thread, the current one, lazy on `mm`, which it has from `lender`, a task of no mm. */
export function replay_start_kthread(lender: task_struct, mm: mm_struct): void {
  const task = get_current<task_struct>();
  bring_up();
  local_irq_disable();
  const rq = this_cpu(runqueues);
  rq.curr = task;
  lender.mm = mm;
  lender.active_mm = mm;
  switch_mm_irqs_off(init_mm, mm, lender);
  switch_to_kernel(rq, lender, task);
  lender.mm = NULL;
  lender.active_mm = NULL;
  local_irq_enable();
}

/** The loan of the current kernel thread was a mistake of inference: it ends. */
export function replay_end_loan(): void {
  const task = get_current<task_struct>();
  local_irq_disable();
  const mm = task.active_mm;
  task.active_mm = init_mm;
  switch_mm_irqs_off(mm, init_mm, task);
  leave_lazy_tlb(mm);
  local_irq_enable();
  finish_lazy_switch(mm);
}

// ---- what happens in the trace -------------------------------------------------------------------------------

/** sched_switch from the current task to `next`, which is current on return. */
export function replay_switch(next: task_struct): void {
  const prev = get_current<task_struct>();
  local_irq_disable();
  preempt_disable();
  __schedule(prev, next);
  preempt_enable();
}

/** fork by the current task: `child` shares its mm, or gets a copy, or has none if the parent has none. */
export function replay_fork(child: task_struct, clone_vm: boolean): mm_struct {
  copy_mm(child, clone_vm);
  return child.mm;
}

/** exit_mm of the current task. May be the last mmput. */
export function replay_exit_mm(): void {
  exit_mm();
}

/** exec by the current task, with an mm or without. Returns the new mm. */
export function replay_exec(): mm_struct {
  return do_execve();
}

/** mmget by anyone who is no task of that mm (ptrace, /proc, io_uring). */
export function replay_mmget(mm: mm_struct): void {
  mmget(mm);
}

/** mmput by anyone. May be the last. */
export function replay_mmput(mm: mm_struct): void {
  mmput(mm);
}

/** kthread_use_mm by the current task; the user that its caller holds comes with it. */
export function replay_use_mm(mm: mm_struct): void {
  mmget(mm);
  kthread_use_mm(mm);
}

/** kthread_unuse_mm by the current task, and its caller's mmput. */
export function replay_unuse_mm(mm: mm_struct): void {
  kthread_unuse_mm(mm);
  mmput(mm);
}

/** CPU offline, 7.2, in the hotplug thread on the dying CPU. */
export function replay_force_init_mm(): void {
  sched_force_init_mm();
}

/** CPU offline, 7.2, on the control CPU. */
export function replay_finish_cpu(cpu: cpu_t): void {
  finish_cpu(cpu);
}

/** CPU offline, ≤ 6.12, in the dying CPU's idle task. */
export function replay_idle_task_exit(): void {
  local_irq_disable();
  idle_task_exit();
  local_irq_enable();
}

/** CPU offline, ≤ 6.12, on the control CPU. */
export function replay_finish_cpu_6_12(cpu: cpu_t): void {
  finish_cpu_6_12(cpu);
}
