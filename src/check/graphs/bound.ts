/**
 * Empty graphs with a model bound to them, kept for the next program.
 *
 * Binding generates code, which takes longer than exploring a small litmus test and is slow until it is warm. Folding
 * away what a program's empty sets make empty would need code of its own for nearly every test of a folder (362 shapes
 * for 700 tests, six times the time); the generated code looks for empty sets when it runs. So that is only done for
 * programs that are worth it (`specialise`).
 */

import { InputError } from "../../base/input_error.ts";
import type { Model, ModelChecker } from "../../memory/model.ts";
import { ExecutionGraph } from "./graph.ts";

export interface BoundGraph {
  readonly graph: ExecutionGraph;
  readonly checker: ModelChecker;
  /** What it is kept by. */
  readonly shape: string;
}

/** Locations of the smallest graph. */
const LEAST_LOCATIONS = 16;

/** Matrices of more events than this fill the memory, and no search of such graphs ends. */
const MOST_EVENTS = 4096;

/** Graphs kept per model. */
const MOST_KEPT = 8;

const idle = new WeakMap<Model, Map<string, BoundGraph>>();

/**
 * A graph for at most `events` events at `locations` locations.
 * @throws InputError when the threads make too many.
 * @param absent Sets that stay empty, where code is to be generated for this program alone.
 */
export function takeGraph(
  model: Model,
  events: number,
  locations: number,
  absent: ReadonlySet<string> | undefined,
): BoundGraph {
  if (events > MOST_EVENTS) {
    throw new InputError(
      `the threads make up to ${events} events, expected at most ${MOST_EVENTS}; choose a smaller bound for loops`,
    );
  }
  const capacity = Math.max(32, (events + 31) & ~31);
  const rows = Math.max(LEAST_LOCATIONS, locations);
  const shape = [capacity, rows, ...(absent ?? [])].join(" ");
  const kept = idle.get(model);
  const known = kept?.get(shape);
  if (known !== undefined) {
    kept?.delete(shape);
    return known;
  }
  const graph = new ExecutionGraph(capacity, rows, model.sets, model.relations);
  return { graph, checker: model.bind(graph, absent), shape };
}

/** Gives a graph back, empty again. */
export function returnGraph(model: Model, bound: BoundGraph): void {
  let kept = idle.get(model);
  if (kept === undefined) {
    kept = new Map();
    idle.set(model, kept);
  }
  kept.set(bound.shape, bound);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
