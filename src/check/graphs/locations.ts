/**
 * Numbers the memory of a program: one location per field of each object.
 *
 * Objects are the globals, those that the caller gives a value to, and one per `alloc` of the unrolled threads, since
 * each of those runs at most once. Objects of a struct are numbered from 1; a litmus program's pointers are addresses
 * (`Program.addressBase`).
 */

import type { FieldId, Program, StructId } from "../../ir/types.ts";

/** What a field holds before the threads start; 0 where nothing is said. */
export interface InitialValue {
  readonly struct: StructId;
  readonly object: number;
  readonly field: FieldId;
  readonly value: number;
}

export class Locations {
  /** Locations in all. */
  readonly count: number;
  /** Initial value of each. */
  readonly initial: Int32Array;
  readonly #program: Program;
  /** Per struct: its first location, and its objects. */
  readonly #base: readonly number[];
  readonly #objects: readonly number[];
  readonly #addressBase: number;

  /** @param allocated Objects that the threads allocate, per struct. */
  constructor(
    program: Program,
    cpus: number,
    initial: readonly InitialValue[],
    allocated: readonly number[] = [],
  ) {
    this.#program = program;
    this.#addressBase = program.addressBase ?? 0;
    const declared = declaredObjects(program, cpus, initial);
    this.#objects = declared.map((objects, struct) => objects + (allocated[struct] ?? 0));
    let next = 0;
    this.#base = this.#objects.map((objects, struct) => {
      const base = next;
      next += objects * (program.structs[struct]?.fields.length ?? 0);
      return base;
    });
    this.count = next;
    this.initial = new Int32Array(next);
    for (const { struct, object, field, value } of initial)
      this.initial[this.of(struct, this.pointerTo(object), field)] = value;
  }

  /** Objects of a struct; those beyond `declaredObjects` are allocated. */
  objectsOf(struct: StructId): number {
    return this.#objects[struct] ?? 0;
  }

  /** What a pointer to an object holds. */
  pointerTo(object: number): number {
    return this.#addressBase + object;
  }

  /** The location of a field of the object that a pointer's value names; −1 when it names none (NULL, a stray address). */
  of(struct: StructId, pointer: number, field: FieldId): number {
    const object = pointer - this.#addressBase;
    if (object < 1 || object > (this.#objects[struct] ?? 0)) return -1;
    return (
      (this.#base[struct] ?? 0) + (object - 1) * (this.#program.structs[struct]?.fields.length ?? 0) + field
    );
  }

  /** Whether an access to some object's field may be to a location. */
  sameField(
    access: { readonly struct: StructId; readonly field: FieldId } | undefined,
    location: number,
  ): boolean {
    if (access === undefined) return false;
    const inside = location - (this.#base[access.struct] ?? 0);
    const stride = this.#program.structs[access.struct]?.fields.length ?? 1;
    return (
      inside >= 0 && inside < stride * (this.#objects[access.struct] ?? 0) && inside % stride === access.field
    );
  }

  /** Which field of which object a location is. */
  placeOf(location: number): { readonly struct: StructId; readonly object: number; readonly field: FieldId } {
    const struct = this.#base.findLastIndex((base, s) => base <= location && (this.#objects[s] ?? 0) > 0);
    const fields = this.#program.structs[struct]?.fields.length ?? 1;
    const inside = location - (this.#base[struct] ?? 0);
    return { struct, object: Math.floor(inside / fields) + 1, field: inside % fields };
  }

  /** `mm#2.mm_count`: for witnesses. */
  nameOf(location: number): string {
    const { struct, object, field } = this.placeOf(location);
    const { name = "?", fields = [] } = this.#program.structs[struct] ?? {};
    const global = this.#program.globals.find((g) => g.struct === struct && !g.percpu && g.first === object);
    const text = fields[field]?.name ?? "?";
    return global === undefined ? `${name}#${object}.${text}` : `${global.name}.${text}`;
  }
}

/** Objects per struct that exist before any thread starts. */
export function declaredObjects(
  program: Program,
  cpus: number,
  initial: readonly InitialValue[],
): readonly number[] {
  const objects = program.structs.map(() => 0);
  const atLeast = (struct: StructId, count: number): void => {
    objects[struct] = Math.max(objects[struct] ?? 0, count);
  };
  for (const { struct, first, percpu } of program.globals) atLeast(struct, percpu ? cpus : first);
  for (const { struct, object } of initial) atLeast(struct, object);
  return objects;
}
