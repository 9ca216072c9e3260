/**
 * Ops that a world executes alike.
 *
 * The generated step of an op, and where a body is cut, depend on the order of an access under no model of this folder:
 * memory is sequentially consistent but for what waits in store buffers, and every update drains them. Of fences, TSO
 * knows those that wait for an empty buffer from the others, and sequential consistency none. So one weakened to the
 * other gives the same machine, state for state, and needs no search of its own. A test compares the texts.
 */
import type { Op } from "../ir/types.ts";
import { needsEmptyBuffer } from "./store_buffer.ts";
import type { MemoryModel } from "./world.ts";

/** `a` and `b` stand at one place and differ in what they order, at most. */
export function isSameStep(a: Op, b: Op, model: MemoryModel): boolean {
  if (a.op !== b.op) return false;
  return model === "sc" || a.op !== "fence" || needsEmptyBuffer(a) === needsEmptyBuffer(b);
}
