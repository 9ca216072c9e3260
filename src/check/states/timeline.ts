/**
 * Renders a path as a person reads it: one row per op that matters, with names for objects and values.
 *
 * The path is replayed in a world that traces every op. Loads, stores, counters, roots, switches, IPIs and object life
 * become rows; interrupt flags, fences and bookkeeping of the run queue do not, as the columns already show who runs.
 */
import { present } from "../../base/assert.ts";
import type { Timeline, TimelineRow } from "../../evidence/types.ts";
import type { FuncId, Op, Place, Program, ValueType } from "../../ir/types.ts";
import { CPU, NMI, TASK } from "../../world/layout.ts";
import type { Fault, World } from "../../world/world.ts";

/** One executed op, as `Runtime.note` reports it, with who ran. */
export interface Note {
  readonly step: number;
  readonly func: FuncId;
  readonly pc: number;
  readonly cpu: number;
  readonly object: number;
  readonly before: number;
  readonly after: number;
  readonly task: string;
  readonly context: TimelineRow["context"];
}

/** Turns notes into rows, and the fault that ends them into the last, bad one. `remarks`: of the n-th note. */
export function makeTimeline(
  world: World,
  notes: readonly Note[],
  final: Int32Array,
  fault: Fault,
  remarks: ReadonlyMap<number, string> = new Map(),
): Timeline {
  const rows: TimelineRow[] = [];
  for (const [i, note] of notes.entries()) {
    if (note.func < 0) {
      rows.push(drainRow(world, note));
      continue;
    }
    const op = present(world.program.funcs[note.func]?.ops[note.pc], "op");
    const text = describe(world, op, note);
    const remark = remarks.has(i) ? `; ${remarks.get(i)}` : "";
    if (text !== undefined) rows.push(makeRow(world.program, op, note, text + remark));
  }
  const last = notes.at(-1);
  if (fault.at >= 0 && last !== undefined) rows.push(faultRow(world, last, fault));
  return { cpus: world.layout.cpus, rows, final: finalState(world, final) };
}

/** A store leaves a buffer: nobody's code runs. */
function drainRow(world: World, note: Note): TimelineRow {
  const { step, cpu, context, task } = note;
  const name = world.layout.names[note.object] ?? "?";
  const kind = world.layout.cells[note.object];
  const show = (v: number): string => (kind?.kind === "ptr" ? world.objectName(kind.struct, v) : String(v));
  const text = `the store buffer drains: ${name}: ${show(note.before)} → ${show(note.after)}`;
  return { step, cpu, context, task, stack: ["store buffer"], file: "", line: 0, text, bad: false };
}

/** The op that breaks the property, in the words of the property. It may not have got as far as a note of its own. */
function faultRow(world: World, last: Note, fault: Fault): TimelineRow {
  return { ...rowAt(world.program, fault.at, last, brokenText(world, fault)), bad: true };
}

function brokenText(world: World, fault: Fault): string {
  const object = world.objectName(fault.struct, fault.object);
  switch (fault.property) {
    case "root":
      return fault.holder === ""
        ? `goes to ${object}, which is freed`
        : `${fault.holder} still points at ${object}`;
    case "double-free":
      return `frees ${object}, which is freed`;
    case "underflow":
      return `a count of ${object} is below zero`;
    case "hang":
      return "waits for what cannot come";
    case "null":
      return "dereferences NULL";
    case "bug":
      return "the check fires";
    default:
      return fault.object === 0 ? "the check fires" : `uses ${object}, which is freed`;
  }
}

/** Who is running on `cpu` in `state`. */
export function runningOn(
  world: World,
  state: Int32Array,
  cpu: number,
): { task: string; context: Note["context"] } {
  const C = cpu * world.layout.cpuStride;
  const t = state[C + CPU.cur] ?? 0;
  const T = world.layout.taskBase[t] ?? 0;
  const nmi = world.layout.nmi >= 0 && state[C + world.layout.nmi + NMI.pc] !== 0;
  const context = nmi
    ? "nmi"
    : state[C + CPU.handlerPc] !== 0
      ? "irq"
      : state[T + TASK.preemptPc] !== 0
        ? "preempt"
        : "task";
  return { task: world.taskName(t), context };
}

function makeRow(program: Program, op: Op, note: Note, text: string): TimelineRow {
  return rowAt(program, op.at, note, text);
}

/** A row of what `note`'s CPU does at position `at`. */
function rowAt(program: Program, at: number, note: Note, text: string): TimelineRow {
  const stack: string[] = [];
  const place = program.positions[at];
  for (let p = place; p !== undefined; p = program.positions[p.caller]) stack.unshift(p.func);
  const { step, cpu, context, task } = note;
  return {
    step,
    cpu,
    context,
    task,
    stack,
    file: place?.file ?? "?",
    line: place?.line ?? 0,
    text,
    bad: false,
  };
}

