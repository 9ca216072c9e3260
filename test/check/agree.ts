/**
 * Holds the checker against the naive engine on one program.
 *
 * The checker runs with every combination of its reductions. Without a violation both must reach the same final states
 * (memory, who ended, roots); under symmetry the checker's are multiplied out by the renamings it used. With one, what
 * the checker reports must be among what the naive engine finds broken.
 */

import { InputError } from "../../src/base/input_error.ts";
import { type SearchEnd, search } from "../../src/check/states/search.ts";
import { findRenamings, loopsOverCpus, type Renaming } from "../../src/check/states/symmetry.ts";
import { followWitness, parseWitness } from "../../src/check/states/witness.ts";
import type { Program, ValueType } from "../../src/ir/types.ts";
import { CPU, LIFE, TASK, TASK_STATE } from "../../src/world/layout.ts";
import { type MemoryModel, MOVE_BITS, World } from "../../src/world/world.ts";
import { explore, type Final, finalKey, type NaiveOptions, type NaiveResult, type Turn } from "./naive.ts";

export interface Reductions {
  readonly partialOrder: boolean;
  readonly symmetry: boolean;
  /** Not a reduction: last switches may come unsettled. */
  readonly unsettled?: boolean;
}

export const REDUCTIONS: readonly Reductions[] = [false, true].flatMap((partialOrder) =>
  [false, true].map((symmetry) => ({ partialOrder, symmetry })),
);

/** What the checker says, in the words of the naive engine. */
export interface Checked {
  /** "proved", "bounded: …" or the broken property. */
  readonly verdict: string;
  readonly states: number;
  readonly finals: ReadonlyMap<string, Final>;
  readonly renamings: number;
  /** CPU loops took any order. */
  readonly anyOrder: boolean;
}

export function check(
  program: Program,
  cpus: number,
  reductions: Reductions,
  states = 1_000_000,
  model: MemoryModel = "sc",
): Checked {
  const { symmetry, ...how } = reductions;
  const { partialOrder } = how;
  const ordered = new World(program, { cpus, anyOrder: false, model, ...how });
  const anyOrder = symmetry && loopsOverCpus(ordered);
  const world = anyOrder ? new World(program, { cpus, anyOrder, model, ...how }) : ordered;
  const renamings = symmetry ? findRenamings(world) : [];
  const finals = new Map<string, Final>();
  const result = search(world, {
    limits: { states, bytes: 1_000_000_000 },
    renamings,
    partialOrder,
    onFinal: (state) => {
      const final = projection(world, state);
      for (const image of [final, ...renamings.map((renaming) => renamed(program, final, renaming))])
        finals.set(finalKey(image), image);
    },
  });
  const verdict = verdictOf(result.end);
  return { verdict, states: result.states, finals, renamings: renamings.length, anyOrder };
}

function verdictOf(end: SearchEnd): string {
  if (end.kind === "exhausted") return "proved";
  if (end.kind === "limit") return `bounded: ${end.limit}`;
  return end.fault.property === "null" ? "bug" : end.fault.property;
}

/** A state vector as the naive engine describes a final state. */
export function projection(world: World, s: Int32Array): Final {
  const { layout, program } = world;
  const cell = (index: number): number => s[index] ?? 0;
  const objects = program.structs.map((struct, id) => {
    const list: (number[] | undefined)[] = [];
    const globals = layout.globals[id] ?? 0;
    for (let o = 1; o <= (layout.capacity[id] ?? 0); o++) {
      const life = o <= globals ? LIFE.alive : cell((layout.lifeBase[id] ?? 0) + o - globals - 1);
      if (life === LIFE.unborn) break;
      const base = (layout.objectBase[id] ?? 0) + (o - 1) * struct.fields.length;
      list.push(life === LIFE.freed ? undefined : struct.fields.map((_, f) => cell(base + f)));
    }
    return list;
  });
  const states = Object.entries(TASK_STATE);
  const names: Readonly<Record<string, string>> = { fresh: "new", runnable: "ready", blocked: "asleep" };
  const ended = Array.from({ length: layout.tasks }, (_, i) => {
    const value = cell((layout.taskBase[i + 1] ?? 0) + TASK.state);
    const name = states.find(([, number]) => number === value)?.[0] ?? "?";
    return names[name] ?? name;
  });
  const cpus = Array.from({ length: layout.cpus }, (_, c) => ({
    root: cell(c * layout.cpuStride + CPU.root),
    online: cell(c * layout.cpuStride + CPU.online) !== 0,
  }));
  return { objects, ended, cpus };
}

