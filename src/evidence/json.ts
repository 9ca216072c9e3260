/**
 * Evidence as the JSON that `--json` prints.
 *
 * Scripts read switches by the words of the contract (`user_kern`, `kern_kern`, …) beside `exit_mm` and
 * `final_mmput`, so a replay carries them at its top level too. `readEvidence` reads the document back.
 */

import type { Evidence, ReplayResult, SwitchClass } from "./types.ts";

/** A replay with its switches at the top level, as printed. */
export type ReplayJson = ReplayResult & Readonly<Record<SwitchClass, number>>;

export function toJson(evidence: Evidence): string {
  const replays: ReplayJson[] = evidence.replays.map((replay) => ({ ...replay, ...replay.switches }));
  return `${JSON.stringify({ ...evidence, replays }, undefined, 2)}\n`;
}
