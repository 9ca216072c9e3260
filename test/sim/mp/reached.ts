/**
 * What a simulation and an exhaustive search can both say about a moment: the *projection* of a state.
 *
 * It is everything that the kernel's text can see: of `init_mm` and of the process's mm all fields, or that it is gone; of
 * every task `mm` and `active_mm`; of every per-CPU struct all fields; and per CPU which task runs and which mm is loaded.
 * Objects are named by what they are to the program ("init_mm", "mm 1", "idle 0", "task 2"), since the two engines number
 * them differently. What is not in it: where the CPUs are in their text, locks of tasks, the movers of the checker's world
 * and their mm, and anything that only the world of one engine knows (queues, clocks, affinities).
 */

import { search } from "../../../src/check/states/search.ts";
import { specimenHost } from "../../../src/cli/specimen_host.ts";
import { type CompileRequest, compile } from "../../../src/compile/compile.ts";
import type { SpecimenHost } from "../../../src/compile/host.ts";
import type { Program, ValueType } from "../../../src/ir/types.ts";
import { SIM_ENTRIES, SIM_EXTRA_ROOTS, SIM_ROOT } from "../../../src/sim/mp/entries.ts";
import { Kernel } from "../../../src/sim/mp/kernel.ts";
import type { Workload } from "../../../src/sim/mp/workload.ts";
import { CPU, LIFE } from "../../../src/world/layout.ts";
import { World } from "../../../src/world/world.ts";
import { machine } from "./support.ts";

export const CPUS = 2;
export const TASKS = 2;

/** The program of both: two threads of one process on two CPUs that idle, run, give up their CPU, and exit. */
const SCENARIO = `
import { boot_cpu, boot_mm, boot_process, boot_user, start_idle } from "../kernel/boot.ts";
import { do_exit } from "../kernel/exit.ts";
import { ret_from_fork } from "../kernel/sched.ts";
import type { task_struct } from "../kernel/task.ts";
import { run_user } from "../kernel/workload.ts";
export const NR_CPUS = ${CPUS};
export function thread(): void {
  ret_from_fork();
  run_user(get_current<task_struct>().mm);
  do_exit();
}
export function setup(): void {
  boot_mm();
  for (const cpu of for_each_possible_cpu()) { boot_cpu(cpu); start_idle(cpu); }
  const mm = boot_process();
  for (let i = 0; i < ${TASKS}; i++) boot_user(task_create<task_struct>(thread, cpumask_possible(), 0), mm);
}
`;
const SCENARIO_FILE = "scenarios/two-threads.ts";

function overlaid(changes: Readonly<Record<string, string>>): SpecimenHost {
  const base = specimenHost();
  return { base, resolve: base.resolve, read: (name) => changes[name] ?? base.read(name) };
}

function linked(request: Omit<CompileRequest, "config">): Program {
  const result = compile({ ...request, config: new Map() });
  if (!result.ok) throw new Error(`does not link: ${JSON.stringify(result)}`);
  return result.value;
}

// ---- projections ---------------------------------------------------------------------------------------------

/** One engine's view of a state, as far as the projection needs it. */
interface View {
  /** Undefined when the object is not there (any more). */
  field(struct: number, object: number, field: number): number | undefined;
  current(cpu: number): number;
  root(cpu: number): number;
}

/** Names of objects by struct and number; what has none is not projected. */
type Names = ReadonlyMap<string, string>;

class Projector {
  private readonly program: Program;
  private readonly names: Names;
  /** Struct, object, name, and the fields that count. */
  private readonly projected: {
    readonly struct: number;
    readonly object: number;
    readonly name: string;
    readonly fields: readonly number[];
  }[] = [];

