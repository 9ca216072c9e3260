/**
 * The state vector: every changeable fact of the machine as one 32-bit cell.
 *
 *   CPU block × cpus     cur irqOff online active dead root | call: fn arg pending running | handler: sender pc regs…
 *                        | nmi: fn arg pc regs… | store buffer
 *   task block × tasks   state onCpu last preempt | pc ppc | regs of the preemption frame… | regs of the main frame…
 *   objects, by struct   the fields, object after object
 *   life, by struct      0 not yet allocated, 1 alive, 2 freed; only for objects that come from `alloc`
 *
 * A program counter cell holds a *step id* (`emit.ts`), 0 for none. Each cell has a kind that says how many bits it
 * takes packed and how a renaming of CPUs and tasks acts on it; a register cell's kind depends on the step id in its
 * frame. The arrays here are shared by the emitter, the packer and the symmetry reduction and never change.
 */
import { internalBug } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import type { Program, StructId, ValueType } from "../ir/types.ts";
import type { Boot } from "./boot.ts";
import { storeCells } from "./store_buffer.ts";

/** Offsets in a CPU block. */
export const CPU = {
  cur: 0,
  irqOff: 1,
  online: 2,
  active: 3,
  dead: 4,
  root: 5,
  callFn: 6,
  callArg: 7,
  pending: 8,
  running: 9,
  sender: 10,
  handlerPc: 11,
  handlerRegs: 12,
} as const;

/** Offsets in a CPU's cells for non-maskable interrupts: the one that is on its way or, with a `pc`, running. */
export const NMI = { fn: 0, arg: 1, pc: 2, regs: 3 } as const;

/** Offsets in a task block. */
export const TASK = { state: 0, onCpu: 1, last: 2, preempt: 3, pc: 4, preemptPc: 5, preemptRegs: 6 } as const;

/** Values of a task's `state`. */
export const TASK_STATE = { fresh: 0, runnable: 1, blocked: 2, dead: 3, parked: 4 } as const;

/** Values of a life cell. */
export const LIFE = { unborn: 0, alive: 1, freed: 2 } as const;

/** Offsets in a task's RCU cells. */
export const RCU_TASK = { nest: 0, waiting: 1, cpus: 2, tasks: 3 } as const;
/** Offsets in a callback's record. */
export const CALLBACK = { fn: 0, arg: 1, cpu: 2, cpus: 3, tasks: 4 } as const;
export const CALLBACK_CELLS = 5;
/** Callbacks that may wait at once; a search that needs more is `bounded`. */
export const MOST_CALLBACKS = 3;

/** How a cell is packed and renamed. */
export type CellKind =
  | {
      readonly kind:
        | "bool"
        | "int"
        | "cpu"
        | "cpu+1"
        | "mask"
        | "atomic"
        | "life"
        | "state"
        | "step"
        | "fn"
        | "cell"
        | "tasks"
        | "graph";
    }
  | { readonly kind: "ptr"; readonly struct: StructId }
  /** 0 … most. */
  | { readonly kind: "count"; readonly most: number }
  /** A register: its type follows from the step id in cell `pc`. */
  | { readonly kind: "reg"; readonly pc: number; readonly slot: number }
  /** A value waiting in a store buffer for the cell in `cell`. */
  | { readonly kind: "stored"; readonly cell: number }
  /** The argument of an outstanding call: its type follows from the handler in cell `fn`. */
  | { readonly kind: "arg"; readonly fn: number };

export interface Layout {
  readonly cpus: number;
  readonly tasks: number;
  /** Number of cells. */
  readonly size: number;
  readonly cells: readonly CellKind[];
  /** A name for each cell, for people. */
  readonly names: readonly string[];
  readonly cpuStride: number;
  /** Per task (from 1; entry 0 unused), its block. */
  readonly taskBase: Int32Array;
  /** Cells of a preemption frame; the main frame's registers follow them. */
  readonly preemptSlots: number;
  /** Per task, slots of its main frame. */
  readonly mainSlots: Int32Array;
  readonly handlerSlots: number;
  readonly nmiSlots: number;
  /** Offset of the `NMI` cells in a CPU block; −1 where the program sends none. */
  readonly nmi: number;
  /** Offset of the store buffer in a CPU block; −1 where memory is sequentially consistent. */
  readonly storeBuffer: number;
  /** Entries of a store buffer; 0 where memory is sequentially consistent. */
  readonly storeDepth: number;
  /** The number of the execution graph (`graph_memory.ts`); −1 where memory is none. */
  readonly graph: number;
  /** Whether a task that comes last on a CPU has come unsettled (`run_queue.ts`); −1 where none can. */
  readonly unsettled: number;
  /** Per task, its RCU cells; and the records of RCU callbacks. Empty, and −1, where the program uses no RCU. */
  readonly rcuBase: Int32Array;
  readonly callbackBase: number;
  /** Per struct: first cell of object 1, fields per object, number of objects, of these never freed. */
  readonly objectBase: Int32Array;
  readonly stride: Int32Array;
  readonly capacity: Int32Array;
  readonly globals: Int32Array;
  /** Per struct, the life cell of object globals + 1. */
  readonly lifeBase: Int32Array;
}

