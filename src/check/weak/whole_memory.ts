/**
 * A memory that forgets nothing: one execution is followed in it, for its graph.
 *
 * There is one state at a time and no way back, so that no graph is taken apart or put together; events stay where they
 * were added, in the order of the machine's steps, and are told where they come from.
 */
import type { Op } from "../../ir/types.ts";
import type { Model, ModelChecker } from "../../memory/model.ts";
import type { MemoryShape, Message } from "../../world/graph_memory.ts";
import { LIFE } from "../../world/layout.ts";
import type { ExecutionGraph } from "../graphs/graph.ts";
import type { CellPlace } from "./accesses.ts";
import type { EventClass } from "./classes.ts";
import { WeakMemory } from "./memory.ts";

/** Where an event comes from. */
export interface Origin {
  /** Number of the move, from 1; 0 for an initial write. */
  readonly step: number;
  /** How many ops had been noted before it. */
  readonly noted: number;
  /** Absent for what the machine does by itself. */
  readonly op?: Op;
  /** What the machine does: "IPI". */
  readonly what?: string;
}

/** Tags that the questions of `missing_order.ts` bring with them. */
const ASKED = ["R", "W", "M", "F", "Mb", "Rmb", "Wmb", "Acquire", "Release"];

export class WholeMemory extends WeakMemory {
  /** Per event. */
  readonly origins: Origin[] = [];
  /** Ops noted so far; whoever is told of them counts. */
  noted = 0;
  readonly #model: Model;
  #step = 0;
  #death: { readonly step: number; readonly c: number; readonly life: number } | undefined;

  constructor(shape: MemoryShape, model: Model, capacity: number) {
    super(shape, model, "all", capacity);
    this.#model = model;
  }

  get graph(): ExecutionGraph {
    return this.live.graph;
  }

  classOf(event: number): EventClass | undefined {
    return this.live.classes[this.live.cls[event] ?? 0];
  }

  /** −1 for a fence. */
  cellOf(event: number): number {
    return this.live.cell[event] ?? -1;
  }

  /** Undefined for the cell of a task, or of a message. */
  objectAt(cell: number): CellPlace | undefined {
    return this.accesses.placeOf(cell);
  }

  /** The model, for the graph as it is and with fences and tags that the program does not have. */
  judge(): ModelChecker {
    const used = new Set([...this.live.classes.flatMap(({ names }) => names), ...ASKED]);
    return this.#model.bind(this.graph, new Set(this.#model.sets.filter((name) => !used.has(name))));
  }

  /**
   * Adds what the machine found out by a question to the graph alone, if that is what just broke: the read by which a CPU
   * finds an object dead that it still has loaded, or the place of a use behind the death.
   */
  keepDeath(): void {
    if (this.settleLate()) return;
    const death = this.#death;
    if (death === undefined || death.step !== this.#step) return;
    const { graph } = this.live;
    const source = graph.last(this.live.locationOf(death.life));
    if (source < 0) return;
    const read = this.live.add(death.c, this.classes.probe, death.life, LIFE.freed);
    graph.readFrom(source, read);
    this.#told({ what: "may find it freed" });
  }

  override open(s: Int32Array): void {
    this.s = s;
    this.refused = false;
  }

  override begin(s: Int32Array): void {
    this.open(s);
    this.#step++;
    this.live.recycleBits(this.needed());
  }

  override close(): void {}

  override access(...args: Parameters<WeakMemory["access"]>): boolean {
    return this.#told({ site: args[0] }, super.access(...args));
  }

  override fence(site: number, c: number): boolean {
    return this.#told({ site }, super.fence(site, c));
  }

  override barrier(c: number): boolean {
    return this.#told({ what: "barrier" }, super.barrier(c));
  }

  override free(c: number, struct: number, object: number, life: number): boolean {
    return this.#told({ what: "free" }, super.free(c, struct, object, life));
  }

  override mayBeDead(c: number, life: number): boolean {
    const may = super.mayBeDead(c, life);
    if (may) this.#death = { step: this.#step, c, life };
    return may;
  }

  override send(message: Message, from: number, to: number): boolean {
    return this.#told({ what: message }, super.send(message, from, to));
  }

  override receive(message: Message, from: number, to: number): boolean {
    return this.#told({ what: message }, super.receive(message, from, to));
  }

  override schedule(what: "finish" | "pick" | "wake" | "die", c: number, t: number): boolean {
    return this.#told({ what: `scheduler: ${what}` }, super.schedule(what, c, t));
  }

  override joinTasks(c: number): boolean {
    return this.#told({ what: "all have ended" }, super.joinTasks(c));
  }

  override callback(what: "queue" | "run", c: number, i: number): boolean {
    return this.#told({ what: `callback: ${what}` }, super.callback(what, c, i));
  }

  override readers(begun: number, ended: number): boolean {
    return this.#told({ what: "RCU reader" }, super.readers(begun, ended));
  }

  /** Notes where the events come from that have just been made. */
  #told({ site, what }: { readonly site?: number; readonly what?: string }, result = true): boolean {
    const { n } = this.live;
    const { origins } = this;
    if (origins.length > n) origins.length = n;
    const op = site === undefined ? undefined : this.shape.sites[site]?.op;
    while (origins.length < n) {
      origins.push({
        step: this.#step,
        noted: this.noted,
        ...(op === undefined ? {} : { op }),
        ...(what === undefined ? {} : { what }),
      });
    }
    return result;
  }
}