  constructor(program: Program, names: Names) {
    this.program = program;
    this.names = names;
    program.structs.forEach((struct, id) => {
      const fields = struct.fields.flatMap((field, f) => {
        const ofTask = id === program.taskStruct && field.name !== "mm" && field.name !== "active_mm";
        return ofTask ? [] : [f];
      });
      for (let object = 1; object < 20; object++) {
        const name = names.get(`${id}:${object}`);
        if (name !== undefined) this.projected.push({ struct: id, object, name, fields });
      }
    });
    this.projected.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  textOf(view: View): string {
    const parts = this.projected.map(({ struct, object, name, fields }) => {
      const values = fields.map((f) => {
        const field = this.program.structs[struct]?.fields[f];
        const value = view.field(struct, object, f);
        return value === undefined ? "gone" : `${field?.name}=${this.valueText(field?.type, value)}`;
      });
      return `${name}{${values.sort().join(" ")}}`;
    });
    const mm = this.program.mmStruct ?? 0;
    for (let cpu = 0; cpu < CPUS; cpu++) {
      parts.push(`cpu ${cpu} runs ${this.nameOf(this.program.taskStruct ?? 0, view.current(cpu))}`);
      parts.push(`on ${this.nameOf(mm, view.root(cpu))}`);
    }
    return parts.join("\n");
  }

  private valueText(type: ValueType | undefined, value: number): string {
    return type?.kind === "ptr" ? this.nameOf(type.struct, value) : String(value);
  }

  private nameOf(struct: number, object: number): string {
    return object === 0 ? "NULL" : (this.names.get(`${struct}:${object}`) ?? "other");
  }
}

/** Globals have the same names in both; tasks and mms are named in the order given. */
function namesOf(program: Program, tasks: readonly string[], mms: readonly string[]): Names {
  const names = new Map<string, string>();
  const task = program.taskStruct ?? 0;
  const mm = program.mmStruct ?? 0;
  for (const global of program.globals) {
    if (global.struct === task || global.struct === mm || /tasklist/.test(global.name)) continue;
    const count = global.percpu ? CPUS : 1;
    for (let i = 0; i < count; i++) names.set(`${global.struct}:${global.first + i}`, `${global.name} ${i}`);
  }
  tasks.forEach((name, i) => {
    if (name !== "") names.set(`${task}:${i + 1}`, name);
  });
  mms.forEach((name, i) => {
    if (name !== "") names.set(`${mm}:${i + 1}`, name);
  });
  return names;
}

// ---- the checker's ---------------------------------------------------------------------------------------------

export interface Reached {
  readonly states: number;
  readonly projections: ReadonlySet<string>;
}

/** Every state that the checker reaches, without any reduction, projected. */
export function reachedBy(scheme: string, arch: string): Reached {
  const program = linked({
    host: overlaid({ [SCENARIO_FILE]: SCENARIO }),
    root: SCENARIO_FILE,
    entries: ["setup"],
    scheme: `schemes/${scheme}.ts`,
    arch: `arch/${arch}.ts`,
  });
  const world = new World(program, { cpus: CPUS, anyOrder: false, partialOrder: false, model: "sc" });
  const tasks = ["idle 0", "", "idle 1", "", "task 0", "task 1"];
  const mms = program.globals.filter((each) => each.struct === program.mmStruct).map(({ name }) => name);
  const named = mms.map((name) => (name === "init_mm" ? name : ""));
  const projector = new Projector(program, namesOf(program, tasks, [...named, "mm"]));
  const projections = new Set<string>();
  const { layout } = world;
  let state: Int32Array = new Int32Array(0);
  const view: View = {
    field: (struct, object, field) => {
      const globals = layout.globals[struct] ?? 0;
      const life =
        object <= globals ? LIFE.alive : state[(layout.lifeBase[struct] ?? 0) + object - globals - 1];
      if (life !== LIFE.alive) return undefined;
      const base = (layout.objectBase[struct] ?? 0) + (object - 1) * (layout.stride[struct] ?? 0);
      return state[base + field];
    },
    current: (cpu) => state[cpu * layout.cpuStride + CPU.cur] ?? 0,
    root: (cpu) => state[cpu * layout.cpuStride + CPU.root] ?? 0,
  };
  const found = search(world, {
    limits: { states: 3_000_000, bytes: 2_000_000_000 },
    renamings: [],
    partialOrder: false,
    onState: (vector) => {
      state = vector;
      projections.add(projector.textOf(view));
    },
  });
  if (found.end.kind !== "exhausted")
    throw new Error(`${scheme} on ${arch}: the search ended with a ${found.end.kind}`);
  return { states: found.states, projections };
}

// ---- the simulator's -------------------------------------------------------------------------------------------

/** Threads of one process that compute, sleep, wander, and exit after some rounds. */
class TwoThreads implements Workload {
  readonly name = "two threads";
  private readonly rounds: number[] = [];

