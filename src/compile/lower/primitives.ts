/**
 * Primitives to ops: the table by name, put together from one file per family.
 *
 * A primitive is lowered after its arguments are, left to right; a location's object is an argument like any other.
 */

import { internalBug } from "../../base/assert.ts";
import type { Operand } from "../../ir/types.ts";
import type { PrimExpr } from "../tree.ts";
import type { Lowering } from "./arguments.ts";
import { atomics } from "./atomics.ts";
import type { Body } from "./body.ts";
import { interrupts } from "./interrupts.ts";
import { masks } from "./masks.ts";
import { objects } from "./objects.ts";
import { processor } from "./processor.ts";
import { tasks } from "./tasks.ts";

const lowerings: Readonly<Record<string, Lowering>> = {
  ...objects,
  ...atomics,
  ...masks,
  ...interrupts,
  ...processor,
  ...tasks,
};

export function lowerPrimitive(body: Body, call: PrimExpr): Operand | undefined {
  const lower = Object.hasOwn(lowerings, call.name) ? lowerings[call.name] : undefined;
  if (lower === undefined) internalBug(`primitive ${call.name} has no lowering`);
  return lower(body, call);
}

/** The names that have a lowering. */
export function knownPrimitives(): readonly string[] {
  return Object.keys(lowerings);
}
