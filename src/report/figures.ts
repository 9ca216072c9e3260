/**
 * What the figures of a replay are called and what they mean: one list, from which the tables, the plots and the
 * explanations in the HTML report are all made.
 */

import type { ReplayCounters, Residency, SchemeReplay, SwitchClass } from "../evidence/types.ts";
import { count, seconds } from "./format.ts";

/** One figure of a scheme's replay that counts events. */
export interface CostFigure {
  readonly label: string;
  /** For columns of a table. */
  readonly short: string;
  readonly unit: string;
  /** What it is, and what it is not. */
  readonly meaning: string;
  readonly of: (counters: ReplayCounters) => number;
}

export const COSTS: readonly CostFigure[] = [
  {
    label: "atomic RMWs on shared lines",
    short: "RMWs",
    unit: "RMWs",
    meaning:
      "Atomic read-modify-writes on cache lines that more than one CPU touches. Each is a full barrier on x86; what it costs depends on who had the line before. What all schemes have is the kernel's own.",
    of: (c) => c.sharedRmw,
  },
  {
    label: "mm_count line taken from another CPU",
    short: "count←",
    unit: "transfers",
    meaning:
      "How often the cache line of mm_count was last written by another CPU: the misses that make a shared count expensive. Counted, not timed.",
    of: (c) => c.mmCountTransfers,
  },
  {
    label: "mm_cpumask line taken from another CPU",
    short: "mask←",
    unit: "transfers",
    meaning: "The same for the line of mm_cpumask. Zero on an architecture that does not track the mask.",
    of: (c) => c.cpumaskTransfers,
  },
  {
    label: "full barriers on their own",
    short: "mb",
    unit: "barriers",
    meaning:
      "smp_mb() that is not part of an atomic: what a scheme without a count pays instead. Local to the CPU, but not free. The scheduler's own barriers are among them.",
    of: (c) => c.barriers,
  },
  {
    label: "page-table root loads",
    short: "roots",
    unit: "loads",
    meaning:
      "Writes of CR3 or its equivalent. Whether one also flushes the TLB (PCID, ASID) is not modelled.",
    of: (c) => c.rootLoads,
  },
  {
    label: "loads in scans over CPUs",
    short: "scan",
    unit: "loads",
    meaning:
      "Loads of another CPU's slot when a dead mm is looked for on all CPUs. Each may be a cache miss.",
    of: (c) => c.scanLoads,
  },
  {
    label: "IPIs sent",
    short: "IPIs",
    unit: "IPIs",
    meaning: "Inter-processor interrupts by the function that sends them, one per target CPU.",
    of: ipiTotal,
  },
];

export function ipiTotal(counters: ReplayCounters): number {
  return Object.values(counters.ipis).reduce((sum, n) => sum + n, 0);
}

/** Every cause of IPIs in any of the replays, the most frequent first. */
export function ipiCauses(schemes: readonly SchemeReplay[]): string[] {
  const sent = new Map<string, number>();
  for (const { total } of schemes)
    for (const [cause, n] of Object.entries(total.ipis)) sent.set(cause, (sent.get(cause) ?? 0) + n);
  return [...sent].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([cause]) => cause);
}

/** One figure about dead mms. */
export interface ResidencyFigure {
  readonly label: string;
  readonly text: (residency: Residency) => string;
}

export const RESIDENCY: readonly ResidencyFigure[] = [
  { label: "mms that died (final mmput)", text: (r) => count(r.dead) },
  { label: "still kept when the trace ends", text: (r) => count(r.keptAtEnd) },
  { label: "kept in total, mm × time", text: (r) => seconds(r.totalSeconds) },
  { label: "kept longest", text: (r) => seconds(r.longestSeconds) },
];

/** Classes of switches in words; the order is that of `SWITCH_CLASSES`. */
export const SWITCH_WORDS: Readonly<Record<SwitchClass, { readonly label: string; readonly short: string }>> =
  {
    user_kern: { label: "user→kernel", short: "u→k" },
    kern_kern: { label: "kernel→kernel", short: "k→k" },
    kern_user_same: { label: "kernel→user, same mm", short: "k→u same" },
    kern_user_other: { label: "kernel→user, other mm", short: "k→u other" },
    user_user_same: { label: "user→user, same mm", short: "u→u same" },
    user_user_other: { label: "user→user, other mm", short: "u→u other" },
  };

/** IPIs of one cause; causes are function names of a user's text, so they may be called "toString". */
export function ipisBy({ total }: SchemeReplay, cause: string): number {
  return Object.hasOwn(total.ipis, cause) ? (total.ipis[cause] ?? 0) : 0;
}