/** The image of a final state under a renaming of CPUs and tasks, from the definition. */
function renamed(program: Program, final: Final, { cpus, tasks }: Renaming): Final {
  const perCpu = (struct: number): boolean => program.globals.some((g) => g.percpu && g.struct === struct);
  const object = (struct: number, o: number): number => {
    if (o === 0) return 0;
    if (struct === program.taskStruct) return tasks[o] ?? o;
    return perCpu(struct) ? (cpus[o - 1] ?? o - 1) + 1 : o;
  };
  const value = (type: ValueType | undefined, v: number): number => {
    switch (type?.kind) {
      case "cpu":
        return v < 0 ? v : (cpus[v] ?? v);
      case "mask":
        return cpus.reduce((mask, to, from) => mask | (((v >> from) & 1) << to), 0);
      case "lock":
        return v === 0 ? 0 : (cpus[v - 1] ?? v - 1) + 1;
      case "ptr":
        return object(type.struct, v);
      default:
        return v;
    }
  };
  const moved = <T>(list: readonly T[], to: (index: number) => number): T[] => {
    const out = [...list];
    list.forEach((item, index) => {
      out[to(index)] = item;
    });
    return out;
  };
  return {
    objects: final.objects.map((list, struct) =>
      moved(
        list.map((fields) => fields?.map((v, f) => value(program.structs[struct]?.fields[f]?.type, v))),
        (index) => object(struct, index + 1) - 1,
      ),
    ),
    ended: moved(final.ended, (t) => (tasks[t + 1] ?? t + 1) - 1),
    cpus: moved(final.cpus, (c) => cpus[c] ?? c),
  };
}

export interface Agreement {
  readonly naive: NaiveResult;
  /** What does not agree, in words; undefined when all does. */
  readonly complaint: string | undefined;
  /** The naive engine gave up: nothing was compared. */
  readonly skipped: boolean;
  readonly symmetric: boolean;
}

/**
 * Compares all combinations of reductions with the naive engine. `fine`: local ops and dead registers count, too.
 * `unsettled`: last switches may come unsettled.
 */
export function compare(
  program: Program,
  cpus: number,
  limit: number,
  fine = true,
  unsettled = false,
): Agreement {
  const naive = new Map<boolean, NaiveResult>();
  const explored = (anyOrder: boolean): NaiveResult => {
    const known = naive.get(anyOrder);
    if (known !== undefined) return known;
    const found = explore(program, {
      cpus,
      anyOrder,
      everyOp: fine,
      forgetDead: !fine,
      limit,
      unsettled,
    });
    naive.set(anyOrder, found);
    return found;
  };
  const plain = explored(false);
  let symmetric = false;
  let skipped = !plain.complete;
  const complaints: string[] = [];
  for (const reductions of skipped ? [] : REDUCTIONS) {
    const checked = check(program, cpus, { ...reductions, unsettled });
    symmetric ||= checked.renamings > 0;
    const truth = explored(checked.anyOrder);
    skipped ||= !truth.complete;
    const complaint = truth.complete ? disagreement(truth, checked) : undefined;
    if (complaint !== undefined) complaints.push(`${JSON.stringify(reductions)}: ${complaint}`);
  }
  const complaint = complaints.length === 0 ? undefined : complaints.join("\n");
  return { naive: plain, complaint, skipped, symmetric };
}

/** What one run of the checker says that the naive engine does not, or the other way round. */
export function disagreement(naive: NaiveResult, checked: Checked): string | undefined {
  const broken = [...naive.broken].sort().join(", ");
  if (naive.broken.size > 0) {
    return naive.broken.has(checked.verdict) ? undefined : `naive: ${broken}; checker: ${checked.verdict}`;
  }
  const expected = naive.outOfObjects ? "bounded: objects" : "proved";
  if (checked.verdict !== expected) return `naive: ${expected}; checker: ${checked.verdict}`;
  const missing = [...naive.finals.keys()].filter((key) => !checked.finals.has(key));
  const surplus = [...checked.finals.keys()].filter((key) => !naive.finals.has(key));
  if (missing.length + surplus.length === 0) return undefined;
  return `of ${naive.finals.size} final states ${missing.length} are missed: ${missing[0] ?? ""}; ${surplus.length} are made up: ${surplus[0] ?? ""}`;
}

/** The turns that CPUs take along a witness: for `NaiveOptions.schedule`. */
export function turnsOf(program: Program, cpus: number, text: string): Turn[] {
  const witness = parseWitness(text, program);
  const world = new World(program, { cpus, ...witness });
  const turns: Turn[] = [];
  let cpu: number | undefined;
  followWitness(world, witness, (state, move) => {
    if (cpu !== undefined) {
      const info = world.machine.info[world.stepAt(state, cpu)];
      const at = info && { func: info.func, pc: info.pc + (info.resume ? 1 : 0) };
      const until = { task: state[cpu * world.layout.cpuStride + CPU.cur] ?? 0, at };
      turns.push({ cpu, until });
    }
    cpu = move >> MOVE_BITS;
  });
  if (cpu !== undefined) turns.push({ cpu });
  return turns;
}

/** Undefined for a program with ops that the naive engine does not model. */
export function tryToExplore(program: Program, options: NaiveOptions): NaiveResult | undefined {
  try {
    return explore(program, options);
  } catch (error) {
    if (error instanceof InputError && error.message.startsWith("the naive engine")) return undefined;
    throw error;
  }
}
