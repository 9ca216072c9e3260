/** A program made ready for one search under one model: compiled threads, numbered locations, an empty graph. */

import { present } from "../../base/assert.ts";
import type { FuncId, Program } from "../../ir/types.ts";
import type { Model, ModelChecker } from "../../memory/model.ts";
import { type BoundGraph, returnGraph, takeGraph } from "./bound.ts";
import {
  compileThread,
  locationsOf,
  planThread,
  type Site,
  type ThreadCode,
  type ThreadPlan,
} from "./code.ts";
import { isCoherent } from "./coherence.ts";
import { DEPENDENCIES, Dependencies } from "./dependencies.ts";
import { type ExecutionGraph, NOBODY } from "./graph.ts";
import { declaredObjects, type InitialValue, Locations } from "./locations.ts";
import { type Ordering, orderingOf } from "./ordering.ts";
import { Threads } from "./threads.ts";

/** Threads that run a program's functions at once. */
export interface GraphProgram {
  readonly program: Program;
  readonly threads: readonly ThreadStart[];
  /** What memory holds first; 0 where nothing is said. Objects beyond the globals exist by being named here. */
  readonly initial: readonly InitialValue[];
}

/** One thread: thread i runs on CPU i. */
export interface ThreadStart {
  readonly func: FuncId;
  readonly args?: readonly number[];
}

export interface InstanceOptions {
  /** How often a loop goes round before the execution is cut; herd7's default is 2. */
  readonly unroll: number;
  /** Generate code of the model for this program alone: for searches that take a while. */
  readonly specialise?: boolean;
  /** Find executions in which a branch's condition hangs on what comes behind its join (`guesses.ts`). */
  readonly guess?: boolean;
  /** With `guess`: find executions in which a value is computed from itself (`thin_air.ts`). */
  readonly thinAir?: boolean;
}

export const DEFAULT_UNROLL = 2;

/** Numbers of the sets of a site's events in a graph. */
interface SiteSets {
  readonly read: Int32Array;
  readonly failed: Int32Array;
  readonly write: Int32Array;
  readonly fenced: Int32Array | undefined;
}

/** Sets that an initial write is in. */
const INITIAL: readonly string[] = ["W", "M", "IW"];

export class Instance {
  readonly program: Program;
  readonly codes: readonly ThreadCode[];
  readonly locations: Locations;
  readonly graph: ExecutionGraph;
  readonly threads: Threads;
  readonly dependencies: Dependencies;
  readonly checker: ModelChecker;
  /** The model forbids what coherence forbids. */
  readonly coherent: boolean;
  readonly ordering: Ordering;
  /** Events may be held back behind those that the model orders before them. */
  readonly holdsBack: boolean;
  /** A thread stops at a read that waits. */
  readonly inOrder: boolean;
  /** Branches are guessed where waiting for their conditions leads nowhere. */
  readonly guesses: boolean;
  /** Values may be computed from themselves: where everything is ordered by its dependencies there is no such execution. */
  readonly thinAir: boolean;
  /** Per thread and op, its site. */
  readonly sites: readonly (readonly (Site | undefined)[])[];
  /** Tags of the program that the model has no set for. */
  readonly unheard: readonly string[];
  readonly model: Model;
  /** Sets of the model that no event of the program is in. */
  readonly absent: ReadonlySet<string>;
  readonly #sets = new Map<Site, SiteSets>();
  readonly #bound: BoundGraph;
  /** Initial writes. */
  readonly #initial: number;

