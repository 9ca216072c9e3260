/**
 * What a model orders in one thread, found by asking it: may a load be overtaken by what comes behind a full fence, a
 * grace period, or by a releasing store?
 *
 * The question is load buffering with the order in question in one thread and a data dependency in the other. A model
 * that forbids it lets the search hold an event back while a load before it waits (`ahead.ts`), which saves the search
 * from guessing what it would only take back. All models of the kernel and of processors do.
 */

import type { Model } from "../../memory/model.ts";
import { ExecutionGraph, NOBODY } from "./graph.ts";

export interface Ordering {
  /** `[M]; po; [Release]`. */
  readonly release: boolean;
  /** Sets of fences with "access; fence; access" in order: `Mb`, `Sync-rcu`. */
  readonly fences: ReadonlySet<string>;
}

const known = new WeakMap<Model, Ordering>();

export function orderingOf(model: Model): Ordering {
  let answer = known.get(model);
  if (answer === undefined) {
    const probe = new Probe(model);
    const fences = ["Mb", "Sync-rcu"].filter((name) => probe.forbids(["F", name], "Once"));
    answer = { release: probe.forbids(undefined, "Release"), fences: new Set(fences) };
    known.set(model, answer);
  }
  return answer;
}

class Probe {
  readonly #graph: ExecutionGraph;
  readonly #consistent: () => boolean;

  constructor(model: Model) {
    this.#graph = new ExecutionGraph(8, 2, model.sets, model.relations);
    const checker = model.bind(this.#graph);
    this.#consistent = () => checker.consistent();
  }

  /** Load of x, perhaps a fence, store to y; beside a load of y and a store to x that depends on it. */
  forbids(fence: readonly string[] | undefined, tag: string): boolean {
    const graph = this.#graph;
    const add = (thread: number, location: number, ...sets: readonly string[]): number =>
      graph.add(thread, graph.n, location, 0, graph.numbersOf(sets));
    const initial = [0, 1].map((location) => add(NOBODY, location, "W", "M", "IW"));
    const first = add(0, 0, "R", "M", "Once");
    if (fence !== undefined) add(0, -1, ...fence);
    const released = add(0, 1, "W", "M", tag);
    const second = add(1, 1, "R", "M", "Once");
    const answer = add(1, 0, "W", "M", "Once");
    const data = graph.relations.get("data");
    if (data !== undefined) graph.relate(data, second, answer);
    for (const write of initial) graph.insert(write, 0);
    graph.insert(released, 1);
    graph.insert(answer, 1);
    graph.readFrom(released, second);
    graph.readFrom(answer, first);
    const forbidden = !this.#consistent();
    graph.unread(first);
    graph.unread(second);
    for (const write of [answer, released, ...initial]) graph.withdraw(write);
    while (graph.n > 0) graph.remove();
    return forbidden;
  }
}
