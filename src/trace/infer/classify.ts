/**
 * The four cases of `context_switch()` (kernel/sched/core.c), split by whether the mm changes. The ids say it all:
 * a task without an mm is "kern"; a user task's mm is the same as, or other than, the CPU's active_mm.
 */

import { type MmId, NO_MM, type SwitchClass, UNKNOWN_MM } from "./actions.ts";

/** The class of a switch; "unknown" as soon as an id that decides it is unknown. */
export function classify(prevMm: MmId, activeMm: MmId, nextMm: MmId): SwitchClass {
  if (prevMm === UNKNOWN_MM || nextMm === UNKNOWN_MM) return "unknown";
  if (nextMm === NO_MM) return prevMm === NO_MM ? "kern_kern" : "user_kern";
  if (prevMm !== NO_MM) return prevMm === nextMm ? "user_user_same" : "user_user_other";
  if (activeMm === UNKNOWN_MM) return "unknown";
  return activeMm === nextMm ? "kern_user_same" : "kern_user_other";
}
