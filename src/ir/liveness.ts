/**
 * Which registers still matter at each op of a body.
 *
 * `live[pc]` holds the registers whose value some path from `pc` reads before writing it. Two states that differ only
 * in a dead register are the same state: whoever stores states clears the rest. The usual backward fixpoint, over one
 * bit set of 32-bit words per op.
 */

import { defOf, forEachUse, successors } from "./operands.ts";
import type { Func, Op, Pc, Reg } from "./types.ts";

/** The live registers before each op of a body. */
export interface Liveness {
  /** Whether `reg` is read on some path from `pc` before it is written. */
  isLive(pc: Pc, reg: Reg): boolean;
  /** The registers live before `pc`, ascending. */
  at(pc: Pc): readonly Reg[];
}

/** Computes the liveness of a body. */
export function livenessOf(func: Pick<Func, "ops" | "regs">): Liveness {
  const words = Math.max(1, Math.ceil(func.regs.length / 32));
  const live = new Uint32Array(func.ops.length * words);
  let changed = true;
  while (changed) {
    changed = false;
    for (let pc = func.ops.length - 1; pc >= 0; pc--) {
      const op = func.ops[pc];
      if (op !== undefined && update(live, words, op, pc)) changed = true;
    }
  }
  const isLive = (pc: Pc, reg: Reg) => bit(live, pc * words, reg);
  return { isLive, at: (pc) => func.regs.map((_, reg) => reg).filter((reg) => isLive(pc, reg)) };
}

/** Recomputes one op's set from its successors'; true when it grew. */
function update(live: Uint32Array, words: number, op: Op, pc: Pc): boolean {
  const set = new Uint32Array(words);
  for (const next of successors(op, pc)) {
    for (let word = 0; word < words; word++) set[word] = (set[word] ?? 0) | (live[next * words + word] ?? 0);
  }
  const dst = defOf(op);
  if (dst !== undefined) set[dst >>> 5] = (set[dst >>> 5] ?? 0) & ~(1 << (dst & 31));
  forEachUse(op, (reg) => {
    set[reg >>> 5] = (set[reg >>> 5] ?? 0) | (1 << (reg & 31));
  });
  const before = live.subarray(pc * words, (pc + 1) * words);
  if (before.every((word, index) => word === set[index])) return false;
  before.set(set);
  return true;
}

function bit(words: Uint32Array, base: number, index: number): boolean {
  return (((words[base + (index >>> 5)] ?? 0) >>> (index & 31)) & 1) === 1;
}
