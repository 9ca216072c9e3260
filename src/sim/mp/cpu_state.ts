/** What the CPUs of a machine are made of: memory, lines, and one cell per CPU of everything that a CPU has. */

import { present } from "../../base/assert.ts";
import type { Program, StructId } from "../../ir/types.ts";
import { type MaskOps, maskOps } from "../masks.ts";
import { Accesses } from "./accesses.ts";
import { CATEGORIES } from "./breakdown.ts";
import { type FigureName, pricesOf } from "./figures.ts";
import { Lines } from "./lines.ts";
import { Memory } from "./memory.ts";
import type { AtomicStyle, Profile } from "./profile.ts";
import { Topology } from "./topology.ts";

/** Activations per CPU: the task's, and a handler's on top. */
export const LEVELS = 2;

export class CpuState {
  readonly program: Program;
  readonly profile: Profile;
  /** The profile's figures, picoseconds. */
  readonly prices: Readonly<Record<FigureName, number>>;
  readonly topology: Topology;
  readonly cpus: number;
  readonly atomics: AtomicStyle;
  readonly memory: Memory;
  readonly lines: Lines;
  readonly masks: MaskOps;
  /** Until when a CPU's past is settled. */
  readonly clocks: Float64Array;
  /** Of the CPU that runs: until when it may make requests, and until when its hits may run ahead. */
  readonly limits = new Float64Array(2);
  readonly accesses: Accesses;
  /** By activation: the next op, and the body. */
  readonly pcs: Int32Array;
  protected readonly running: Int32Array;
  readonly irqsOff: Uint8Array;
  readonly current: Int32Array;
  readonly roots: Int32Array;
  /** What the last entry point returned. */
  readonly results: Int32Array;
  /** IPIs that the CPU has sent and that are not handled. */
  readonly outstanding: Int32Array;
  readonly counts = new Float64Array(2);
  readonly cores: Int32Array;
  /** Picoseconds by category, and by source position. */
  readonly time = new Float64Array(CATEGORIES.length);
  readonly at: Float64Array;
  readonly mode: Uint8Array;
  /** A CPU whose TLB has been flushed or that has changed its root: its next user code refills it. */
  readonly cold: Uint8Array;
  /** The activation that runs, and the mode that a handler has interrupted. */
  protected readonly level: Uint8Array;
  protected readonly below: Uint8Array;
  /** When a delay ends, an idle CPU goes on, the last answer to an IPI is there. */
  protected readonly resume: Float64Array;
  protected readonly delayCategory: Uint8Array;
  /** What an interrupt has left of a delay. */
  protected readonly rest: Float64Array;
  /** Where a CPU waits for its IPIs, and since when they are out. */
  protected readonly waitAt: Int32Array;
  protected readonly waitFrom: Float64Array;

  constructor(program: Program, profile: Profile, cpus: number, capacity: ReadonlyMap<string, number>) {
    this.program = program;
    this.profile = profile;
    this.prices = pricesOf(profile);
    this.cpus = cpus;
    this.atomics = profile.atomics;
    this.topology = new Topology(profile.shape, cpus);
    this.masks = maskOps(cpus);
    this.memory = new Memory(program, cpus, capacity);
    this.clocks = new Float64Array(cpus);
    this.at = new Float64Array(program.positions.length + 1);
    this.lines = this.makeLines();
    for (const { struct, percpu } of program.globals) {
      for (let cpu = 0; percpu && cpu < cpus; cpu++) this.placeObject(struct, cpu + 1, cpu);
    }
    this.pcs = new Int32Array(cpus * LEVELS);
    this.running = new Int32Array(cpus * LEVELS);
    this.cores = Int32Array.from({ length: cpus }, (_, cpu) => this.topology.coreOf(cpu));
    this.accesses = new Accesses(this.lines, this, this.ps("hit"));
    this.current = new Int32Array(cpus);
    this.roots = new Int32Array(cpus);
    this.results = new Int32Array(cpus);
    this.outstanding = new Int32Array(cpus);
    this.waitAt = new Int32Array(cpus);
    this.irqsOff = new Uint8Array(cpus);
    this.mode = new Uint8Array(cpus);
    this.cold = new Uint8Array(cpus);
    this.level = new Uint8Array(cpus);
    this.below = new Uint8Array(cpus);
    this.delayCategory = new Uint8Array(cpus);
    this.resume = new Float64Array(cpus);
    this.rest = new Float64Array(cpus);
    this.waitFrom = new Float64Array(cpus);
  }

  private makeLines(): Lines {
    const { lines, classes } = this.memory;
    const { clocks, time, at, limits } = this;
    const books = { clocks, time, at, limits };
    return new Lines(this.profile, this.topology, lines, classes.length, books);
  }

  /** The lines of an object are in the memory of `cpu`'s socket. */
  protected placeObject(struct: StructId, object: number, cpu: number): void {
    const { lineBase, linesPerObject } = present(this.memory.stores[struct], "struct");
    this.lines.settleAt(lineBase + object * linesPerObject, linesPerObject, cpu);
  }

  ps(name: FigureName): number {
    return this.prices[name];
  }
}
