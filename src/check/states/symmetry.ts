/**
 * Symmetry: CPUs that nothing tells apart may be renamed, and so may tasks that run the same text.
 *
 * A renaming is a permutation of CPUs with a matching permutation of tasks under which the initial state is itself.
 * Steps are equivariant under it (the same text on another CPU) as long as the text names no CPU and takes CPU loops
 * in any order, so states that are renamings of each other have the same future and one of them is enough
 * (Ip & Dill 1996). Renamings are found, not declared: nothing a scenario says can make the reduction wrong.
 *
 * Applied to a state vector, a renaming moves blocks (CPU blocks, task blocks, per-CPU objects) and maps values (CPU
 * numbers, masks, pointers to tasks and to per-CPU objects). What a register holds follows from its frame's step.
 */
import { present } from "../../base/assert.ts";
import { operandsOf } from "../../ir/operands.ts";
import type { Func, Op, Operand, ValueType } from "../../ir/types.ts";
import { typeKind } from "../../world/emit.ts";
import type { CellKind } from "../../world/layout.ts";
import type { World } from "../../world/world.ts";

/** One renaming, as the tables that generated code reads. */
export interface Renaming {
  /** CPU → CPU and task → task (0 → 0). */
  readonly cpus: readonly number[];
  readonly tasks: readonly number[];
  /** Cell → the cell whose value moves there. */
  readonly source: Int32Array;
  readonly tables: RenamingTables;
}

interface RenamingTables {
  /** By CPU number + 1, so that −1 maps to itself. */
  readonly cpu: Int32Array;
  /** By CPU number + 1 in cells of kind "cpu+1" (0 stays 0); also pointers to per-CPU objects. */
  readonly cpu1: Int32Array;
  readonly task: Int32Array;
  readonly mask: Int32Array;
  /** What a register slot holds at a step: index step × slots + slot → which map applies. */
  readonly regMap: Uint8Array;
  readonly slots: number;
  /** By cell + 1: the cell it moves to, + 1; and which map applies to its value. For store buffers. */
  readonly moved: Int32Array;
  readonly cellMap: Uint8Array;
  /** What a handler's argument holds, by handler number. */
  readonly argMap: Uint8Array;
  /** Renames a value by the number of its map. */
  readonly rename: (map: number, value: number) => number;
}

const MAP_NONE = 0;
const MAP_CPU = 1;
const MAP_MASK = 2;
const MAP_TASK = 3;
const MAP_PERCPU = 4;

/** More renamings than this cost more than they save. */
const MOST_RENAMINGS = 24;

/** All renamings of `world` but the identity. */
export function findRenamings(world: World): Renaming[] {
  // Grace periods hold sets of tasks, which renamings do not map.
  const fixed = world.rcu ? undefined : namedCpus(world);
  if (fixed === undefined) return [];
  const found: Renaming[] = [];
  const initial = world.initial();
  for (const cpus of permutations(world.layout.cpus)) {
    if (cpus.some((to, from) => to !== from && fixed.has(from))) continue;
    for (const tasks of taskPermutations(world, cpus)) {
      const renaming = makeRenaming(world, cpus, tasks);
      if (isIdentity(renaming) || !fixes(world, renaming, initial)) continue;
      found.push(renaming);
      if (found.length >= MOST_RENAMINGS) return [];
    }
  }
  return found;
}

/** Whether any CPU loop could tell CPUs apart by its order. */
export function loopsOverCpus(world: World): boolean {
  return world.bodies.some((b) => b.cut.body.ops.some((op) => op.op === "mask.pick"));
}

/** Text of the renamed value of cell `cell`; `R` are the tables. */
export function renamedValue(world: World, cell: number): string {
  const kind = present(world.layout.cells[cell], "cell");
  const v = `s[${cell}]`;
  switch (kind.kind) {
    case "cpu":
      return `R.cpu[${v} + 1]`;
    case "cpu+1":
      return `R.cpu1[${v}]`;
    case "mask":
      return `R.mask[${v}]`;
    case "ptr":
      return (
        { [MAP_TASK]: `R.task[${v}]`, [MAP_PERCPU]: `R.cpu1[${v}]` }[pointerMap(world, kind.struct)] ?? v
      );
    case "reg":
      return dynamic(`R.regMap[s[${kind.pc}] * R.slots + ${kind.slot}]`, v);
    case "cell":
      return `R.moved[${v}]`;
    case "stored":
      return dynamic(`R.cellMap[s[${kind.cell}]]`, v);
    case "arg":
      return dynamic(`R.argMap[s[${kind.fn}]]`, v);
    default:
      return v;
  }
}