/** Frame sizes, from the cut bodies. */
export interface FrameSizes {
  readonly handlerSlots: number;
  /** Slots of the frame of a non-maskable interrupt; undefined where there is none. */
  readonly nmiSlots: number | undefined;
  readonly preemptSlots: number;
  readonly mainSlots: (task: number) => number;
  /** Entries of a CPU's store buffer, 0 for none. */
  readonly storeDepth: number;
  /** The program uses RCU. */
  readonly rcu: boolean;
  /** Memory is an execution graph. */
  readonly graph: boolean;
  /** Tasks that come last on a CPU may come unsettled. */
  readonly unsettled: boolean;
}

/** Objects of a struct that may be allocated after `setup`, where the scenario does not say (`MAX_mm_struct`). */
const DEFAULT_ROOM = 2;

export function layOut(
  program: Program,
  boot: Boot,
  frames: FrameSizes,
  allocated: ReadonlySet<StructId>,
): Layout {
  if (boot.cpus > 8) throw new InputError(`the checker takes up to 8 CPUs, not ${boot.cpus}`);
  const build = new Builder(program, boot, frames, allocated);
  return build.layout();
}

class Builder {
  private readonly cells: CellKind[] = [];
  private readonly names: string[] = [];
  private readonly program: Program;
  private readonly boot: Boot;
  private readonly frames: FrameSizes;
  private readonly allocated: ReadonlySet<StructId>;

  constructor(program: Program, boot: Boot, frames: FrameSizes, allocated: ReadonlySet<StructId>) {
    this.program = program;
    this.boot = boot;
    this.frames = frames;
    this.allocated = allocated;
  }

  layout(): Layout {
    const { boot, frames, program } = this;
    for (let c = 0; c < boot.cpus; c++) this.cpuBlock(c);
    const cpuStride = this.cells.length / boot.cpus;
    const tasks = this.taskBlocks();
    const rcu = this.rcuBlocks();
    const objects = this.objectBlocks();
    const graph = frames.graph ? this.add("graph", { kind: "graph" }) : -1;
    const unsettled = frames.unsettled ? this.add("unsettled", { kind: "bool" }) : -1;
    return {
      cpus: boot.cpus,
      graph,
      unsettled,
      tasks: boot.tasks.length,
      size: this.cells.length,
      cells: this.cells,
      names: this.names,
      cpuStride,
      preemptSlots: frames.preemptSlots,
      handlerSlots: frames.handlerSlots,
      nmi: frames.nmiSlots === undefined ? -1 : CPU.handlerRegs + frames.handlerSlots,
      nmiSlots: frames.nmiSlots ?? 0,
      storeBuffer: frames.storeDepth > 0 ? cpuStride - storeCells(frames.storeDepth) : -1,
      storeDepth: frames.storeDepth,
      stride: Int32Array.from(program.structs, (s) => s.fields.length),
      ...tasks,
      ...rcu,
      ...objects,
    };
  }

  private taskBlocks(): Pick<Layout, "taskBase" | "mainSlots"> {
    const count = this.boot.tasks.length;
    const taskBase = new Int32Array(count + 1);
    const mainSlots = new Int32Array(count + 1);
    for (let t = 1; t <= count; t++) {
      taskBase[t] = this.cells.length;
      mainSlots[t] = this.frames.mainSlots(t);
      this.taskBlock(t, mainSlots[t] ?? 0);
    }
    return { taskBase, mainSlots };
  }

  private rcuBlocks(): Pick<Layout, "rcuBase" | "callbackBase"> {
    const rcuBase = new Int32Array(this.boot.tasks.length + 1);
    if (!this.frames.rcu) return { rcuBase, callbackBase: -1 };
    for (let t = 1; t < rcuBase.length; t++) rcuBase[t] = this.rcuCells(t);
    return { rcuBase, callbackBase: this.callbacks() };
  }

  private objectBlocks(): Pick<Layout, "objectBase" | "lifeBase" | "capacity" | "globals"> {
    const { boot, program } = this;
    const capacity = Int32Array.from(program.structs, (_, id) => this.capacityOf(id));
    const globals = Int32Array.from(boot.globals);
    // Tasks are made in setup and never freed: like globals they have no life cell.
    if (program.taskStruct !== undefined) globals[program.taskStruct] = boot.tasks.length;
    const objectBase = Int32Array.from(program.structs, (_, id) => this.objects(id, capacity[id] ?? 0));
    const lifeBase = Int32Array.from(program.structs, (_, id) =>
      this.lives(id, (capacity[id] ?? 0) - (globals[id] ?? 0)),
    );
    return { objectBase, lifeBase, capacity, globals };
  }

