/** The entry points of the kernel model that a simulation calls, and where they are. */
import { REPLAY_ENTRIES, REPLAY_ROOT } from "../entries.ts";

export const SIM_ROOT = REPLAY_ROOT;
export const SIM_EXTRA_ROOTS: readonly string[] = ["kernel/simulate.ts"];

/** What a replay needs for hotplug and for mistakes of inference is left out. */
const LEFT_OUT = /end_loan|start_|force_init|finish_cpu|idle_task_exit/;

export const SIM_ENTRIES: readonly string[] = [
  ...REPLAY_ENTRIES.filter((name) => !LEFT_OUT.test(name)),
  "sim_start_idle",
  "sim_unmap",
  "sim_unmap_tables",
];