  constructor(input: GraphProgram, model: Model, options: InstanceOptions = { unroll: DEFAULT_UNROLL }) {
    this.program = input.program;
    const locks = model.sets.includes("LKR");
    const plans = input.threads.map(({ func, args = [] }, cpu) =>
      planThread(present(input.program.funcs[func], `function ${func}`), {
        cpu,
        cpus: input.threads.length,
        args,
        unroll: options.unroll,
        locks,
      }),
    );
    const { locations, codes } = compileAll(input, plans);
    this.locations = locations;
    this.codes = codes;
    this.sites = codes.map((code) => code.sites);
    const touched = touchedLocations(codes, locations);
    const events = codes.reduce((sum, code) => sum + code.events, touched.length);
    this.coherent = isCoherent(model);
    this.ordering = orderingOf(model);
    this.holdsBack = this.ordering.plain || !this.sites.flat().some((site) => site?.plain === true);
    const used = usedSets(this.sites.flat());
    this.model = model;
    this.absent = new Set(model.sets.filter((name) => !used.has(name)));
    this.#bound = takeGraph(model, events, locations.count, options.specialise ? this.absent : undefined);
    this.graph = this.#bound.graph;
    this.checker = this.#bound.checker;
    this.unheard = [...used].filter((name) => !model.sets.includes(name));
    const keepsDependencies = DEPENDENCIES.some((name) => model.relations.includes(name));
    const words = keepsDependencies ? this.graph.words : 0;
    this.threads = new Threads(codes, this.graph, words);
    this.dependencies = new Dependencies(this.graph, words);
    this.inOrder = model.order === "program";
    // A model of a machine orders everything behind a branch after its condition.
    this.guesses = options.guess === true && !this.inOrder && !model.relations.includes("ctrl-all");
    this.thinAir = this.guesses && options.thinAir === true && !this.holdsBack;
    this.#numberSets();
    this.#initial = touched.length;
    this.#addInitial(touched);
  }

  setsOf(site: Site): SiteSets {
    return present(this.#sets.get(site), "sets of an op");
  }

  /** Gives the graph back, for another instance; this one is of no use any more. */
  release(): void {
    const { graph } = this;
    for (let event = this.#initial - 1; event >= 0; event--) {
      graph.withdraw(event);
      graph.remove();
    }
    returnGraph(this.model, this.#bound);
  }

  #numberSets(): void {
    for (const site of this.sites.flat()) {
      if (site === undefined) continue;
      const { read, failed, write, fenced } = site.sets;
      this.#sets.set(site, {
        read: this.graph.numbersOf(read),
        failed: this.graph.numbersOf(failed),
        write: this.graph.numbersOf(write),
        fenced: fenced === undefined ? undefined : this.graph.numbersOf(fenced),
      });
    }
  }

  #addInitial(touched: readonly number[]): void {
    const sets = this.graph.numbersOf(INITIAL);
    for (const location of touched) {
      const write = this.graph.add(NOBODY, 0, location, this.locations.initial[location] ?? 0, sets);
      this.graph.insert(write, 0);
    }
  }
}

/** The sets that some event may be in. */
function usedSets(sites: readonly (Site | undefined)[]): Set<string> {
  const names = new Set(["W", "M", "IW", "FW"]);
  for (const site of sites) {
    if (site === undefined) continue;
    const { read, failed, write, fenced } = site.sets;
    for (const name of [...read, ...failed, ...write, ...(fenced ?? [])]) names.add(name);
  }
  return names;
}

/** Per kind of event of a program, the sets that it is in. */
export function eventKinds(sites: Instance["sites"]): readonly ReadonlySet<string>[] {
  const kinds = sites.flat().flatMap((site) => {
    if (site === undefined) return [];
    const { read, failed, write, fenced = [] } = site.sets;
    return [read, failed, write, fenced];
  });
  return [INITIAL, ...kinds].map((names) => new Set(names));
}

/** Gives each `alloc` of the unrolled threads an object of its own, and numbers locations accordingly. */
function compileAll(
  { program, threads, initial }: GraphProgram,
  plans: readonly ThreadPlan[],
): { readonly locations: Locations; readonly codes: readonly ThreadCode[] } {
  const declared = declaredObjects(program, threads.length, initial);
  const allocated = program.structs.map(() => 0);
  const objects = plans.map(({ code }) => {
    const made = new Map<number, number>();
    for (const [pc, { op }] of code.entries()) {
      if (op?.op !== "alloc") continue;
      const count = (allocated[op.struct] ?? 0) + 1;
      allocated[op.struct] = count;
      made.set(pc, (declared[op.struct] ?? 0) + count);
    }
    return made;
  });
  const locations = new Locations(program, threads.length, initial, allocated);
  return {
    locations,
    codes: plans.map((plan, t) => compileThread(plan, locations, present(objects[t], "allocations"))),
  };
}

/** Locations that some access may go to, ascending. */
function touchedLocations(codes: readonly ThreadCode[], locations: Locations): readonly number[] {
  const touched = new Set<number>();
  for (const site of codes.flatMap((code) => code.sites)) {
    if (site === undefined || site.struct < 0) continue;
    for (const location of locationsOf(site, locations)) if (location >= 0) touched.add(location);
  }
  return [...touched].sort((a, b) => a - b);
}