  capacity(): ReadonlyMap<string, number> {
    return new Map([
      ["task_struct", TASKS],
      ["mm_struct", 2],
    ]);
  }

  start(kernel: Kernel): void {
    const mm = kernel.newMm();
    for (let i = 0; i < TASKS; i++) {
      const task = kernel.spawn(0, CPUS - 1, i % CPUS, mm);
      this.rounds[task] = 4 + Math.floor(kernel.rng.next() * 12);
      kernel.launch(task);
    }
  }

  act(kernel: Kernel, task: number, cpu: number): void {
    const left = this.rounds[task] ?? 0;
    this.rounds[task] = left - 1;
    const chance = kernel.rng.next();
    if (left <= 0) kernel.exit(cpu);
    else if (chance < 0.4) kernel.compute(cpu, 1e5 + kernel.rng.next() * 3e6);
    else if (chance < 0.6) kernel.yield(cpu);
    else if (chance < 0.9) kernel.sleep(cpu, 1e5 + kernel.rng.next() * 8e6);
    else kernel.migrate(cpu, (cpu + 1) % CPUS);
  }
}

export interface Simulated {
  /** Projections, each with the seed that led there. */
  readonly projections: ReadonlyMap<string, number>;
  readonly faults: number;
}

export interface Mistakes {
  /** Changed texts of the specimens, by file. */
  readonly specimens?: Readonly<Record<string, string>>;
  /** Spoils the simulator's own part of the kernel. */
  readonly spoil?: (kernel: Kernel) => void;
}

/** Every state that simulations of so many seeds pass through, projected. */
export function simulated(scheme: string, arch: string, seeds: number, mistakes: Mistakes = {}): Simulated {
  const program = linked({
    host: overlaid(mistakes.specimens ?? {}),
    root: SIM_ROOT,
    extraRoots: SIM_EXTRA_ROOTS,
    scheme: `schemes/${scheme}.ts`,
    arch: `arch/${arch}.ts`,
    entries: SIM_ENTRIES,
  });
  const projections = new Map<string, number>();
  let faults = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const kernel = new Kernel(program, machine("epyc-9654-2s"), CPUS, new TwoThreads(), seed);
    mistakes.spoil?.(kernel);
    const projector = new Projector(program, simulatedNames(program));
    const view = viewOf(kernel);
    const look = (): void => {
      const text = projector.textOf(view);
      if (!projections.has(text)) projections.set(text, seed);
    };
    kernel.machine.observe(look);
    kernel.run(40e9);
    look();
    faults += kernel.machine.faults.size;
  }
  return { projections, faults };
}

/** The simulator makes init_mm first (a global), then idle tasks, then the workload's mm and tasks. */
function simulatedNames(program: Program): Names {
  const mms = program.globals.filter((each) => each.struct === program.mmStruct).map(({ name }) => name);
  const named = mms.map((name) => (name === "init_mm" ? name : ""));
  return namesOf(program, ["idle 0", "idle 1", "task 0", "task 1"], [...named, "mm"]);
}

function viewOf({ machine: simulator }: Kernel): View {
  const { memory } = simulator;
  return {
    field: (struct, object, field) => {
      const store = memory.stores[struct];
      if (store?.alive[object] !== 1) return undefined;
      return store.columns[field]?.[object];
    },
    current: (cpu) => simulator.current[cpu] ?? 0,
    root: (cpu) => simulator.roots[cpu] ?? 0,
  };
}

/** Projections of the simulator that the checker has not reached. */
export function beyond({ projections }: Simulated, reached: Reached): string[] {
  return [...projections.keys()].filter((text) => !reached.projections.has(text));
}
