/**
 * What inference did and how far it can be trusted: the part of a replay that says "this many switches could not
 * be attributed". Every count is of events of the trace; nothing is dropped without appearing here.
 */

import type { EvidenceLevel, MmId, ObservedFigure, Sure, SwitchClass, TaskId } from "./actions.ts";

/** Contradictions between events, by kind. A lossless trace of a known kernel has none. */
export type ConflictKind =
  /** `prev_pid` of a switch is not the task that the last switch left on the CPU. */
  | "prev_pid_mismatch"
  /** `lazy/sw` shows another active_mm than the model holds. */
  | "active_mm_mismatch"
  /** `lazy/enter_lazy_tlb` or `lazy/switch_mm` disagree with `lazy/sw`. */
  | "probe_mismatch"
  /** A task's mm was not what earlier events implied. */
  | "task_mm_mismatch"
  /** A TLB flush contradicts the inferred class of a switch (stock evidence). */
  | "flush_mismatch";

/** Facts that no event shows and that inference put in so that the stream is consistent, by kind. */
export type SyntheticKind =
  /** A task that was alive before the trace. */
  | "task_predates_trace"
  /** An mm that was alive before the trace. */
  | "mm_predates_trace"
  /** A task taken for a kernel thread, or for a user task, because of its name. */
  | "kind_by_name"
  /** A task that predates the trace taken to share its mm with nobody. */
  | "mm_taken_unshared"
  /** An exec's change of mm placed by a later event than the change itself. */
  | "exec_placed_late"
  /** An exit_mm placed by the exit event, which is near it but not it. */
  | "exit_placed_by_event"
  /** A CPU restarted after a loss. */
  | "resynchronised";

/** One address space, over its life. */
export interface MmRecord {
  readonly mm: MmId;
  /** The kernel address where a probe showed it. */
  readonly address: bigint | undefined;
  readonly firstTs: number;
  readonly lastTs: number;
  /** Tasks known to have used it, over its life. */
  readonly users: number;
  /** Where the identity comes from. */
  readonly origin: "probe" | "fork" | "exec" | "predates trace";
  readonly sure: Sure;
  /** The first task known to use it, and its name then. */
  readonly owner: TaskId;
  readonly comm: string;
  /** mm_users reached 0 within the trace. */
  readonly ended: boolean;
}

/** The summary that `ActionSink.end` receives. */
export interface InferenceReport {
  /** The level that was used. */
  readonly level: EvidenceLevel;
  /** What the facts rest on, in words: "lazy/sw", "task_newtask", "tlb_flush", … */
  readonly evidence: readonly string[];
  /** Switches by class, "unknown" included. */
  readonly switches: ReadonlyMap<SwitchClass, number>;
  /** Switches by how sure their class is. */
  readonly switchesBySure: ReadonlyMap<Sure, number>;
  readonly exitMm: number;
  readonly finalMmput: number;
  /** How many final mmputs happened with so many other CPUs lazy on the mm; index −1 is unknown. */
  readonly lazyCpusAtFinalMmput: ReadonlyMap<number, number>;
  readonly observed: ReadonlyMap<ObservedFigure, number>;
  readonly conflicts: ReadonlyMap<ConflictKind, number>;
  readonly synthetic: ReadonlyMap<SyntheticKind, number>;
  /** Losses reported by the reader: places, and events where counted. */
  readonly lostPlaces: number;
  readonly lostEvents: number;
  /** The most switches that were held back at once for later evidence. */
  readonly longestWindow: number;
  readonly tasks: number;
  /** Address spaces in order of appearance, without init_mm. */
  readonly mms: readonly MmRecord[];
}
