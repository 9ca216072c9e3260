/**
 * The execution graph of a violation under a memory model of its own: every event of the execution, what is related to
 * what, and which order is missing.
 */
import { boolean, count, list, object, optional, type Read, string, word } from "./schema.ts";

export interface WitnessGraph {
  /** In the order in which the machine made them; of one CPU, program order. */
  readonly events: readonly WitnessEvent[];
  /** By index into `events`; program order, coherence and from-reads to the next event only. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly relation: string }[];
  /** Some order of its steps explains the execution: no barrier forbids it. */
  readonly sequential: boolean;
  /** Orderings that would forbid the execution, each by itself, weakest first. */
  readonly missing: readonly WitnessOrder[];
  /** There are more than are listed. */
  readonly more?: boolean;
}

export interface WitnessEvent {
  /** −1 for an initial write. */
  readonly cpu: number;
  /** Number of the transition in the witness; 0 for an initial write. */
  readonly step: number;
  readonly kind: "read" | "write" | "fence";
  /** Tags of the memory model: "Acquire". */
  readonly tags: readonly string[];
  /** "mm#1.mm_count"; empty for a fence. */
  readonly place: string;
  /** What is read or written; empty for a fence. */
  readonly value: string;
  /** It belongs to an update, which reads and writes at once. */
  readonly update?: boolean;
  /** Kernel functions, outermost first; empty for what the machine does by itself. */
  readonly stack: readonly string[];
  readonly file: string;
  readonly line: number;
  /** What the machine does by itself: "ipi". */
  readonly what?: string;
  /** Of a read, the write that it should have seen; of a write, that which it has gone before: made by then. */
  readonly overtaken?: number;
}

/** What orders two accesses, weakest first. */
export const WITNESS_MEANS = ["acquire", "release", "rmb", "wmb", "mb"] as const;

export interface WitnessOrder {
  /** They have to be ordered, all of them, to forbid the execution. */
  readonly pairs: readonly WitnessPair[];
  /** The axiom that then fails, and the cycle that it rejects; `relation` is "missing" where one of the pairs is in it. */
  readonly axiom: string;
  readonly cycle: WitnessGraph["edges"];
}

/** Two events of one CPU that nothing orders. */
export interface WitnessPair {
  readonly before: number;
  readonly after: number;
  /** Each of them orders the two as far as it matters. */
  readonly means: readonly (typeof WITNESS_MEANS)[number][];
  /** Functions that the CPU is in between the two, in their order: where a fence can stand. */
  readonly functions: readonly string[];
}

/** −1 and up. */
const cpuNumber: Read<number> = (value, path) => (value === -1 ? -1 : count(value, path));

const event: Read<WitnessEvent> = object({
  cpu: cpuNumber,
  step: count,
  kind: word(["read", "write", "fence"]),
  tags: list(string),
  place: string,
  value: string,
  update: optional(boolean),
  stack: list(string),
  file: string,
  line: count,
  what: optional(string),
  overtaken: optional(count),
});

const edges = list(object({ from: count, to: count, relation: string }));

const order: Read<WitnessOrder> = object({
  pairs: list(
    object({
      before: count,
      after: count,
      means: list(word(WITNESS_MEANS)),
      functions: list(string),
    }),
  ),
  axiom: string,
  cycle: edges,
});

export const witnessGraph: Read<WitnessGraph> = object({
  events: list(event),
  edges,
  sequential: boolean,
  missing: list(order),
  more: optional(boolean),
});
