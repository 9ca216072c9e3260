/**
 * Whether a model is coherent, found by asking it: the five graphs with two accesses of one thread to one location
 * that coherence forbids (CoWW, CoWR, CoRW twice, CoRR) must all be inconsistent, for marked and plain accesses alike.
 *
 * The search relies on it to leave out candidates (`candidates.ts`). A model that fails gets every candidate.
 */

import type { Model } from "../../memory/model.ts";
import { ExecutionGraph, NOBODY } from "./graph.ts";

/** An access: its thread (its place in the list is its place in program order) and what it does. */
interface Access {
  readonly thread: number;
  /** A write's place in the order of writes, from 1 (0 is the initial one). */
  readonly writes?: number;
  /** A read's source: an index into the list, −1 for the initial write. */
  readonly reads?: number;
}

const FORBIDDEN: readonly (readonly Access[])[] = [
  [
    { thread: 0, writes: 2 },
    { thread: 0, writes: 1 },
  ],
  [
    { thread: 0, writes: 1 },
    { thread: 0, reads: -1 },
  ],
  [
    { thread: 0, reads: 1 },
    { thread: 0, writes: 1 },
  ],
  [
    { thread: 0, reads: 2 },
    { thread: 0, writes: 1 },
    { thread: 1, writes: 2 },
  ],
  [
    { thread: 0, reads: 2 },
    { thread: 0, reads: -1 },
    { thread: 1, writes: 1 },
  ],
];

const known = new WeakMap<Model, boolean>();

/** Whether a model forbids what coherence forbids. */
export function isCoherent(model: Model): boolean {
  let answer = known.get(model);
  if (answer === undefined) {
    const graph = new ExecutionGraph(8, 1, model.sets, model.relations);
    const checker = model.bind(graph);
    answer = [[], ["Once"]].every((tags) =>
      FORBIDDEN.every((accesses) => rejects(() => !checker.consistent(), graph, accesses, tags)),
    );
    known.set(model, answer);
  }
  return answer;
}

function rejects(
  ask: () => boolean,
  graph: ExecutionGraph,
  accesses: readonly Access[],
  tags: readonly string[],
): boolean {
  const initial = graph.add(NOBODY, 0, 0, 0, graph.numbersOf(["W", "M", "IW"]));
  const events = accesses.map(({ thread, writes }, i) =>
    graph.add(thread, 2 * i, 0, 0, graph.numbersOf([writes === undefined ? "R" : "W", "M", ...tags])),
  );
  graph.insert(initial, 0);
  const writes = accesses.flatMap((access, i) =>
    access.writes === undefined ? [] : [{ i, at: access.writes }],
  );
  for (const { i, at } of writes.sort((a, b) => a.at - b.at)) graph.insert(events[i] ?? 0, at);
  for (const [i, { reads }] of accesses.entries()) {
    if (reads !== undefined) graph.readFrom(reads < 0 ? initial : (events[reads] ?? 0), events[i] ?? 0);
  }
  const answer = ask();
  for (const [i, { reads }] of accesses.entries()) if (reads !== undefined) graph.unread(events[i] ?? 0);
  for (const { i } of writes.reverse()) graph.withdraw(events[i] ?? 0);
  graph.withdraw(initial);
  for (let i = 0; i <= events.length; i++) graph.remove();
  return answer;
}
