/**
 * The objects of the specimens: one typed array per field, indexed by object number (0 is NULL), of fixed size.
 *
 * A struct's capacity is set before the run: by what the workload says it needs. Freed objects are used again, the
 * longest free first, as a slab would in the end; their lines stay where they are. Lines of all structs are numbered
 * through: line `l` of object `o` is `lineBase + o · linesPerObject + l`.
 *
 * A mask field is a row of words; masks in registers are values of `../masks.ts`.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Program, StructId } from "../../ir/types.ts";

/** Objects of one struct. */
export interface Store {
  readonly struct: StructId;
  readonly capacity: number;
  /** One array per field; a mask field has `words` words per object. */
  readonly columns: readonly (Int32Array | Uint32Array)[];
  /** 1 alive, 0 not. */
  readonly alive: Uint8Array;
  readonly lineBase: number;
  readonly linesPerObject: number;
  /** Class of its line 0: classes of lines are (struct, line) pairs, numbered through. */
  readonly classBase: number;
}

/** A class of lines, for reports. */
export interface LineClass {
  /** "mm_struct.mm_count", or the first field of several with "…". */
  readonly name: string;
}

export class Memory {
  readonly stores: readonly Store[];
  readonly classes: readonly LineClass[];
  readonly lines: number;
  readonly words: number;
  private readonly program: Program;
  /** Per struct: objects given out so far, and freed ones in the order in which they were freed. */
  private readonly used: Int32Array;
  private readonly freed: number[][];
  private readonly freedHead: Int32Array;

  /** `capacity` is the number of objects by struct name; per-CPU structs have one per CPU, others 16 unless named. */
  constructor(program: Program, cpus: number, capacity: ReadonlyMap<string, number>) {
    this.program = program;
    this.words = Math.ceil(cpus / 32);
    const classes: LineClass[] = [];
    let lines = 0;
    this.stores = program.structs.map((struct, id) => {
      const size = capacityOf(program, id, cpus, capacity) + 1;
      const columns = struct.fields.map((f) =>
        f.type.kind === "mask" ? new Uint32Array(size * this.words) : new Int32Array(size),
      );
      const linesPerObject = linesOf(program, id);
      const store = {
        struct: id,
        capacity: size - 1,
        columns,
        alive: new Uint8Array(size),
        lineBase: lines,
        linesPerObject,
        classBase: classes.length,
      };
      for (let line = 0; line < linesPerObject; line++) classes.push({ name: lineName(program, id, line) });
      lines += size * linesPerObject;
      return store;
    });
    this.classes = classes;
    this.lines = lines;
    this.used = new Int32Array(program.structs.length);
    this.freed = program.structs.map(() => []);
    this.freedHead = new Int32Array(program.structs.length);
    for (const g of program.globals) for (let i = 0; i < (g.percpu ? cpus : 1); i++) this.allocate(g.struct);
  }

  /** A fresh object, all zero. */
  allocate(struct: StructId): number {
    const store = present(this.stores[struct], "struct");
    const object = this.next(struct, store);
    store.alive[object] = 1;
    for (const column of store.columns) {
      if (column instanceof Int32Array) column[object] = 0;
      else column.fill(0, object * this.words, (object + 1) * this.words);
    }
    return object;
  }

  private next(struct: StructId, store: Store): number {
    const fresh = (this.used[struct] ?? 0) + 1;
    if (fresh <= store.capacity) {
      this.used[struct] = fresh;
      return fresh;
    }
    const queue = present(this.freed[struct], "freed objects");
    const head = this.freedHead[struct] ?? 0;
    const again = queue[head];
    if (again === undefined) {
      const name = this.program.structs[struct]?.name ?? "?";
      throw new InputError(
        `the workload has more than ${store.capacity} ${name} at a time, live or dead and not freed: no memory for more; fewer CPUs, or fewer tasks`,
      );
    }
    this.freedHead[struct] = head + 1;
    if (head > 4096) {
      queue.splice(0, head + 1);
      this.freedHead[struct] = 0;
    }
    return again;
  }

  /** False when it was not alive. */
  free(struct: StructId, object: number): boolean {
    const store = present(this.stores[struct], "struct");
    if (store.alive[object] !== 1) return false;
    store.alive[object] = 0;
    present(this.freed[struct], "freed objects").push(object);
    return true;
  }

  /** Live objects of a struct. */
  live(struct: StructId): number {
    return present(this.stores[struct], "struct").alive.reduce((sum, one) => sum + one, 0);
  }

  /** The column of a field by name. */
  column(structName: string, fieldName: string): Int32Array {
    const struct = this.program.structs.findIndex((s) => s.name === structName);
    const field = this.program.structs[struct]?.fields.findIndex((f) => f.name === fieldName) ?? -1;
    const column = this.stores[struct]?.columns[field];
    if (!(column instanceof Int32Array))
      throw new InputError(`the kernel model has no field ${structName}.${fieldName}`);
    return column;
  }
}

/** What `lines.ts` and `visits.ts` keep of each line, and the books of `simulate.ts`. */
const BYTES_PER_LINE = 50;

/** Bytes that a memory of this shape takes, lines included. */
export function bytesOf(program: Program, cpus: number, capacity: ReadonlyMap<string, number>): number {
  const words = Math.ceil(cpus / 32);
  return program.structs.reduce((sum, struct, id) => {
    const objects = capacityOf(program, id, cpus, capacity) + 1;
    const fields = struct.fields.reduce((all, f) => all + (f.type.kind === "mask" ? 4 * words : 4), 1);
    return sum + objects * (fields + linesOf(program, id) * BYTES_PER_LINE);
  }, 0);
}

function capacityOf(
  program: Program,
  id: StructId,
  cpus: number,
  capacity: ReadonlyMap<string, number>,
): number {
  const globals = program.globals.filter((g) => g.struct === id);
  const fixed = globals.reduce((sum, g) => sum + (g.percpu ? cpus : 1), 0);
  if (globals.some((g) => g.percpu)) return fixed;
  return fixed + (capacity.get(program.structs[id]?.name ?? "") ?? 16);
}

function linesOf(program: Program, id: StructId): number {
  return program.structs[id]?.fields.reduce((most, f) => Math.max(most, f.line + 1), 1) ?? 1;
}

function lineName(program: Program, id: StructId, line: number): string {
  const struct = program.structs[id];
  const fields = struct?.fields.filter((f) => f.line === line) ?? [];
  const more = fields.length > 1 ? " …" : "";
  return `${struct?.name ?? "?"}.${fields[0]?.name ?? "?"}${more}`;
}
