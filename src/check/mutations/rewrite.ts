/** Replaces ops of a body by straight-line sequences of ops; branch targets follow. */
import { mapTargets } from "../../ir/operands.ts";
import type { Func, Op, Pc, RegInfo } from "../../ir/types.ts";

/** What becomes of one op; undefined leaves it. A replacement does not branch. */
export type Rewrite = (op: Op, pc: Pc) => readonly Op[] | undefined;

/** The body with ops replaced; `regs`, read after all rewriting, are appended to its registers. */
export function rewriteBody(body: Func, rewrite: Rewrite, regs: readonly RegInfo[]): Func {
  const parts = body.ops.map((op, pc) => rewrite(op, pc) ?? [op]);
  const starts: Pc[] = [];
  let at = 0;
  for (const part of parts) {
    starts.push(at);
    at += part.length;
  }
  const ops = parts.flatMap((part) => part.map((op) => mapTargets(op, (to) => starts[to] ?? to)));
  return { ...body, regs: [...body.regs, ...regs], ops };
}
