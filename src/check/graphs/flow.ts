/**
 * Control flow of unrolled code: where the two ways of a branch meet again, what lies between, what is still to come.
 *
 * The kernel's memory model gives a control dependency to what is inside the body of an `if` and to nothing behind it
 * (guide A.3). In a flat body that is the region between a branch and its immediate post-dominator. A path that ends in
 * a cut never comes back, so it has no say in where the others meet.
 */

import type { Unrolled } from "./unroll.ts";

export interface Flow {
  /** Per op, its immediate post-dominator; the number of ops where that is the end. */
  readonly join: Int32Array;
  /** Per branch, the ops between it and its join, ascending. */
  readonly region: ReadonlyMap<number, readonly number[]>;
  /** Per op, the branches whose region it is in. */
  readonly controls: readonly (readonly number[])[];
}

export function flowOf(code: readonly Unrolled[]): Flow {
  const join = postDominators(code);
  const region = new Map<number, readonly number[]>();
  const controls = code.map((): number[] => []);
  for (const [pc, { next }] of code.entries()) {
    if (next.length < 2) continue;
    const inside = between(code, pc, join[pc] ?? 0);
    region.set(pc, inside);
    for (const at of inside) controls[at]?.push(pc);
  }
  return { join, region, controls };
}

/** One pass from the end, since every target has a greater index. */
function postDominators(code: readonly Unrolled[]): Int32Array {
  const end = code.length;
  const join = new Int32Array(end + 1).fill(-1);
  const meet = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      if (x < y) x = join[x] ?? end;
      else y = join[y] ?? end;
    }
    return x;
  };
  // Ops from which every path is cut keep −1.
  for (let pc = end - 1; pc >= 0; pc--) {
    const { op, next } = code[pc] ?? { op: undefined, next: [] };
    if (op === undefined) continue;
    if (next.length === 0) join[pc] = end;
    let at = -1;
    for (const to of next) {
      if ((join[to] ?? -1) < 0) continue;
      at = at < 0 ? to : meet(at, to);
    }
    if (at >= 0) join[pc] = at;
  }
  for (let pc = 0; pc < end; pc++) if ((join[pc] ?? -1) < 0) join[pc] = end;
  return join;
}

function between(code: readonly Unrolled[], branch: number, join: number): readonly number[] {
  const found = new Set<number>();
  const todo = [...(code[branch]?.next ?? [])];
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    if (pc >= join || found.has(pc)) continue;
    found.add(pc);
    todo.push(...(code[pc]?.next ?? []));
  }
  return [...found].sort((a, b) => a - b);
}
