/**
 * The counting machine: runs kernel entry points to their end, one after the other, and counts what they cost.
 *
 * It executes the same IR that the checkers explore, translated to one JavaScript function per body (`emit.ts`).
 * There is no time and no overlap: an entry point runs on one CPU, an IPI's handlers run at once on their CPUs,
 * `switch_to` returns at once. What is left is exactly the work that the kernel text does: atomics, barriers, IPIs,
 * loads of other CPUs' slots, and which CPU last wrote which cache line.
 *
 * Memory is one growable `Int32Array` per field ("column"), indexed by object number (0 is NULL). Objects are never
 * reused, so a use after free is seen; it and a firing BUG_ON are counted, not fatal: the trace is real, the scheme
 * may not be sound on it.
 */
import { assert, present } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import type { FuncId, Program, StructId } from "../ir/types.ts";
import { type BodyFn, emitBody } from "./emit.ts";
import { type Mask, type MaskOps, maskOps } from "./masks.ts";

/** What is counted, over the whole machine or for one mm. */
export interface Counts {
  /** Writes of the line of `mm_count`, of `mm_cpumask`, after another CPU wrote it. */
  mmCountTransfers: number;
  cpumaskTransfers: number;
  /** Atomic read-modify-writes on lines that more than one CPU writes. */
  rmw: number;
  barriers: number;
  scanLoads: number;
  rootLoads: number;
  /** IPIs by the function that sent them. */
  readonly ipis: Map<string, number>;
}

export function newCounts(): Counts {
  return {
    mmCountTransfers: 0,
    cpumaskTransfers: 0,
    rmw: 0,
    barriers: 0,
    scanLoads: 0,
    rootLoads: 0,
    ipis: new Map(),
  };
}

/** A field by struct and name, resolved. */
export interface Column {
  readonly struct: StructId;
  readonly field: number;
  readonly index: number;
}

/** Life of an object. */
const ALIVE = 1;
const FREED = 2;

/** Watches objects end. */
export interface MachineHooks {
  /** An object of `mmStruct` has been freed by CPU `cpu`. */
  onFree?(object: number, cpu: number): void;
}

export class Machine {
  readonly program: Program;
  readonly cpus: number;
  readonly masks: MaskOps;
  /** Per CPU: the running task, the loaded root, online. */
  readonly current: Int32Array;
  readonly roots: Int32Array;
  online: Mask;
  /** Totals, and the counts of the mm that the present entry point is about. */
  total: Counts = newCounts();
  subject: Counts = newCounts();
  /** BUG_ON/WARN_ON that fired and uses after free, by place. */
  readonly faults = new Map<string, number>();

  /** Columns by (struct, field); masks are kept in plain arrays. Generated code indexes this. */
  readonly columns: (Int32Array | Mask[])[] = [];
  /** Per struct: objects so far, life by object number. */
  readonly counts: Int32Array;
  readonly lives: Uint8Array[];
  private readonly columnBase: Int32Array;
  /**
   * Per (struct, line), by object: the last writer's CPU + 1, and the atomics done while only one CPU had written the
   * line, −1 once it is shared. Those are booked when the second CPU comes.
   */
  private readonly lastWriter: Int32Array[] = [];
  private readonly unshared: Int32Array[] = [];
  private readonly lineBase: Int32Array;
  private readonly room: Int32Array;
  private readonly bodies: (BodyFn | undefined)[] = [];
  private readonly hooks: MachineHooks;
  private readonly callbacks: { readonly handler: FuncId; readonly arg: number; readonly cpu: number }[] = [];
  private readonly mmCountLine: number;
  private readonly cpumaskLine: number;

  constructor(program: Program, cpus: number, hooks: MachineHooks = {}) {
    this.program = program;
    this.cpus = cpus;
    this.hooks = hooks;
    this.masks = maskOps(cpus);
    this.current = new Int32Array(cpus);
    this.roots = new Int32Array(cpus);
    this.online = this.masks.possible;
    this.counts = new Int32Array(program.structs.length);
    this.room = new Int32Array(program.structs.length).fill(64);
    this.columnBase = new Int32Array(program.structs.length);
    this.lineBase = new Int32Array(program.structs.length);
    this.lives = program.structs.map((_, id) => this.addStruct(id));
    for (const g of program.globals) for (let i = 0; i < (g.percpu ? cpus : 1); i++) this.allocate(g.struct);
    this.mmCountLine = this.lineOf("mm_count");
    this.cpumaskLine = this.lineOf("mm_cpumask");
  }

