/**
 * Cuts a long body into parts, each of which becomes a function of its own.
 *
 * Everything is inlined into a body, and the exit of a process has 700 ops. As one function it takes V8 a second to optimise,
 * and all of that is thrown away whenever a path is taken that was not there before: a body with dozens of rare paths is
 * hardly ever in its optimised form. In parts, what is thrown away is small. Going from one part to another costs a call, so
 * loops are not cut where that can be avoided.
 */

import { successors } from "../../ir/operands.ts";
import type { Op, Pc } from "../../ir/types.ts";

/** Ops of a body that stays whole, and of a part of one that does not. */
const WHOLE = 240;
const LEAST = 30;
const MOST = 120;

/** The first op of each part, and the number of ops at the end. */
export function cutsOf(ops: readonly Op[], targets: ReadonlySet<Pc>): Pc[] {
  if (ops.length <= WHOLE) return [0, ops.length];
  const depth = loopDepths(ops);
  const cuts = [0];
  for (let from = 0; ops.length - from > MOST; ) {
    let best = from + MOST;
    for (let at = from + MOST; at >= from + LEAST; at--) {
      if (targets.has(at) && (depth[at] as number) < (depth[best] as number)) best = at;
    }
    cuts.push(best);
    from = best;
  }
  cuts.push(ops.length);
  return cuts;
}

/** By op: how many jumps back it stands between. */
function loopDepths(ops: readonly Op[]): Int32Array {
  const depth = new Int32Array(ops.length);
  ops.forEach((op, pc) => {
    for (const to of successors(op, pc))
      for (let at = to + 1; at <= pc; at++) depth[at] = (depth[at] as number) + 1;
  });
  return depth;
}
