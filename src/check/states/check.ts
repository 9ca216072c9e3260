/**
 * Checks one linked program exhaustively and says what it found, with a witness when something is broken.
 *
 * Two searches, so that the answer is both cheap and short: the first uses every reduction; when it finds a violation,
 * a second one without ample sets looks for a shorter path to a violation, within a budget. The shorter one becomes the
 * witness. Where the first had no ample sets its path is a shortest already.
 */

import { internalBug, present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type {
  CheckResult,
  Property,
  SearchFigures,
  Timeline,
  Verdict,
  Violation,
} from "../../evidence/types.ts";
import { PROPERTIES } from "../../evidence/types.ts";
import type { WitnessGraph } from "../../evidence/witness_graph.ts";
import type { Program } from "../../ir/types.ts";
import type { Model } from "../../memory/model.ts";
import type { Cover } from "../../world/cover.ts";
import { STORE_DEPTHS } from "../../world/store_buffer.ts";
import { type Fault, type MemoryModel, MOVE_BITS, World, type WorldOptions } from "../../world/world.ts";
import type { Keep } from "../weak/compact.ts";
import { MOST_STALE } from "../weak/liveness.ts";
import { WeakMemory } from "../weak/memory.ts";
import { Packer } from "./pack.ts";
import { plainest } from "./plainest.ts";
import { searchInRounds } from "./rounds.ts";
import {
  finalFault,
  MOST_MOVES,
  type SearchLimits,
  type SearchResult,
  STORE_LIMIT,
  type Step,
  search,
  takesAmple,
} from "./search.ts";
import { findRenamings, loopsOverCpus, type Renaming } from "./symmetry.ts";
import { makeTimeline, type Note, runningOn } from "./timeline.ts";
import { wholeExecution } from "./whole.ts";
import {
  concreteMoves,
  followWitness,
  formatWitness,
  type ParsedWitness,
  parseWitness,
  type WitnessMode,
} from "./witness.ts";

/** What is checked, as the evidence names it. */
export interface CheckNames {
  readonly scheme: string;
  readonly scenario: string;
  readonly arch: string;
  readonly mutation?: string;
}

export interface CheckOptions {
  /** Absent: sequentially consistent. */
  readonly model?: MemoryModel;
  /** A memory model of its own, by the name that the evidence gives it; `model` is then absent. */
  readonly graphs?: { readonly name: string; readonly model: Model };
  readonly cpus: number;
  readonly limits: SearchLimits;
  readonly partialOrder: boolean;
  readonly symmetry: boolean;
  /** Whether last switches may come unsettled (`run_queue.ts`); absent, where memory is weak. */
  readonly unsettled?: boolean;
  /** Properties to look for, as a mutation names them; absent, all. See `SearchOptions.accept`. */
  readonly accept?: readonly Property[];
  /** Where to note what is executed. The search then goes on after a violation. */
  readonly cover?: Cover;
  /**
   * A violation is expected: then ample sets, which make the first path found a longer one, are left out, and the search
   * need not be repeated for a shortest.
   */
  readonly expectsViolation?: boolean;
  /** A clock in seconds; the core has none. */
  readonly now: () => number;
  /** States stored and states expanded so far; returning true stops the search. */
  readonly onProgress?: (states: number, expanded: number) => boolean;
}

export const DEFAULT_LIMITS: SearchLimits = { states: 40_000_000, bytes: 3_000_000_000 };

/**
 * The limit of a search whose violation the whole graph forbids. It is repeated once with a memory that leaves less out.
 */
const PRECISION = "precision";
/** The limit of a search that met an execution with more live events than there is room for. It is repeated once with more. */
const EVENTS = "events";

/** States that the search for a shorter witness may take. */
const SHORTEN_STATES = 400_000;

/** Checks `program`. Never throws for what the program does; `InputError` where the scenario cannot be set up. */
export function checkProgram(program: Program, names: CheckNames, options: CheckOptions): CheckResult {
  const start = options.now();
  let { setup, found, verdict } = searchAndJudge(program, options, { keep: "least" });
  if (verdict.kind === "bounded" && verdict.limit === EVENTS)
    ({ setup, found, verdict } = searchAndJudge(program, options, { keep: "least", capacity: WIDE }));
  if (verdict.kind === "bounded" && verdict.limit === PRECISION)
    ({ setup, found, verdict } = searchAndJudge(program, options, PRECISE));
  const figures = figuresOf(found, setup.renamings, options, options.now() - start);
  return {
    ...names,
    model: options.graphs?.name ?? options.model ?? "sc",
    cpus: options.cpus,
    verdict,
    search: figures,
  };
}

function searchAndJudge(
  program: Program,
  options: CheckOptions,
  kept: Kept,
): { setup: Setup; found: SearchResult; verdict: Verdict } {
  const { setup, found } = searchDeepEnough(program, options, kept);
  return { setup, found, verdict: verdictOf(program, setup, found, options) };
}

/** Searches with the shortest store buffers that are never full, or the longest there are. */
function searchDeepEnough(
  program: Program,
  options: CheckOptions,
  kept: Kept,
): { setup: Setup; found: SearchResult } {
  const last = STORE_DEPTHS.length - 1;
  for (let i = 0; ; i++) {
    const setup = prepare(program, options, present(STORE_DEPTHS[i], "depth"), kept);
    const found = searchInRounds(setup.world, {
      limits: options.limits,
      renamings: setup.renamings,
      partialOrder: usesAmple(setup.world, options),
      ...acceptOf(options),
      seeAll: options.cover !== undefined,
      fullEnds: i < last,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    const full = found.end.kind === "limit" && found.end.limit === STORE_LIMIT;
    if (i === last || !full) return { setup, found };
  }
}

/** Replays a witness: the violation it leads to, or an `InputError` when it leads to none. */
export function replayWitness(
  program: Program,
  names: CheckNames,
  options: CheckOptions,
  text: string,
): CheckResult {
  const start = options.now();
  const witness = parseWitness(text, program);
  const violation = renderWitness(program, options, witness, text.trim());
  if (violation === undefined) throw new InputError("witness: it leads to no violation of this program");
  const search: SearchFigures = {
    states: 0,
    transitions: 0,
    depth: 0,
    seconds: options.now() - start,
    peakBytes: 0,
    bytesPerState: 0,
    symmetries: 1,
    partialOrder: false,
  };
  return {
    ...names,
    model: options.graphs?.name ?? witness.model,
    cpus: options.cpus,
    verdict: { kind: "violated", violation },
    search,
  };
}

interface Setup extends WitnessMode {
  readonly world: World;
  readonly renamings: readonly Renaming[];
}

/** Builds the world, with CPU loops in any order where that makes CPUs interchangeable. */
function prepare(program: Program, options: CheckOptions, storeDepth: number, kept: Kept): Setup {
  const { cpus, partialOrder, model = "sc" } = options;
  const graphs = options.graphs !== undefined;
  const cover = options.cover === undefined ? {} : { cover: options.cover };
  const how = { partialOrder, model, storeDepth, graphs };
  const memory = { ...memoryOf(options, kept), ...unsettledOf(options) };
  const build = (anyOrder: boolean): World =>
    new World(program, { cpus, anyOrder, ...how, ...memory, ...cover });
  const ordered = build(false);
  // The threads of a graph would have to be renamed with the CPUs.
  const renamings = options.symmetry && options.graphs === undefined ? findRenamings(ordered) : [];
  // What can be renamed does not depend on the order of loops; the tables of the renamings do.
  if (renamings.length === 0 || !loopsOverCpus(ordered))
    return { world: ordered, renamings, anyOrder: false, ...how };
  const world = build(true);
  return { world, renamings: findRenamings(world), anyOrder: true, ...how };
}

/** What a memory keeps of an execution, and the events that it has room for; absent, as many as will mostly do. */
interface Kept {
  readonly keep: Keep;
  readonly capacity?: number;
  readonly mostStale?: number;
}

/** Room for the events of a search that has outgrown the usual. */
const WIDE = 128;
/** Of a search whose violation may rest on what the first one left out. */
const PRECISE: Kept = { keep: "barriers", capacity: WIDE, mostStale: 4 * MOST_STALE };
/** The same where one execution is followed and nothing is left out of its graph. */
const EXACT: Kept = { keep: "all", capacity: 512, mostStale: Number.POSITIVE_INFINITY };

/** The memory of a world that is checked under a model of its own. */
function memoryOf(
  { graphs }: CheckOptions,
  { keep, capacity, mostStale }: Kept,
): Pick<WorldOptions, "memory"> {
  if (graphs === undefined) return {};
  return { memory: (shape) => new WeakMemory(shape, graphs.model, keep, capacity, mostStale) };
}

function unsettledOf({ unsettled }: CheckOptions): Pick<WorldOptions, "unsettled"> {
  return unsettled === undefined ? {} : { unsettled };
}

/** A NULL dereference counts as `bug`. */
function acceptOf({ accept }: CheckOptions): { accept?: ReadonlySet<string> } {
  if (accept === undefined) return {};
  return { accept: new Set<string>(accept.includes("bug") ? [...accept, "null"] : accept) };
}

function verdictOf(program: Program, setup: Setup, found: SearchResult, options: CheckOptions): Verdict {
  const { end } = found;
  if (end.kind === "exhausted") return exhausted(setup.world);
  if (end.kind === "limit") return { kind: "bounded", limit: end.limit, detail: end.detail };
  setup.world.memory?.followPaths();
  const { path, fault } = shorterPath(setup, end, options) ?? end;
  const packer = new Packer(setup.world, setup.renamings);
  const moves = concreteMoves(setup.world, packer, path, fault.property);
  const violation = confirmedPlain(program, setup, moves, fault, options);
  if (violation !== undefined) return { kind: "violated", violation };
  const detail = `a violation (${fault.property}) that rests on order which the search left out of its graphs`;
  return { kind: "bounded", limit: PRECISION, detail };
}

/** The violation with as little disorder as will do, or else as it was found. */
function confirmedPlain(
  program: Program,
  setup: Setup,
  moves: readonly number[],
  fault: Fault,
  options: CheckOptions,
): Violation | undefined {
  const plain = options.graphs === undefined ? moves : plainest(setup.world, moves, fault);
  const found = confirmed(program, options, formatWitness(setup.world, setup, plain));
  if (found !== undefined || plain === moves) return found;
  return confirmed(program, options, formatWitness(setup.world, setup, moves));
}

/**
 * The violation at the end of a witness that the search has just found; undefined when it rests on what the search left
 * out of its graphs (`weak/compact.ts`), and the whole graph forbids it.
 */
function confirmed(program: Program, options: CheckOptions, text: string): Violation | undefined {
  try {
    const found = renderWitness(program, options, parseWitness(text, program), text);
    if (found !== undefined || options.graphs !== undefined) return found;
  } catch (error) {
    if (options.graphs === undefined || !(error instanceof InputError)) throw error;
    return undefined;
  }
  return internalBug("the violation that was just found is gone");
}

/**
 * Limits of searches that visited every state there is, of a kind of executions that is the same for every program: what
 * holds, holds among those.
 */
export const LEFT_OUT: readonly string[] = ["stale reads", "load buffering"];

/** What an emptied queue proves. */
function exhausted({ memory }: World): Verdict {
  if (memory?.full === true)
    return { kind: "bounded", limit: EVENTS, detail: "an execution had more live events than are kept" };
  if (memory?.limited === true)
    return {
      kind: "bounded",
      limit: "stale reads",
      detail: `no CPU misses more than ${MOST_STALE} writes of a location`,
    };
  const leftOut = memory?.leftOut;
  if (leftOut !== undefined) return { kind: "bounded", limit: "load buffering", detail: leftOut };
  return { kind: "proved" };
}

/** Whether the first search takes ample sets. */
function usesAmple(world: World, options: CheckOptions): boolean {
  return options.partialOrder && options.expectsViolation !== true && takesAmple(world);
}

/** A shorter path to a violation that is as welcome as `known`, from a search without partial-order reduction. */
function shorterPath(
  setup: Setup,
  known: { readonly path: readonly Step[]; readonly fault: Fault },
  options: CheckOptions,
): { readonly path: readonly Step[]; readonly fault: Fault } | undefined {
  if (!usesAmple(setup.world, options)) return undefined;
  const { end } = search(setup.world, {
    limits: { states: SHORTEN_STATES, bytes: 1_000_000_000 },
    renamings: setup.renamings,
    partialOrder: false,
    ...acceptOf(options),
  });
  if (end.kind !== "fault" || end.path.length >= known.path.length) return undefined;
  const welcome = options.accept === undefined || end.fault.property === known.fault.property;
  return welcome ? end : undefined;
}

function figuresOf(
  found: SearchResult,
  renamings: readonly Renaming[],
  options: CheckOptions,
  seconds: number,
): SearchFigures {
  return {
    states: found.states,
    transitions: found.transitions,
    depth: found.depth,
    seconds,
    peakBytes: found.peakBytes,
    bytesPerState: found.wordsPerState * 4,
    symmetries: renamings.length + 1,
    partialOrder: options.partialOrder,
  };
}

/** Follows a witness with tracing on; undefined when it ends in a good state. */
function renderWitness(
  program: Program,
  options: CheckOptions,
  witness: ParsedWitness,
  text: string,
): Violation | undefined {
  const notes: Note[] = [];
  let step = 0;
  let who: ReturnType<typeof runningOn> = { task: "", context: "task" };
  const { anyOrder, partialOrder, model, storeDepth } = witness;
  const how = { cpus: options.cpus, anyOrder, partialOrder, model, storeDepth, ...unsettledOf(options) };
  const moves: number[] = [];
  const world: World = new World(program, {
    ...how,
    ...memoryOf(options, EXACT),
    onDrain: (cpu, cell, before, after) => {
      notes.push({ step, func: -1, pc: -1, cpu, object: cell, before, after, ...who });
    },
    onNote: (func, pc, cpu, object, before, after) => {
      notes.push({ step, func, pc, cpu, object, before, after, ...who });
    },
  });
  const final = followWitness(world, witness, (state, move) => {
    step++;
    moves.push(move);
    who = runningOn(world, state, move >> MOVE_BITS);
  });
  const ended = world.fault === undefined && world.transitions(final, new Int32Array(MOST_MOVES)) === 0;
  const fault = world.fault ?? (ended ? finalFault(world, final) : undefined);
  if (fault === undefined) return undefined;
  const { graphs } = options;
  const whole = graphs && wholeExecution(program, graphs.model, how, moves, fault);
  const timeline = makeTimeline(world, notes, final, fault, whole?.remarks);
  return violationOf(world, fault, text, timeline, whole?.graph);
}

function violationOf(
  world: World,
  fault: Fault,
  witness: string,
  timeline: Timeline,
  graph: WitnessGraph | undefined,
): Violation {
  const violation = { property: propertyOf(fault), summary: summarise(world, fault), witness, timeline };
  return graph === undefined ? violation : { ...violation, graph };
}

function propertyOf(fault: Fault): Property {
  const id = fault.property === "null" ? "bug" : fault.property;
  if (!(id in PROPERTIES)) internalBug(`unknown property ${id}`);
  return id as Property;
}

/** The broken property in words. */
function summarise(world: World, fault: Fault): string {
  const place = world.program.positions[fault.at];
  const where = place === undefined ? "" : ` in ${place.func} (${place.file}:${place.line})`;
  const object = world.objectName(fault.struct, fault.object);
  switch (fault.property) {
    case "root":
      return fault.holder === ""
        ? `${object} is loaded after it was freed${where}`
        : `${object} is freed${where} while ${fault.holder} still points at it`;
    case "double-free":
      return `${object} is freed a second time${where}`;
    case "underflow":
      return `a counter of ${object} drops below zero${where}`;
    case "leak":
      return `every user of ${object} is gone and every CPU has moved on, but nobody freed it`;
    case "hang":
      return fault.holder === ""
        ? `a wait that cannot end${where}`
        : `${fault.holder} wait for what cannot come`;
    case "null":
      return `NULL is dereferenced${where}`;
    case "bug":
      return `a self-check of the kernel fires${where}`;
    default:
      // `uaf`, or another property that a specimen names: of a freed object, or in an assertion.
      if (fault.object === 0) return `an assertion about \`${fault.property}\` fires${where}`;
      if (fault.at < 0) return `${fault.holder} reaches ${object} after it was freed`;
      return `${object} is used after it was freed${where}`;
  }
}
