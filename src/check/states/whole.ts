/**
 * The whole execution graph of a witness, for people: its moves are followed once more in a memory that forgets nothing
 * (`weak/whole_memory.ts`), and the model is asked which order is missing (`weak/missing_order.ts`).
 */
import { present } from "../../base/assert.ts";
import type { WitnessEvent, WitnessGraph, WitnessOrder, WitnessPair } from "../../evidence/witness_graph.ts";
import type { Op, Position, Program } from "../../ir/types.ts";
import type { Model } from "../../memory/model.ts";
import { type Fault, World, type WorldOptions } from "../../world/world.ts";
import { closedCycle } from "../weak/closed_cycle.ts";
import { baseEdges, onCycles } from "../weak/cycles.ts";
import { type MissingOrder, OrderQuestions } from "../weak/missing_order.ts";
import { WholeMemory } from "../weak/whole_memory.ts";
import { finalFault } from "./search.ts";
import { showValue } from "./timeline.ts";

/** Room for events; a longer execution has no graph. */
const CAPACITIES = [128, 256, 512, 1024];
/** Orderings in the evidence. */
const MOST_MISSING = 8;

export interface Whole {
  readonly graph: WitnessGraph;
  /** What is to be said of the n-th noted op. */
  readonly remarks: ReadonlyMap<number, string>;
}

interface Noted {
  readonly cpu: number;
  readonly at: number;
}

/** Undefined when the execution is too long, or cannot be followed to the fault of the property. */
export function wholeExecution(
  program: Program,
  model: Model,
  options: WorldOptions,
  moves: readonly number[],
  fault: Fault,
): Whole | undefined {
  for (const capacity of CAPACITIES) {
    const execution = new Execution(program, model, options, capacity);
    const followed = execution.follow(moves, fault);
    if (followed === "broken") return undefined;
    if (followed === "whole") return execution.told();
  }
  return undefined;
}

class Execution {
  readonly #world: World;
  readonly #memory: WholeMemory;
  readonly #notes: Noted[] = [];
  readonly #capacity: number;

