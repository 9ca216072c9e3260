/** Which object a cell of the state vector belongs to. */
import { type Layout, LIFE } from "./layout.ts";

export interface CellOwner {
  readonly struct: number;
  /** From 1. */
  readonly object: number;
  readonly field: number;
  /** The life cell of an object from `alloc`, −1 for one that is never freed. */
  readonly life: number;
}

/** Undefined for cells of CPUs and tasks that are no fields. */
export function ownerOf(layout: Layout, cell: number): CellOwner | undefined {
  for (let struct = 0; struct < layout.capacity.length; struct++) {
    const first = layout.objectBase[struct] ?? 0;
    const stride = layout.stride[struct] ?? 1;
    const count = layout.capacity[struct] ?? 0;
    if (cell < first || cell >= first + stride * count) continue;
    const object = Math.floor((cell - first) / stride) + 1;
    const pooled = object - (layout.globals[struct] ?? 0) - 1;
    const life = pooled < 0 ? -1 : (layout.lifeBase[struct] ?? 0) + pooled;
    return { struct, object, field: (cell - first) % stride, life };
  }
  return undefined;
}

/** The freed object whose field is in `cell`, if it is one. */
export function freedAt(layout: Layout, s: Int32Array, cell: number): CellOwner | undefined {
  const owner = ownerOf(layout, cell);
  return owner !== undefined && owner.life >= 0 && s[owner.life] === LIFE.freed ? owner : undefined;
}
