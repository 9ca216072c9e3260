/**
 * What a litmus test came to: the figures and states that herd7 prints, and, where asked for, why an outcome cannot be.
 * Counts are of consistent executions: of ways to choose what each read reads and in which order writes hit memory.
 */

import { count, list, measure, object, only, optional, type Read, string, word } from "./schema.ts";

export const QUANTIFIERS = ["exists", "~exists", "forall"] as const;
export type LitmusQuantifier = (typeof QUANTIFIERS)[number];

/** One test under one memory model. */
export interface LitmusResult {
  readonly name: string;
  readonly file: string;
  readonly model: string;
  readonly quantifier: LitmusQuantifier;
  /** With its quantifier: "exists (0:r1=1 /\ [x]=2)". */
  readonly condition: string;
  /** Distinct final states over what the question names: "0:r1=0; [x]=2;". */
  readonly states: readonly string[];
  /** Executions whose final state satisfies the condition's proposition, and those whose does not. */
  readonly positive: number;
  readonly negative: number;
  /** Flags of the model that some execution raised ("data-race"). */
  readonly flags: readonly string[];
  /** Executions that go round a loop more often than this were left out: the counts are of the others. */
  readonly bound?: number;
  /** The search ended after so many steps (`--steps`): what was found is not all there is. */
  readonly limit?: number;
  /**
   * Executions with equal futures were explored once (`--merge`). Then `positive` and `negative` count final states, and
   * `stuck` and `faults` say no more than whether there are any.
   */
  readonly merged?: LitmusMerging;
  /** Executions in which some thread waits for ever. They count neither way. */
  readonly stuck: number;
  /** Executions that access no variable, or release a lock that is not held. They count neither way. */
  readonly faults: number;
  /** Tags of the test's accesses and fences that the model does not mention. */
  readonly unheard: readonly string[];
  readonly seconds: number;
  /** The file's own `Hash=` line. */
  readonly hash?: string;
  /** Asked for, and the proposition holds in no execution. */
  readonly why?: LitmusReason;
  /** Asked for: one execution as a drawing. */
  readonly drawing?: LitmusDrawing;
}

/** A search that left out what it had been at. */
export interface LitmusMerging {
  /** Nodes explored, and nodes left out because one like them had been. */
  readonly explored: number;
  readonly left: number;
  /** Flags that executions which were left out might raise: nobody looked. */
  readonly flags: readonly string[];
}

/** Why an outcome cannot be: an execution that shows it, and the axiom that forbids that execution. */
export interface LitmusReason {
  /** Empty when no execution, consistent or not, shows the outcome: values that depend on themselves are not built. */
  readonly axiom: string;
  readonly kind: string;
  /** The cycle, or what should not be there, edge by edge. */
  readonly edges: readonly LitmusEdge[];
  /** Candidate executions with the outcome, all of them rejected. */
  readonly candidates: number;
  /** There are more executions than were looked at: that none was found says nothing. */
  readonly cut?: true;
}

/** "P0:12 WRITE_ONCE(*x, 1)" –via→ …; events by their position in `events` of the drawing. */
export interface LitmusEdge {
  readonly from: string;
  readonly to: string;
  readonly via: string;
}

/** An execution graph. */
export interface LitmusDrawing {
  readonly title: string;
  readonly threads: number;
  readonly events: readonly {
    /** −1 for an initial write. */
    readonly thread: number;
    /** "W[once] x=1". */
    readonly label: string;
    readonly line: number;
  }[];
  /** By index into `events`. */
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly relation: string;
    /** A step of the cycle that the model refuses. */
    readonly refused?: true;
  }[];
}

const edge: Read<LitmusEdge> = object({ from: string, to: string, via: string });

const reason: Read<LitmusReason> = object({
  axiom: string,
  kind: string,
  edges: list(edge),
  candidates: count,
  cut: optional(only(true)),
});

/** −1 and up. */
const threadNumber: Read<number> = (value, path) => (value === -1 ? -1 : count(value, path));

const drawing: Read<LitmusDrawing> = object({
  title: string,
  threads: count,
  events: list(object({ thread: threadNumber, label: string, line: count })),
  edges: list(object({ from: count, to: count, relation: string, refused: optional(only(true)) })),
});

export const litmus: Read<LitmusResult> = object({
  name: string,
  file: string,
  model: string,
  quantifier: word(QUANTIFIERS),
  condition: string,
  states: list(string),
  positive: count,
  negative: count,
  flags: list(string),
  bound: optional(count),
  limit: optional(count),
  merged: optional(object({ explored: count, left: count, flags: list(string) })),
  stuck: count,
  faults: count,
  unheard: list(string),
  seconds: measure,
  hash: optional(string),
  why: optional(reason),
  drawing: optional(drawing),
});
