/** The entry points of the kernel model that a replay calls, and where they are (see model/kernel/replay.ts). */
export const REPLAY_ROOT = "kernel/replay.ts";

export const REPLAY_ENTRIES: readonly string[] = [
  "replay_boot",
  "replay_task",
  "replay_mm",
  "replay_init_mm",
  "replay_user",
  "replay_start_idle",
  "replay_start_user",
  "replay_start_kthread",
  "replay_end_loan",
  "replay_switch",
  "replay_fork",
  "replay_exit_mm",
  "replay_exec",
  "replay_mmget",
  "replay_mmput",
  "replay_use_mm",
  "replay_unuse_mm",
  "replay_force_init_mm",
  "replay_finish_cpu",
  "replay_idle_task_exit",
  "replay_finish_cpu_6_12",
];