/** What an op did, in words; undefined for ops that are not shown. */
function describe(world: World, op: Op, note: Note): string | undefined {
  switch (op.op) {
    case "load":
    case "mask.load":
      return `${placeName(world, op.place, note)} is ${showValue(world, fieldType(world, op.place), note.after)}`;
    case "mask.test":
      return `${placeName(world, op.place, note)} is ${mask(note.after)}`;
    case "await":
      return `${placeName(world, op.place, note)} has become ${showValue(world, fieldType(world, op.place), note.after)}`;
    case "store":
    case "rmw":
    case "cmpxchg":
    case "add-unless":
    case "mask.set":
    case "mask.clear":
      return changeText(world, op.place, note);
    case "lock":
    case "unlock":
    case "trylock":
      return `${op.op} ${placeName(world, op.place, note)}`;
    default:
      return describeWorld(world, op, note);
  }
}

function changeText(world: World, place: Place, note: Note): string {
  const type = fieldType(world, place);
  const [before, after] = [showValue(world, type, note.before), showValue(world, type, note.after)];
  const name = placeName(world, place, note);
  return before === after ? `${name} stays ${after}` : `${name}: ${before} → ${after}`;
}

/** `run_queue.ts`: said of a CPU's last switch. */
const UNSETTLED =
  "the last switch here comes unsettled: others may still run, and what they have stored may not have arrived";

function describeWorld(world: World, op: Op, note: Note): string | undefined {
  switch (op.op) {
    case "root.load":
      return `root: ${world.objectName(op.struct, note.before)} → ${world.objectName(op.struct, note.after)}`;
    case "user.access":
      return `user access through ${world.objectName(op.struct, note.object)}`;
    case "alloc":
    case "free":
      return `${op.op} ${world.objectName(op.struct, note.object)}`;
    case "task.pick":
      return note.after !== 0 && world.isLate(note.object) ? UNSETTLED : undefined;
    case "task.switch":
      return `switch to ${world.taskName(note.object)}`;
    case "task.wake":
      return `wake ${world.taskName(note.object)}`;
    case "task.die":
      return `${world.taskName(note.object)} ends`;
    case "ipi.send":
      return `IPI to ${mask(note.after)} (${world.program.funcs[op.handler]?.name}), asked for ${mask(note.before)}`;
    case "nmi.send":
      return `NMI to CPU ${note.after} (${world.program.funcs[op.handler]?.name})`;
    case "ipi.wait":
      return "all IPIs answered";
    case "cpu.set-online":
      return `CPU ${note.object} goes ${note.after === 0 ? "offline" : "online"}`;
    case "cpu.die":
      return "the CPU is dead";
    case "choose":
      return `chooses ${note.after}`;
    default:
      return undefined;
  }
}

function fieldType(world: World, place: Place): ValueType | undefined {
  return world.program.structs[place.struct]?.fields[place.field]?.type;
}

function placeName(world: World, place: Place, note: Note): string {
  const field = world.program.structs[place.struct]?.fields[place.field]?.name ?? "?";
  return `${world.objectName(place.struct, note.object)}.${field}`;
}

/** A value as its type has it: an object's name, a set of CPUs. */
export function showValue(world: World, type: ValueType | undefined, value: number): string {
  if (type?.kind === "ptr") return world.objectName(type.struct, value);
  if (type?.kind === "mask") return mask(value);
  return type?.kind === "bool" ? String(value !== 0) : String(value);
}

function mask(value: number): string {
  const cpus: number[] = [];
  for (let c = 0; c < 32; c++) if ((value >>> c) & 1) cpus.push(c);
  return `{${cpus.join(",")}}`;
}

/** What each CPU is on, and what has become of each mm. */
function finalState(world: World, s: Int32Array): Timeline["final"] {
  const { layout, program } = world;
  const out: { name: string; value: string }[] = [];
  const mm = program.mmStruct;
  if (mm === undefined) return out;
  for (let c = 0; c < layout.cpus; c++) {
    const C = c * layout.cpuStride;
    const task = world.taskName(s[C + CPU.cur] ?? 0);
    const active = activeMm(world, s, s[C + CPU.cur] ?? 0);
    out.push({
      name: `CPU ${c}`,
      value: `${task}, active_mm ${active}, root ${world.objectName(mm, s[C + CPU.root] ?? 0)}`,
    });
  }
  const globals = layout.globals[mm] ?? 0;
  for (let o = globals + 1; o <= (layout.capacity[mm] ?? 0); o++) {
    const life = s[(layout.lifeBase[mm] ?? 0) + o - globals - 1] ?? 0;
    if (life !== 0)
      out.push({ name: world.objectName(mm, o), value: life === 2 ? "freed" : fieldsOf(world, s, mm, o) });
  }
  return out;
}

function activeMm(world: World, s: Int32Array, t: number): string {
  const struct = world.program.taskStruct ?? 0;
  const field = world.program.structs[struct]?.fields.findIndex((f) => f.name === "active_mm") ?? -1;
  if (field < 0 || t === 0) return "?";
  const cell = (world.layout.objectBase[struct] ?? 0) + (t - 1) * (world.layout.stride[struct] ?? 0) + field;
  return world.objectName(world.program.mmStruct ?? 0, s[cell] ?? 0);
}

function fieldsOf(world: World, s: Int32Array, struct: number, o: number): string {
  const type = present(world.program.structs[struct], "struct");
  const base = (world.layout.objectBase[struct] ?? 0) + (o - 1) * type.fields.length;
  return type.fields.map((f, i) => `${f.name} ${showValue(world, f.type, s[base + i] ?? 0)}`).join(", ");
}
