/**
 * The state of the machine when a scenario begins: helpers for `setup`, which runs alone, before any CPU does.
 *
 * Per CPU there is an idle task, and a *mover*: a user task of the immortal `mover_mm` that the world lets run when every
 * ordinary task has ended (where memory is weak also earlier: then no leak is reported). It stands for whatever runs
 * next on that CPU one day; so the final state answers what `leak` asks: once every CPU has moved on, is every mm freed?
 *
 *     boot_mm()                       once, first
 *     boot_cpu(cpu)                   per CPU: idle task and mover, none of them running yet
 *     start_idle(cpu)                 the CPU begins in idle, on init_mm
 *     start_user(task, cpu, mm)       … or in a user task, on its mm
 *     boot_process() / boot_user()    mms and the tasks that are their users
 *
 * Models what start_kernel() and CPU bring-up leave behind (init/init_task.c, kernel/sched/core.c:sched_init()):
 * init_mm with mm_users 2 and mm_count 1; each idle task a borrower of init_mm with a plain mmgrab, as on every
 * architecture but powerpc.
 */
import { cpu_idle } from "./idle.ts";
import { init_mm, mm_alloc, type mm_struct, mmget, mmgrab } from "./mm.ts";
import { runqueues } from "./rq.ts";
import { ret_from_fork } from "./sched.ts";
import { type task_struct, tasklist } from "./task.ts";
import { start_root } from "./tlb.ts";

/** The mm of the movers. It stands for all other processes and never dies. */
export const mover_mm = DEFINE<mm_struct>();

/** The mms that are always there. */
export function boot_mm(): void {
  atomic_set(init_mm.mm_users, 2);
  atomic_set(init_mm.mm_count, 1);
  atomic_set(mover_mm.mm_users, 1);
  atomic_set(mover_mm.mm_count, 1);
}

/** A CPU's idle task and its mover. */
export function boot_cpu(cpu: cpu_t): void {
  const idle = task_create<task_struct>(cpu_idle, cpumask_of(cpu), TASK_IDLE);
  per_cpu(runqueues, cpu).idle = idle;
  const task = task_create<task_struct>(mover, cpumask_of(cpu), TASK_LATE);
  boot_user(task, mover_mm);
}

/** A CPU that will go down: its idle task has another main, and nothing runs on it in the end. */
export function boot_dying_cpu(cpu: cpu_t, idle: task_struct): void {
  per_cpu(runqueues, cpu).idle = idle;
}

/** Main of a mover: to have switched to it was all. */
export function mover(): void {
  ret_from_fork();
  park();
}

/** `cpu` begins in its idle task, which borrows init_mm. */
export function start_idle(cpu: cpu_t): void {
  const idle = per_cpu(runqueues, cpu).idle;
  mmgrab(init_mm);
  idle.active_mm = init_mm;
  start_task(idle, cpu, init_mm);
}

/** `cpu` begins in a user task of `mm`. Its idle task has run before and handed its loan on. */
export function start_user(task: task_struct, cpu: cpu_t, mm: mm_struct): void {
  start_task(task, cpu, mm);
}

export function start_task(task: task_struct, cpu: cpu_t, root: mm_struct): void {
  per_cpu(runqueues, cpu).curr = task;
  task_start_on(task, cpu);
  cpu_start_root(cpu, root);
  start_root(cpu, root);
}

/** The mm of a process: mapped, but without users as yet. */
export function boot_process(): mm_struct {
  const mm = mm_alloc();
  atomic_set(mm.mm_users, 0);
  mm.map_count = 1;
  return mm;
}

/** Makes `task` a user of `mm`. */
export function boot_user(task: task_struct, mm: mm_struct): void {
  mmget(mm);
  task.mm = mm;
  task.active_mm = mm;
}

/** Enters `task` in the list of processes, for those who walk it. */
export function boot_tasklist(task: task_struct): void {
  task.tasks = tasklist.first;
  tasklist.first = task;
}
