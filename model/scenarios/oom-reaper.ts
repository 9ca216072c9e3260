/**
 * The OOM reaper unmaps a dying process's page from another CPU, and its mmput may be the last.
 *
 * The process has a page of user memory and a thread on either CPU. The reaper, a kernel thread on CPU 1, pins the mm for
 * as long as there is a user, unmaps the page, flushes and frees it. It is no user itself: its CPU may never have been on
 * the mm, or be lazy on it, and then its processor walks the tables. Where the process has gone meanwhile, exit_mmap, with
 * tables to free, and the last mmdrop run in the reaper, while CPU 0 is lazy on the mm.
 *
 * Models mm/oom_kill.c: oom_reap_task_mm(), __oom_reap_task_mm() (mmap_lock: `exit_mmap` is kept off by the pin), and the
 * task's reference to its mm in signal->oom_mm.
 */
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle, start_user } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { type mm_struct, mmdrop, mmget_not_zero, mmgrab, mmput } from "../kernel/mm.ts";
import { munmap_page } from "../kernel/mmap.ts";
import { ret_from_fork, schedule } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { boot_user_page, speculative_walk, user_read } from "../kernel/user.ts";
import { run_kthread } from "../kernel/workload.ts";

export const NR_CPUS = 2;

/** oom_reaper_list, with room for one. */
export interface oom_data extends struct {
  /** signal->oom_mm: pinned by a reference of its own (mm_count). */
  mm: mm_struct;
}

export const oom = DEFINE<oom_data>();

export function victim(): void {
  ret_from_fork();
  const mm = get_current<task_struct>().mm;
  for (;;) {
    user_read(mm);
    if (choose(2) === 0) break;
    schedule();
  }
  do_exit();
}

export function oom_reaper(): void {
  ret_from_fork();
  run_kthread();
  speculative_walk();
  const mm = oom.mm;
  if (mmget_not_zero(mm)) {
    munmap_page(mm);
    mmput(mm);
  }
  mmdrop(mm);
  do_exit();
}

export function setup(): void {
  boot_mm();
  boot_cpu(0);
  boot_cpu(1);
  const mm = boot_process();
  boot_user_page(mm);
  const task = task_create<task_struct>(victim, cpumask_possible(), 0);
  boot_user(task, mm);
  task_create<task_struct>(oom_reaper, cpumask_of(1), 0);
  mmgrab(mm);
  oom.mm = mm;
  start_user(task, 0, mm);
  start_idle(1);
}
