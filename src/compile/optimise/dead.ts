/** Results that nobody reads: local ops that only compute one. A load stays, read or not: others may see it. */

import { isPure } from "../../ir/effects.ts";
import { livenessOf } from "../../ir/liveness.ts";
import { defOf } from "../../ir/operands.ts";
import type { Func } from "../../ir/types.ts";
import { filterOps } from "./edit.ts";

export function removeDeadResults(func: Func): Func {
  const live = livenessOf(func);
  return filterOps(func, (op, pc) => {
    const dst = defOf(op);
    return dst === undefined || !isPure(op) || live.isLive(pc + 1, dst);
  });
}
