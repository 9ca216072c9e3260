/**
 * Memory as an execution graph: the third kind of memory that a world may have, beside one value per cell and store
 * buffers.
 *
 * The world keeps doing what machines do: tasks, interrupts, IPIs, grace periods. Each access to a field that several
 * CPUs access, each fence, and each hand-over between contexts goes to a `GraphMemory`, which the world is given: it adds
 * events to the graph of the state and answers what a memory model allows. The state vector holds one number for the
 * graph (`Layout.graph`); the graph's cell is the only thing in a state that says more than sequential consistency would.
 *
 * An access has several *outcomes*: a read may take any write of its location, a store any place in the coherence order,
 * the newest first. `outcomes` counts what is worth trying; `access` refuses what the model forbids, and the move is then
 * none (`refused`).
 */
import type { MemoryOp, Op, Place, Program } from "../ir/types.ts";
import type { Layout } from "./layout.ts";
import { fieldKey } from "./ownership.ts";
import type { Standing } from "./standing.ts";

/** An op of a body that makes events. */
export interface GraphSite {
  readonly op: Op;
  /** The base of its place belongs to the CPU that executes it. */
  readonly own: boolean;
  /** It is the first thing that happens to an object, before anybody else knows of it. */
  readonly birth: boolean;
}

/** What a memory is built for. */
export interface MemoryShape {
  readonly program: Program;
  readonly layout: Layout;
  readonly sites: readonly GraphSite[];
  /** Fields that several CPUs access, as `fieldKey` names them. */
  readonly shared: ReadonlySet<string>;
  /** Slots for conditions that a frame has (`control.ts`). */
  readonly slots: number;
  /** Per task (from 1), the CPUs it may run on. */
  readonly affinity: Int32Array;
  /** What each context of a machine may still execute. */
  readonly standing: Standing;
  /** Whether a context of the machine in `s` still holds a pointer to an object. */
  readonly pointsTo: (s: Int32Array, struct: number, object: number) => boolean;
}

/** What passes from one CPU to another without a field of the kernel model. `from` writes, `to` reads. */
export type Message =
  /** Interrupt of CPU `to`, sent by `from`. */
  | "ipi"
  /** The handler on `from` is done; the sender is `to`. */
  | "ipi-done"
  | "nmi"
  /** CPU `from` is dead. */
  | "dead"
  /** Time has passed, and `to` sees what `from` has done. */
  | "later";

/** A violation as a world knows it (`Fault`). */
export interface Suspicion {
  readonly property: string;
  readonly at: number;
  readonly struct: number;
  readonly object: number;
  readonly holder: string;
}

export interface GraphMemory {
  /**
   * Per cell of the state vector, the reads that the register in it depends on, an opaque set; behind these `slots` for each
   * cell: those of a program counter have what the conditions that its frame is under depend on.
   */
  readonly deps: Int32Array;
  /** The model forbids what was tried: there is no such move. */
  refused: boolean;
  /** The graph has outgrown what can be kept; a search has a hole there. */
  full: boolean;
  /** A CPU could have missed more writes of a location than are kept. */
  readonly limited: boolean;
  /** Reads that wait for a write which comes after them in every order; with such a read a graph is no execution yet. */
  readonly waiting: number;
  /** Why some reads could not take a later write, if that was ever so. */
  readonly leftOut: string | undefined;
  /** A violation, if every read that waits gets its write; the first one counts. */
  suspect(fault: Suspicion): void;
  /** The one that has become true, as no read waits any more. */
  suspected(): Suspicion | undefined;
  /** More values are known to be written than the last search could let reads take before; from now on it can. */
  nextRound(): boolean;
  /** From now on paths are followed: every guess that has a number is offered. */
  followPaths(): void;
  /** The outcomes that `outcomes` has just told to be possible. */
  readonly offered: Int32Array;
  /** What the last access read, what it wrote if it did, and its read as a dependency. */
  value: number;
  now: number;
  wrote: boolean;
  bit: number;
  /** It read from, or overwrote, the death of its object. */
  poisoned: boolean;
  /** A CPU that has accessed the object of the last `free` in a way that nothing orders before it; −1. */
  late: number;
  /** Looks at the graph of `s`; begins to work on it; ends a move of CPU `c`, leaving the number of the new one there. */
  open(s: Int32Array): void;
  begin(s: Int32Array): void;
  close(s: Int32Array, c: number): void;
  /** How many outcomes the access of a site has in cell `cell`, at most: n where these are 0 … n − 1, ~n for n of `offered`. */
  outcomes(site: number, c: number, cell: number, extra: number): number;
  /** Makes the access with outcome `a`; false when it is refused. `addr`, `data`, `ctrl`: what its operands depend on. */
  access(
    site: number,
    c: number,
    cell: number,
    a: number,
    value: number,
    extra: number,
    addr: number,
    data: number,
    ctrl: number,
  ): boolean;
  /** A fence, or the begin or end of a read-side section, or the end of a grace period. */
  fence(site: number, c: number): boolean;
  /** A full barrier. */
  barrier(c: number): boolean;
  /** `object` dies at CPU `c`; `life` is its life cell. */
  free(c: number, struct: number, object: number, life: number): boolean;
  /** CPU `c` might still find dead the object whose life cell is `life`. */
  mayBeDead(c: number, life: number): boolean;
  /** What has just been added still holds when every open read-side section is closed where it is. */
  confirm(): boolean;
  send(message: Message, from: number, to: number): boolean;
  receive(message: Message, from: number, to: number): boolean;
  /** Task `t` leaves CPU `c`, is taken by it, is woken or ends there. */
  schedule(what: "finish" | "pick" | "wake" | "die", c: number, t: number): boolean;
  /** Another CPU has done something that CPU `c` may not have seen. */
  mayMiss(c: number): boolean;
  /** So much time has passed that CPU `c` sees all that the others have done: it goes on to a task that comes last. */
  settle(c: number): boolean;
  /** CPU `c` has seen every task end. */
  joinTasks(c: number): boolean;
  /** Callback `i` is queued by CPU `c`, or runs there. */
  callback(what: "queue" | "run", c: number, i: number): boolean;
  /** CPUs whose bit is set begin (end) to hold off grace periods by what they run. */
  readers(begun: number, ended: number): boolean;
}

/** Ops of places that make events when their field is shared. */
export function isPlacedEvent(
  op: Op,
  shared: ReadonlySet<string>,
): op is MemoryOp & { readonly place: Place } {
  return "place" in op && shared.has(fieldKey(op.place.struct, op.place.field));
}