  private add(name: string, kind: CellKind): number {
    this.names.push(name);
    return this.cells.push(kind) - 1;
  }

  private pointer(struct: StructId | undefined): CellKind {
    return struct === undefined ? { kind: "bool" } : { kind: "ptr", struct };
  }

  private cpuBlock(c: number): void {
    const name = `cpu${c}`;
    this.add(`${name}.current`, this.pointer(this.program.taskStruct));
    for (const flag of ["irqs off", "online", "active", "dead"])
      this.add(`${name} ${flag}`, { kind: "bool" });
    this.add(`${name} root`, this.pointer(this.program.mmStruct));
    const fn = this.add(`${name} call`, { kind: "fn" });
    this.add(`${name} call argument`, { kind: "arg", fn });
    this.add(`${name} call pending on`, { kind: "mask" });
    this.add(`${name} call running on`, { kind: "mask" });
    this.add(`${name} handling for`, { kind: "cpu+1" });
    const pc = this.add(`${name} handler`, { kind: "step" });
    for (let slot = 0; slot < this.frames.handlerSlots; slot++)
      this.add(`${name} h${slot}`, { kind: "reg", pc, slot });
    if (this.frames.nmiSlots !== undefined) this.nmiCells(name, this.frames.nmiSlots);
    if (this.frames.storeDepth > 0) this.storeCells(name);
  }

  private nmiCells(name: string, slots: number): void {
    const fn = this.add(`${name} nmi`, { kind: "fn" });
    this.add(`${name} nmi argument`, { kind: "arg", fn });
    const pc = this.add(`${name} nmi at`, { kind: "step" });
    for (let slot = 0; slot < slots; slot++) this.add(`${name} n${slot}`, { kind: "reg", pc, slot });
  }

  private storeCells(name: string): void {
    this.add(`${name} buffered stores`, { kind: "count", most: this.frames.storeDepth });
    for (let i = 0; i < this.frames.storeDepth; i++) {
      const cell = this.add(`${name} store ${i} to`, { kind: "cell" });
      this.add(`${name} store ${i}`, { kind: "stored", cell });
    }
  }

  private rcuCells(t: number): number {
    const base = this.add(`task#${t} rcu nesting`, { kind: "state" });
    this.add(`task#${t} waits for a grace period`, { kind: "bool" });
    this.add(`task#${t} waits for CPUs`, { kind: "mask" });
    this.add(`task#${t} waits for tasks`, { kind: "tasks" });
    return base;
  }

  private callbacks(): number {
    const base = this.cells.length;
    for (let i = 0; i < MOST_CALLBACKS; i++) {
      const fn = this.add(`callback ${i}`, { kind: "fn" });
      this.add(`callback ${i} argument`, { kind: "arg", fn });
      this.add(`callback ${i} on`, { kind: "cpu+1" });
      this.add(`callback ${i} waits for CPUs`, { kind: "mask" });
      this.add(`callback ${i} waits for tasks`, { kind: "tasks" });
    }
    return base;
  }

  private taskBlock(t: number, slots: number): void {
    const name = `task#${t}`;
    this.add(`${name} state`, { kind: "state" });
    this.add(`${name} on CPU`, { kind: "cpu+1" });
    this.add(`${name} came after`, this.pointer(this.program.taskStruct));
    this.add(`${name} preempt count`, { kind: "state" });
    const pc = this.add(`${name} at`, { kind: "step" });
    const preemptPc = this.add(`${name} preempted at`, { kind: "step" });
    for (let slot = 0; slot < this.frames.preemptSlots; slot++) {
      this.add(`${name} p${slot}`, { kind: "reg", pc: preemptPc, slot });
    }
    for (let slot = 0; slot < slots; slot++) this.add(`${name} r${slot}`, { kind: "reg", pc, slot });
  }

  private capacityOf(id: StructId): number {
    const used = this.boot.objects[id]?.length ?? 0;
    if (!this.allocated.has(id)) return used;
    const named = this.program.constants.get(`MAX_${this.program.structs[id]?.name}`);
    return named === undefined ? used + DEFAULT_ROOM : Math.max(used, named + (this.boot.globals[id] ?? 0));
  }

  private objects(id: StructId, count: number): number {
    const base = this.cells.length;
    const struct = this.program.structs[id];
    for (let o = 1; o <= count; o++) {
      for (const field of struct?.fields ?? []) {
        this.add(`${struct?.name}#${o}.${field.name}`, cellKindOf(field.type));
      }
    }
    return base;
  }

  private lives(id: StructId, count: number): number {
    const base = this.cells.length;
    for (let i = 0; i < count; i++) this.add(`${this.program.structs[id]?.name} life`, { kind: "life" });
    return base;
  }
}

function cellKindOf(type: ValueType): CellKind {
  if (type.kind === "word") return internalBug("a litmus program in the world");
  return type.kind === "lock" ? { kind: "cpu+1" } : type;
}
