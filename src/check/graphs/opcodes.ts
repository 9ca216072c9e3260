/** Numbers of the compiled threads' ops; see `code.ts` for what their operands are. */

import { internalBug } from "../../base/assert.ts";
import type { BinaryOp } from "../../ir/types.ts";

/** Kinds of op. Those from `VISIBLE` on make events. */
export const OP = {
  /** The thread is done. */
  end: 0,
  /** The bound of a loop was hit. */
  cut: 1,
  nop: 2,
  /** dst := a. */
  mov: 3,
  /** dst := fn(a, b). */
  bin: 4,
  /** To `next` when a is not 0, else to `other`. */
  branch: 5,
  /** The thread stops in a violation when a is not 0. */
  bug: 6,
  /** Like `bug`, but it goes on. */
  warn: 7,
  fence: 8,
  store: 9,
  /** Reads, and writes unless its `cond` says no. */
  read: 10,
  /** Reads only a value that satisfies it; nothing of its thread goes on before that. */
  await: 11,
  lock: 12,
  unlock: 13,
  /** A fence with a location (`synchronize_srcu`). */
  placed: 14,
} as const;

export const VISIBLE = OP.fence;

/** When a `read` writes, too; for `await`, which values it takes. */
export const COND = {
  never: 0,
  always: 1,
  /** The value read equals b. */
  equal: 2,
  differs: 3,
  /** It is 0 (`spin_trylock`). */
  zero: 4,
} as const;

/** What a `read` leaves in its dst. */
export const RESULT = {
  none: 0,
  old: 1,
  new: 2,
  /** Bit b of the old value. */
  bit: 3,
  /** Whether it wrote. */
  wrote: 4,
  /** Whether the old value is not 0. */
  nonzero: 5,
} as const;

/** Functions of two operands. */
export const FN = {
  add: 0,
  sub: 1,
  and: 2,
  or: 3,
  xor: 4,
  andnot: 5,
  mul: 6,
  div: 7,
  shl: 8,
  shr: 9,
  eq: 10,
  ne: 11,
  lt: 12,
  le: 13,
  gt: 14,
  ge: 15,
  /** The second operand: `xchg`, and what a conditional op stores. */
  second: 16,
  /** a with bit b set. */
  with: 17,
  without: 18,
  has: 19,
  /** The lowest bit of a, −1 when there is none. */
  pick: 20,
} as const satisfies Record<BinaryOp | "second" | "with" | "without" | "has" | "pick", number>;

/** The value of a function; agrees with `binary` of `src/world/arith.ts`. */
export function apply(fn: number, a: number, b: number): number {
  switch (fn) {
    case FN.add:
      return (a + b) | 0;
    case FN.sub:
      return (a - b) | 0;
    case FN.and:
      return a & b;
    case FN.or:
      return a | b;
    case FN.xor:
      return a ^ b;
    case FN.andnot:
      return a & ~b;
    case FN.mul:
      return Math.imul(a, b);
    case FN.div:
      return b === 0 ? 0 : (a / b) | 0;
    case FN.shl:
      return a << b;
    case FN.shr:
      return a >> b;
    case FN.second:
      return b;
    case FN.with:
      return a | (1 << b);
    case FN.without:
      return a & ~(1 << b);
    case FN.has:
      return (a >>> b) & 1;
    case FN.pick:
      return a === 0 ? -1 : 31 - Math.clz32(a & -a);
    default:
      return compare(fn, a, b) ? 1 : 0;
  }
}

function compare(fn: number, a: number, b: number): boolean {
  switch (fn) {
    case FN.eq:
      return a === b;
    case FN.ne:
      return a !== b;
    case FN.lt:
      return a < b;
    case FN.le:
      return a <= b;
    case FN.gt:
      return a > b;
    case FN.ge:
      return a >= b;
    default:
      return internalBug(`no function ${fn}`);
  }
}