  /** Runs an exported entry point on `cpu`; returns its result (0 for none). */
  call(entry: string, cpu: number, ...args: number[]): number {
    const func = this.program.entries.get(entry);
    if (func === undefined) throw new InputError(`the kernel model has no entry point ${entry}`);
    return this.run(func, cpu, args);
  }

  /** The column of a field of a struct; a bug of ours when the model has none of that name. */
  column(structName: string, fieldName: string): Column {
    const struct = this.program.structs.findIndex((s) => s.name === structName);
    const field = this.program.structs[struct]?.fields.findIndex((f) => f.name === fieldName) ?? -1;
    if (field < 0) throw new InputError(`the kernel model has no field ${structName}.${fieldName}`);
    return { struct, field, index: (this.columnBase[struct] ?? 0) + field };
  }

  /** Reads a field without counting. */
  peek(column: Column, object: number): number {
    return (this.columns[column.index]?.[object] as number | undefined) ?? 0;
  }

  /** Writes a field without counting. */
  poke(column: Column, object: number, value: number): void {
    present(this.columns[column.index], "column")[object] = value;
  }

  isAlive(struct: StructId, object: number): boolean {
    return this.lives[struct]?.[object] === ALIVE;
  }

  // ---- called by generated code ----

  run(func: FuncId, cpu: number, args: readonly number[]): number {
    let body = this.bodies[func];
    if (body === undefined) {
      body = emitBody(this.program, func, this.columnBase, this.lineBase);
      this.bodies[func] = body;
    }
    return body(this, this.columns, this.masks, cpu, args[0] ?? 0, args[1] ?? 0, args[2] ?? 0);
  }

  allocate(struct: StructId): number {
    const object = (this.counts[struct] ?? 0) + 1;
    this.counts[struct] = object;
    if (object >= (this.room[struct] ?? 0)) this.grow(struct);
    present(this.lives[struct], "lives")[object] = ALIVE;
    return object;
  }

  free(struct: StructId, object: number, cpu: number, at: number): void {
    const lives = present(this.lives[struct], "lives");
    if (lives[object] !== ALIVE) this.fault("freed twice", at);
    lives[object] = FREED;
    if (struct === this.program.mmStruct) this.hooks.onFree?.(object, cpu);
  }

  /** Checks that an object can be accessed. */
  check(struct: StructId, object: number, at: number): void {
    if (this.lives[struct]?.[object] !== ALIVE) this.fault(object === 0 ? "NULL" : "used after free", at);
  }

  fault(what: string, at: number): void {
    const place = this.program.positions[at];
    const key = `${what} in ${place?.func ?? "?"} (${place?.file ?? "?"}:${place?.line ?? 0})`;
    this.faults.set(key, (this.faults.get(key) ?? 0) + 1);
  }

  /** An atomic read-modify-write by `cpu` of a field on line `line` of an object. */
  rmw(line: number, object: number, cpu: number): void {
    this.write(line, object, cpu);
    const unshared = present(this.unshared[line], "line");
    const before = unshared[object] ?? 0;
    if (before >= 0) unshared[object] = before + 1;
    else this.bookRmw(1);
  }

  /** A write: the line moves to `cpu`, and counts as a transfer when another CPU wrote it last. */
  write(line: number, object: number, cpu: number): void {
    const writer = present(this.lastWriter[line], "line");
    const last = writer[object] ?? 0;
    if (last === cpu + 1) return;
    writer[object] = cpu + 1;
    if (last !== 0) this.transfer(line, object);
  }

  private transfer(line: number, object: number): void {
    const unshared = present(this.unshared[line], "line");
    const before = unshared[object] ?? 0;
    if (before > 0) this.bookRmw(before);
    unshared[object] = -1;
    if (line === this.mmCountLine) {
      this.total.mmCountTransfers++;
      this.subject.mmCountTransfers++;
    }
    if (line === this.cpumaskLine) {
      this.total.cpumaskTransfers++;
      this.subject.cpumaskTransfers++;
    }
  }