  constructor(program: Program, model: Model, options: WorldOptions, capacity: number) {
    this.#capacity = capacity;
    let made: WholeMemory | undefined;
    this.#world = new World(program, {
      ...options,
      memory: (shape) => {
        made = new WholeMemory(shape, model, capacity);
        return made;
      },
      onNote: (func, pc, cpu) => {
        this.#memory.noted++;
        this.#notes.push({ cpu, at: program.funcs[func]?.ops[pc]?.at ?? -1 });
      },
    });
    this.#memory = present(made, "memory");
  }

  /** "full": there is more than there is room for. */
  follow(moves: readonly number[], fault: Fault): "whole" | "full" | "broken" {
    const world = this.#world;
    const state = world.initial();
    for (const [i, move] of moves.entries()) {
      world.apply(state, move);
      if (this.#memory.full) return "full";
      const early = world.fault !== undefined && i + 1 < moves.length;
      if (early || world.refused || world.outOf !== undefined) return "broken";
    }
    const broken = world.fault ?? finalFault(world, state);
    if (broken?.property !== fault.property) return "broken";
    this.#memory.keepDeath();
    // A full barrier may be asked for at every place.
    return 2 * this.#memory.graph.n + 8 > this.#capacity ? "full" : "whole";
  }

  told(): Whole {
    const { graph } = this.#memory;
    const sections = Int32Array.from({ length: graph.n }, (_, e) => this.#memory.classOf(e)?.section ?? 0);
    const taggable = (e: number): boolean => hasTaggedForm(this.#memory.origins[e]?.op);
    const found = new OrderQuestions(graph, this.#memory.judge(), sections, taggable).answer();
    const events = Array.from({ length: graph.n }, (_, e) => this.#event(e));
    const more = found.length > MOST_MISSING ? { more: true } : {};
    return {
      graph: {
        events,
        edges: [...baseEdges(graph)],
        sequential: !onCycles(graph, new Int32Array(graph.n)).includes(1),
        missing: found.slice(0, MOST_MISSING).map((order) => this.#order(order)),
        ...more,
      },
      remarks: this.#remarks(events),
    };
  }

  // ---- events --------------------------------------------------------------------------------------------------

  #event(e: number): WitnessEvent {
    const { graph } = this.#memory;
    const cls = this.#memory.classOf(e);
    const { op, what, step = 0 } = this.#memory.origins[e] ?? {};
    const cpu = Math.max(-1, graph.thread[e] ?? -1);
    const isRead = (graph.source[e] ?? -1) >= 0;
    const kind = isRead ? "read" : (graph.place[e] ?? -1) >= 0 ? "write" : "fence";
    const overtaken = this.#overtaken(e);
    const update = (graph.partner[e] ?? -1) >= 0 || graph.partner[e + 1] === e;
    return {
      cpu,
      step: cpu < 0 ? 0 : step,
      kind,
      tags: (cls?.names ?? []).filter((name) => !KINDS.includes(name)),
      place: this.#place(e, what),
      value: kind === "fence" ? "" : this.#value(e),
      ...(update ? { update } : {}),
      ...(cpu < 0 ? NOWHERE : this.#position(op)),
      ...(what === undefined || cpu < 0 ? {} : { what }),
      ...(overtaken < 0 ? {} : { overtaken }),
    };
  }

  #place(e: number, what: string | undefined): string {
    const cell = this.#memory.cellOf(e);
    if (cell < 0) return "";
    const { layout, program } = this.#world;
    const place = this.#memory.objectAt(cell);
    if (place === undefined) return layout.names[cell] ?? what ?? "message";
    const field = program.structs[place.struct]?.fields[place.field]?.name ?? "?";
    return `${this.#world.objectName(place.struct, place.object)}.${field}`;
  }

  #value(e: number): string {
    const { graph } = this.#memory;
    const value = graph.value[e] ?? 0;
    const source = graph.source[e] ?? -1;
    if (this.#memory.classOf(source < 0 ? e : source)?.poison === true) return "freed";
    const place = this.#memory.objectAt(this.#memory.cellOf(e));
    if (place === undefined) return String(value);
    const field = this.#world.program.structs[place.struct]?.fields[place.field];
    return showValue(this.#world, field?.type, value);
  }

  #position(op: Op | undefined): Pick<WitnessEvent, "stack" | "file" | "line"> {
    const { positions } = this.#world.program;
    const own = op === undefined ? undefined : positions[op.at];
    if (own === undefined) return NOWHERE;
    return { stack: stackOf(positions, own), file: own.file, line: own.line };
  }

  /** A write that was made before the event and comes behind it, or behind what it reads, nevertheless; −1. */
  #overtaken(e: number): number {
    const { graph } = this.#memory;
    const write = (graph.source[e] ?? -1) >= 0 ? (graph.source[e] ?? -1) : e;
    if ((graph.thread[e] ?? -1) < 0 || (graph.place[write] ?? -1) < 0) return -1;
    const row = (graph.location[write] ?? 0) * graph.writes;
    const count = graph.count[graph.location[write] ?? 0] ?? 0;
    for (let i = (graph.place[write] ?? 0) + 1; i < count; i++) {
      const other = graph.order[row + i] ?? 0;
      if (other < e && (graph.thread[other] ?? -1) >= 0) return other;
    }
    return -1;
  }

  #remarks(events: readonly WitnessEvent[]): Map<number, string> {
    const remarks = new Map<number, string>();
    for (const [e, event] of events.entries()) {
      const origin = this.#memory.origins[e];
      const remark = this.#ahead(e, events) ?? disorder(event, events[event.overtaken ?? -1]);
      if (remark !== undefined && origin?.op !== undefined) remarks.set(origin.noted, remark);
    }
    return remarks;
  }

  /** What is to be said of a read that takes a later write. */
  #ahead(e: number, events: readonly WitnessEvent[]): string | undefined {
    const source = this.#memory.graph.source[e] ?? -1;
    const write = source > e ? events[source] : undefined;
    return write && `takes what CPU ${write.cpu} writes at step ${write.step}`;
  }

  // ---- what is missing -----------------------------------------------------------------------------------------

  #order({ pairs, explanation }: MissingOrder): WitnessOrder {
    return {
      pairs: pairs.map((pair) => ({ ...pair, functions: this.#functions(pair) })),
      axiom: explanation?.axiom ?? "",
      cycle: closedCycle(this.#memory.graph, pairs, explanation),
    };
  }

  /** Where the CPU of a pair is between the two. */
  #functions({ before, after }: Pick<WitnessPair, "before" | "after">): string[] {
    const { origins, graph } = this.#memory;
    const from = origins[before]?.noted ?? 0;
    const to = origins[after]?.noted ?? 0;
    const cpu = graph.thread[before];
    const stacks = this.#notes.slice(from, to + 1).flatMap((note) => {
      const { positions } = this.#world.program;
      return note.cpu === cpu ? [stackOf(positions, positions[note.at])] : [];
    });
    // Frames that never leave say nothing, unless there is an op of their own.
    const inner = new Set(stacks.map((stack) => stack.at(-1)));
    const common = (name: string): boolean =>
      !inner.has(name) && stacks.every((stack) => stack.includes(name));
    return [...new Set(stacks.flat())].filter((name) => !common(name));
  }
}

/** What is to be said of an access that `by` was made before, and does not go behind. */
function disorder({ kind }: WitnessEvent, by: WitnessEvent | undefined): string | undefined {
  if (by === undefined) return undefined;
  const when = `at step ${by.step}`;
  return kind === "read"
    ? `stale: CPU ${by.cpu} has made it ${by.value} ${when}`
    : `goes before what CPU ${by.cpu} has written ${when}`;
}

/** Functions from the outermost to the one whose text a position is. */
function stackOf(positions: Program["positions"], own: Position | undefined): string[] {
  const stack: string[] = [];
  for (let p = own; p !== undefined; p = positions[p.caller]) stack.unshift(p.func);
  return stack;
}

/** The kernel has a form of the access that acquires, or releases. */
function hasTaggedForm(op: Op | undefined): boolean {
  if (op?.op === "rmw") return op.result !== "none";
  return op !== undefined && ["load", "store", "await", "cmpxchg", "add-unless"].includes(op.op);
}

const NOWHERE = { stack: [], file: "", line: 0 };
/** Sets that say what an event is, which `kind` does. */
const KINDS = ["R", "W", "M", "F", "RMW", "X", "IW", "FW", "LKR", "LKW", "UL", "LF", "RL", "RU"];
