/**
 * Which ops a world has executed, and which ways its branches have gone.
 *
 * Two bytes per op of every body: the first is set when the op runs, or when a branch goes to `then`, the second when a
 * branch goes to `otherwise`. A step executes many ops, and which of them is decided by branches inside it, so it is the
 * generated code that sets the bytes (`emit.ts`); a world without a `Cover` generates none of that and pays nothing.
 *
 * Reductions do not distort what is seen: a persistent set leaves out interleavings, never an op that some interleaving
 * executes with the same values, and a renamed CPU runs the same text.
 */

import type { FuncId, Pc, Program } from "../ir/types.ts";

export class Cover {
  readonly cells: Uint8Array;
  /** Per body, its first cell. */
  private readonly first: readonly number[];

  constructor(program: Program) {
    const first: number[] = [];
    let size = 0;
    for (const body of program.funcs) {
      first.push(size);
      size += 2 * body.ops.length;
    }
    this.first = first;
    this.cells = new Uint8Array(size);
  }

  /** The cell of an op, or of one way of a branch. */
  cell(func: FuncId, pc: Pc, otherwise = false): number {
    return (this.first[func] ?? 0) + 2 * pc + (otherwise ? 1 : 0);
  }

  /** A branch has gone to `then` (or an op that is none has run), or has gone to `otherwise`. */
  ran(func: FuncId, pc: Pc, otherwise = false): boolean {
    return this.cells[this.cell(func, pc, otherwise)] === 1;
  }
}
