/**
 * Which orderings of a scheme are needed, and what each claim rests on: the evidence of `check --barriers`.
 *
 * A *site* is a place of the source that orders something; a *level* says how strong it is ("mb", "acquire", "none", …).
 * Weakened sites together have a name (`order:FILE:LINE:COLUMN=LEVEL+…`) that `--mutate` takes, so each proof can be
 * asked for again and each witness be replayed.
 */

import type { Property, Timeline } from "./types.ts";

export interface Barriers {
  /** The texts that the sites are in. */
  readonly sources: readonly SourceText[];
  /** One per scheme, architecture and memory model. */
  readonly studies: readonly BarrierStudy[];
}

/** Levels of a site that is a fence, as the kernel's source spells them. */
export const FENCE_CALLS = {
  mb: "smp_mb()",
  rmb: "smp_rmb()",
  wmb: "smp_wmb()",
  "before-atomic": "smp_mb__before_atomic()",
  "after-atomic": "smp_mb__after_atomic()",
  "after-spinlock": "smp_mb__after_spinlock()",
  "after-unlock-lock": "smp_mb__after_unlock_lock()",
} as const;

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

export const SCOPES = ["scheme", "all"] as const;
/** The sites that were looked at: in the scheme's own files, or in the kernel model, too. */
export type Scope = (typeof SCOPES)[number];

export interface BarrierStudy {
  readonly scheme: string;
  readonly arch: string;
  readonly model: string;
  readonly scope: Scope;
  /** Scenarios that the claims rest on: the scheme claims them and is proved in them as it stands. */
  readonly scenarios: readonly string[];
  /**
   * Scenarios in which the search of the scheme as it stands hit a limit, and which. There a weaker scheme can be broken,
   * never proved; and the scheme itself may be.
   */
  readonly unproved: readonly Limit[];
  /** Scenarios that say nothing here, and why. */
  readonly setAside: readonly { readonly scenario: string; readonly reason: string }[];
  /**
   * Executions that no search under this model has, in words. Then nothing here is proved: what is called so held in all
   * other executions. What is violated is.
   */
  readonly leftOut?: string;
  /** By place. */
  readonly sites: readonly SiteOutcome[];
  /** Sites that are too weak together, though no site can be stronger and all still be. */
  readonly conflicts: readonly Conflict[];
  readonly minimal: readonly MinimalSet[];
  /** There are no other minimal sets. False where the search for them was cut short or came to no answer somewhere. */
  readonly complete: boolean;
  /** Sets of sites that were asked about in search of minimal sets. */
  readonly asked: number;
  readonly searches: number;
  readonly states: number;
  readonly seconds: number;
}

export const SITE_OUTCOMES = [
  /** Every step down breaks something. */
  "needed",
  /** Something weaker will do, but not everything. */
  "weaken",
  /** As weak as can be, it breaks nothing. */
  "not needed",
  /** The memory model makes no difference between it and nothing. */
  "free",
  /** No scenario that claims rest on executes it. */
  "not executed",
  /** A search that would decide hit a limit. */
  "unknown",
] as const;

export interface SiteOutcome {
  /** FILE:LINE:COLUMN. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly func: string;
  readonly kind: "fence" | "load" | "store" | "update" | "await";
  /** As the source has it. */
  readonly level: string;
  readonly outcome: (typeof SITE_OUTCOMES)[number];
  /** The weakest levels at which nothing breaks, with all other sites as they are; the site's own where it is needed. */
  readonly weakest: readonly string[];
  /** Scenarios that execute it. */
  readonly scenarios: number;
  /** What was found, level by level. */
  readonly steps: readonly LevelOutcome[];
}

export interface LevelOutcome {
  readonly level: string;
  /** Levels that mean the same to the memory model, this one included. */
  readonly alike: readonly string[];
  /** Name of the weakened program. */
  readonly mutation: string;
  readonly result: "proved" | "violated" | "unknown";
  /** Name of the proved program that answers, where that is a weaker one. */
  readonly provedBy?: string;
  readonly witness?: BarrierWitness;
  /** Which limits stood in the way, by scenario; with `unknown`. */
  readonly limits?: readonly Limit[];
}

export interface Limit {
  readonly scenario: string;
  readonly detail: string;
}

/** An execution of a weakened program that breaks a property. */
export interface BarrierWitness {
  readonly mutation: string;
  readonly scenario: string;
  readonly cpus: number;
  readonly property: Property;
  readonly summary: string;
  /** `check SCHEME --scenario S --arch A --mutate MUTATION --replay WITNESS`. */
  readonly witness: string;
  readonly timeline: Timeline;
}

/** A site at a level. */
export interface SiteLevel {
  readonly site: string;
  readonly level: string;
}

export interface Conflict {
  readonly sites: readonly SiteLevel[];
  readonly witness?: BarrierWitness;
  /** No violation was found, nor a proof. */
  readonly limits?: readonly Limit[];
}

/** Weakened as far as this everything is proved, and any step further breaks something. */
export interface MinimalSet {
  /** Name of the weakened program. */
  readonly mutation: string;
  /** Sites that still order something, with what is left of it. */
  readonly kept: readonly SiteLevel[];
  readonly weakened: readonly SiteLevel[];
  /** Every step further, each with an execution that it breaks. */
  readonly further: readonly FurtherStep[];
}

export interface FurtherStep {
  readonly site: string;
  readonly level: string;
  readonly witness?: BarrierWitness;
  /** Why there is no witness: the step may be possible. */
  readonly unknown?: string;
}