export function renamedCell(renaming: Renaming, cell: number): number {
  return renaming.source[cell] ?? cell;
}

/** Which map applies is known only with the frame's step. */
function dynamic(map: string, v: string): string {
  return `R.rename(${map}, ${v})`;
}

function pointerMap(world: World, struct: number): number {
  if (struct === world.program.taskStruct) return MAP_TASK;
  return world.program.globals.some((g) => g.percpu && g.struct === struct) ? MAP_PERCPU : MAP_NONE;
}

function mapOfType(world: World, type: ValueType | undefined): number {
  if (type === undefined) return MAP_NONE;
  const kind = typeKind(type);
  if (kind === "cpu") return MAP_CPU;
  if (kind === "mask") return MAP_MASK;
  return type.kind === "ptr" ? pointerMap(world, type.struct) : MAP_NONE;
}

/** The map of a cell whose kind does not depend on the state. */
function mapOfCell(world: World, kind: CellKind): number {
  switch (kind.kind) {
    case "cpu":
      return MAP_CPU;
    case "mask":
      return MAP_MASK;
    case "cpu+1":
      return MAP_PERCPU;
    case "ptr":
      return pointerMap(world, kind.struct);
    default:
      return MAP_NONE;
  }
}

/** CPUs that the text names, which renamings must leave alone; undefined when it compares CPU numbers by order. */
function namedCpus(world: World): Set<number> | undefined {
  const named = new Set<number>();
  for (const b of world.bodies) {
    for (const op of b.cut.body.ops) if (!collectNamed(world, b.cut.body, op, named)) return undefined;
  }
  return named;
}

function collectNamed(world: World, body: Func, op: Op, named: Set<number>): boolean {
  const typeOf = (o: Operand): ValueType | undefined => ("reg" in o ? body.regs[o.reg]?.type : undefined);
  const nameCpu = (o: Operand): void => {
    if ("imm" in o && o.imm >= 0) named.add(o.imm);
  };
  const nameMask = (o: Operand): void => {
    if (!("imm" in o) || o.imm === (1 << world.layout.cpus) - 1) return;
    for (let c = 0; c < world.layout.cpus; c++) if ((o.imm >> c) & 1) named.add(c);
  };
  const byType = (type: ValueType | undefined, o: Operand): void => {
    if (type?.kind === "cpu") nameCpu(o);
    if (type?.kind === "mask") nameMask(o);
  };
  for (const { name, operand } of operandsOf(op)) {
    if (name === "cpu") nameCpu(operand);
    if (name === "mask") nameMask(operand);
  }
  if (op.op === "mov") byType(body.regs[op.dst]?.type, op.a);
  if (op.op === "store" || op.op === "await") {
    byType(world.program.structs[op.place.struct]?.fields[op.place.field]?.type, op.value);
  }
  if (op.op === "bin") {
    const types = [typeOf(op.a), typeOf(op.b)];
    if (types.some((t) => t?.kind === "cpu") && op.fn !== "eq" && op.fn !== "ne") return false;
    for (const type of types) for (const o of [op.a, op.b]) byType(type, o);
  }
  return true;
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_, i) => [...p.slice(0, i), n - 1, ...p.slice(i)]),
  );
}

function renameMask(mask: number, cpus: readonly number[]): number {
  return cpus.reduce((m, to, from) => m | (((mask >> from) & 1) << to), 0);
}

/** Matchings of tasks with tasks of the same text, flags and renamed affinity. */
function taskPermutations(world: World, cpus: readonly number[]): number[][] {
  const { tasks } = world.boot;
  let partial: number[][] = [[0]];
  for (const task of tasks) {
    partial = partial.flatMap((p) =>
      tasks.flatMap((other, i) => {
        const same =
          other.main === task.main &&
          other.flags === task.flags &&
          other.affinity === renameMask(task.affinity, cpus);
        return same && !p.includes(i + 1) ? [[...p, i + 1]] : [];
      }),
    );
    if (partial.length > MOST_RENAMINGS) return [];
  }
  return partial;
}

