/**
 * What tasks do between the paths that a scenario is after: run, and give up the CPU, any number of times.
 *
 * A loop that may go round for ever costs the checker nothing (the state recurs) and makes the result one about *any*
 * number of switches. Each function contains one call of `schedule`: that is the unit of program size here.
 */
import type { mm_struct } from "./mm.ts";
import { schedule } from "./sched.ts";

/** User code of a task of `mm`. */
export function run_user(mm: mm_struct): void {
  for (;;) {
    user_access(mm);
    if (choose(2) === 0) break;
    schedule();
  }
}

/** A kernel thread with nothing to say about address spaces. */
export function run_kthread(): void {
  while (choose(2) !== 0) schedule();
}
