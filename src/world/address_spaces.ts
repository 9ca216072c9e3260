/**
 * What a CPU holds on to: whether it has an address space to give up that can be freed.
 *
 * That is one which its root, the `active_mm` of the task that runs, or a pointer among its per-CPU data is to. It may be
 * dead already. Mms that are globals (`init_mm`, and the one that stands for other processes) never die.
 */
import type { Program, StructId } from "../ir/types.ts";
import { CPU, type Layout } from "./layout.ts";

export class AddressSpaces {
  /** Mms up to this number are globals. */
  private readonly immortal: number;
  /** Per CPU, its root and the pointers to mms among its per-CPU data. */
  private readonly own: readonly Int32Array[];
  /** Per task, from 1, its `active_mm`; −1 where tasks have none. */
  private readonly active: Int32Array;

  constructor(program: Program, layout: Layout, mm: StructId) {
    const { globals, structs, taskStruct = -1 } = program;
    const fieldsOf = (struct: StructId): readonly number[] =>
      (structs[struct]?.fields ?? []).flatMap(({ type }, field) =>
        type.kind === "ptr" && type.struct === mm ? [field] : [],
      );
    const cellOf = (struct: StructId, object: number, field: number): number =>
      (layout.objectBase[struct] ?? 0) + (object - 1) * (layout.stride[struct] ?? 0) + field;
    const perCpu = globals.filter(({ percpu }) => percpu);
    this.immortal = layout.globals[mm] ?? 0;
    this.own = Array.from({ length: layout.cpus }, (_, c) => {
      const pointers = perCpu.flatMap(({ struct, first }) =>
        fieldsOf(struct).map((field) => cellOf(struct, first + c, field)),
      );
      return Int32Array.from([c * layout.cpuStride + CPU.root, ...pointers]);
    });
    const active = structs[taskStruct]?.fields.findIndex(({ name }) => name === "active_mm") ?? -1;
    this.active = Int32Array.from({ length: layout.tasks + 1 }, (_, t) =>
      active < 0 ? -1 : cellOf(taskStruct, t, active),
    );
  }

  /** CPU `c`, on which task `current` runs, has an address space to give up that can be freed. */
  mayBeLeft(s: Int32Array, c: number, current: number): boolean {
    if ((s[this.active[current] ?? -1] ?? 0) > this.immortal) return true;
    return this.own[c]?.some((cell) => (s[cell] ?? 0) > this.immortal) === true;
  }
}