function makeRenaming(world: World, cpus: readonly number[], tasks: readonly number[]): Renaming {
  const { layout, machine, handlers, program } = world;
  const slots = Math.max(1, layout.handlerSlots, layout.nmiSlots, layout.preemptSlots, ...layout.mainSlots);
  const regMap = new Uint8Array(machine.info.length * slots);
  machine.info.forEach((info, step) => {
    info?.slotTypes.forEach((type, slot) => {
      regMap[step * slots + slot] = mapOfType(world, type);
    });
  });
  const argMap = Uint8Array.from(handlers, (f, i) =>
    i === 0 ? 0 : mapOfType(world, program.funcs[f]?.regs[0]?.type),
  );
  const mask = new Int32Array(1 << layout.cpus);
  for (let m = 0; m < mask.length; m++) mask[m] = renameMask(m, cpus);
  const cpu = Int32Array.from([-1, ...cpus]);
  const cpu1 = Int32Array.from([0, ...cpus.map((c) => c + 1)]);
  const task = Int32Array.from(tasks);
  const rename = (map: number, value: number): number => {
    if (map === MAP_NONE) return value;
    if (map === MAP_CPU) return cpu[value + 1] ?? value;
    if (map === MAP_MASK) return mask[value] ?? value;
    return (map === MAP_TASK ? task[value] : cpu1[value]) ?? value;
  };
  const source = sources(world, cpus, tasks);
  const moved = new Int32Array(layout.size + 1);
  source.forEach((from, to) => {
    moved[from + 1] = to + 1;
  });
  const cellMap = Uint8Array.from([MAP_NONE, ...layout.cells.map((kind) => mapOfCell(world, kind))]);
  const tables: RenamingTables = { cpu, cpu1, task, mask, regMap, slots, moved, cellMap, argMap, rename };
  return { cpus, tasks, source, tables };
}

/** For each cell, the cell whose value a renaming brings there. */
function sources(world: World, cpus: readonly number[], tasks: readonly number[]): Int32Array {
  const { layout, program } = world;
  const source = Int32Array.from({ length: layout.size }, (_, i) => i);
  const move = (from: number, to: number, length: number): void => {
    for (let i = 0; i < length; i++) source[to + i] = from + i;
  };
  cpus.forEach((to, from) => {
    move(from * layout.cpuStride, to * layout.cpuStride, layout.cpuStride);
  });
  for (let t = 1; t <= layout.tasks; t++) {
    const to = tasks[t] ?? t;
    move(layout.taskBase[t] ?? 0, layout.taskBase[to] ?? 0, blockSize(world, t));
  }
  program.structs.forEach((struct, id) => {
    const map = pointerMap(world, id);
    if (map === MAP_NONE) return;
    const base = layout.objectBase[id] ?? 0;
    const n = struct.fields.length;
    for (let o = 0; o < (layout.capacity[id] ?? 0); o++) {
      const to = map === MAP_TASK ? (tasks[o + 1] ?? o + 1) - 1 : (cpus[o] ?? o);
      move(base + o * n, base + to * n, n);
    }
  });
  return source;
}

function blockSize(world: World, t: number): number {
  return 6 + world.layout.preemptSlots + (world.layout.mainSlots[t] ?? 0);
}

function isIdentity(r: Renaming): boolean {
  return r.cpus.every((c, i) => c === i) && r.tasks.every((t, i) => t === i);
}

/** Whether the initial state is its own image. */
function fixes(world: World, renaming: Renaming, initial: Int32Array): boolean {
  for (let cell = 0; cell < initial.length; cell++) {
    const from = renamedCell(renaming, cell);
    if (initial[cell] !== applyTo(world, renaming, from, initial)) return false;
  }
  return true;
}

/** The renamed value of one cell, for the few times that speed does not matter. */
function applyTo(world: World, r: Renaming, cell: number, s: Int32Array): number {
  const kind: CellKind = present(world.layout.cells[cell], "cell");
  const v = s[cell] ?? 0;
  const map =
    kind.kind === "reg"
      ? (r.tables.regMap[(s[kind.pc] ?? 0) * r.tables.slots + kind.slot] ?? 0)
      : kind.kind === "arg"
        ? (r.tables.argMap[s[kind.fn] ?? 0] ?? 0)
        : kind.kind === "ptr"
          ? pointerMap(world, kind.struct)
          : { cpu: MAP_CPU, mask: MAP_MASK, "cpu+1": MAP_PERCPU }[kind.kind as "cpu" | "mask" | "cpu+1"];
  return r.tables.rename(map ?? MAP_NONE, v);
}