  private bookRmw(n: number): void {
    this.total.rmw += n;
    this.subject.rmw += n;
  }

  barrier(): void {
    this.total.barriers++;
    this.subject.barriers++;
  }

  scanLoad(): void {
    this.total.scanLoads++;
    this.subject.scanLoads++;
  }

  loadRoot(cpu: number, mm: number): void {
    this.roots[cpu] = mm;
    this.total.rootLoads++;
    this.subject.rootLoads++;
  }

  /** Sends and runs an IPI's handler on the online CPUs of `mask` but the sender; returns those CPUs. */
  send(mask: Mask, handler: FuncId, arg: number, cpu: number, at: number): Mask {
    const targets = this.masks.without(this.masks.and(mask, this.online), cpu);
    const n = this.masks.count(targets);
    if (n === 0) return targets;
    const cause = this.causeOf(at);
    for (const counts of [this.total, this.subject])
      counts.ipis.set(cause, (counts.ipis.get(cause) ?? 0) + n);
    for (let rest = targets; this.masks.empty(rest) === 0; ) {
      const target = this.masks.first(rest);
      rest = this.masks.without(rest, target);
      this.run(handler, target, [arg]);
    }
    return targets;
  }

  /** `call_rcu`: the callback waits for `runCallbacks`. */
  callLater(handler: FuncId, arg: number, cpu: number): void {
    this.callbacks.push({ handler, arg, cpu });
  }

  /** A grace period has passed: runs what waited for it, each on the CPU that asked. */
  runCallbacks(): void {
    for (let next = this.callbacks.shift(); next !== undefined; next = this.callbacks.shift()) {
      this.run(next.handler, next.cpu, [next.arg]);
    }
  }

  setOnline(cpu: number, online: number): void {
    this.online = online !== 0 ? this.masks.with(this.online, cpu) : this.masks.without(this.online, cpu);
  }

  // ---- details ----

  /** The function that asked for an IPI, as people name causes: the innermost one of the kernel text. */
  private causeOf(at: number): string {
    return this.program.positions[at]?.func ?? "?";
  }

  private lineOf(fieldName: string): number {
    const mm = this.program.mmStruct;
    const field =
      mm === undefined ? undefined : this.program.structs[mm]?.fields.find((f) => f.name === fieldName);
    return field === undefined || mm === undefined ? -1 : (this.lineBase[mm] ?? 0) + field.line;
  }

  private addStruct(id: StructId): Uint8Array {
    const struct = present(this.program.structs[id], "struct");
    const room = this.room[id] ?? 64;
    this.columnBase[id] = this.columns.length;
    for (const field of struct.fields) {
      this.columns.push(
        field.type.kind === "mask" ? new Array<Mask>(room).fill(this.masks.none) : new Int32Array(room),
      );
    }
    this.lineBase[id] = this.lastWriter.length;
    const lines = struct.fields.reduce((most, f) => Math.max(most, f.line + 1), 1);
    for (let i = 0; i < lines; i++) {
      this.lastWriter.push(new Int32Array(room));
      this.unshared.push(new Int32Array(room));
    }
    return new Uint8Array(room);
  }

  private grow(id: StructId): void {
    const struct = present(this.program.structs[id], "struct");
    const room = (this.room[id] ?? 64) * 2;
    this.room[id] = room;
    const base = this.columnBase[id] ?? 0;
    for (let i = base; i < base + struct.fields.length; i++) {
      const column = present(this.columns[i], "column");
      if (Array.isArray(column)) while (column.length < room) column.push(this.masks.none);
      else this.columns[i] = widened(column, room);
    }
    const lines = struct.fields.reduce((most, f) => Math.max(most, f.line + 1), 1);
    const first = this.lineBase[id] ?? 0;
    for (let i = first; i < first + lines; i++) {
      this.lastWriter[i] = widened(present(this.lastWriter[i], "line"), room);
      this.unshared[i] = widened(present(this.unshared[i], "line"), room);
    }
    const lives = new Uint8Array(room);
    lives.set(present(this.lives[id], "lives"));
    this.lives[id] = lives;
    assert(this.lives[id]?.length === room, "grown");
  }
}

function widened(column: Int32Array, room: number): Int32Array {
  const wider = new Int32Array(room);
  wider.set(column);
  return wider;
}
