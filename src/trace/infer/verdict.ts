/**
 * A class of switch with how sure it is, as shared constants: resolving a switch allocates nothing.
 */

import { type Sure, SWITCH_CLASSES, type SwitchClass } from "./actions.ts";

export interface Verdict {
  readonly cls: SwitchClass;
  readonly sure: Sure;
}

const SURES: readonly Sure[] = ["observed", "inferred", "assumed", "unknown"];

const TABLE = new Map<SwitchClass, ReadonlyMap<Sure, Verdict>>(
  SWITCH_CLASSES.map((cls) => [cls, new Map(SURES.map((sure) => [sure, Object.freeze({ cls, sure })]))]),
);

/** What the events do not decide. */
export const UNDECIDED: Verdict = Object.freeze({ cls: "unknown", sure: "unknown" });

export function verdict(cls: SwitchClass, sure: Sure): Verdict {
  return TABLE.get(cls)?.get(sure) ?? UNDECIDED;
}
