/**
 * What a model orders in one thread, found by asking it: what cannot overtake a full fence, a grace period, a releasing
 * store, an acquiring load, an update with full ordering?
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
  /** `[Acquire]; po; [M]`. */
  readonly acquire: boolean;
  /** Both, of an unconditional update tagged `Mb`, and through its result. */
  readonly update: boolean;
  /**
   * Dependencies through plain accesses count like any others. Where they do not, a program with plain accesses has
   * consistent cycles of waiting and reads-from, and nothing may be held back in it.
   */
  readonly plain: boolean;
  /** A dependency of a marked store on a marked load, by data, address or control, counts like an order between them. */
  readonly dependencies: boolean;
  /** Sets of fences with "access; fence; access" in order: `Mb`, `Sync-rcu`. */
  readonly fences: ReadonlySet<string>;
}

const known = new WeakMap<Model, Ordering>();

export function orderingOf(model: Model): Ordering {
  let answer = known.get(model);
  if (answer === undefined) {
    const probe = new Probe(model);
    const fences = ["Mb", "Sync-rcu"].filter((name) => probe.forbids([LOAD, ["F", name], STORE]));
    answer = {
      release: probe.forbids([LOAD, ["W", "M", "Release"]]),
      acquire: probe.forbids([["R", "M", "Acquire"], STORE]),
      update: [
        ["update", STORE],
        [LOAD, "update"],
        [LOAD, "update", DEPENDENT],
      ].every((thread) => probe.forbids(thread as readonly Step[])),
      plain: probe.forbids([["R", "M"], "plain"]),
      dependencies: BY.every((relation) => probe.forbids([LOAD, relation])),
      fences: new Set(fences),
    };
    known.set(model, answer);
  }
  return answer;
}

const BY = ["data", "addr", "ctrl"] as const;

/**
 * A load of x, a store to y, a fence, by their sets; an update; a store to y of what the update read, or a plain one of
 * what the load read, or a marked one that depends on the load in some way.
 */
type Step = readonly string[] | "update" | "dependent" | "plain" | (typeof BY)[number];
const LOAD: Step = ["R", "M", "Once"];
const STORE: Step = ["W", "M", "Once"];
const DEPENDENT: Step = "dependent";

class Probe {
  readonly #graph: ExecutionGraph;
  readonly #consistent: () => boolean;

  constructor(model: Model) {
    this.#graph = new ExecutionGraph(16, 3, model.sets, model.relations);
    const checker = model.bind(this.#graph);
    this.#consistent = () => checker.consistent();
  }

  /**
   * Whether a thread's first load may not take the value that another thread stores to x because it has seen what the
   * thread's last store left in y.
   */
  forbids(steps: readonly Step[]): boolean {
    const graph = this.#graph;
    for (const location of [0, 1, 2]) graph.insert(this.#add(NOBODY, location, "W", "M", "IW"), 0);
    const { first, last } = this.#thread(steps);
    const seen = this.#add(1, 1, "R", "M", "Once");
    graph.readFrom(last, seen);
    const answer = this.#add(1, 0, "W", "M", "Once");
    this.#relate("data", seen, answer);
    graph.insert(answer, 1);
    if (graph.source[first] !== -1) graph.unread(first);
    graph.readFrom(answer, first);
    const forbidden = !this.#consistent();
    for (let e = graph.n - 1; e >= 0; e--) {
      if ((graph.source[e] ?? -1) >= 0) graph.unread(e);
      if ((graph.place[e] ?? -1) >= 0) graph.withdraw(e);
    }
    while (graph.n > 0) graph.remove();
    return forbidden;
  }

  /** Adds the events of thread 0; returns its first load and its last store. */
  #thread(steps: readonly Step[]): { readonly first: number; readonly last: number } {
    const graph = this.#graph;
    let first = -1;
    let last = -1;
    let updated = -1;
    for (const [i, step] of steps.entries()) {
      if (step === "update") {
        // Of x at the start, of y at the end, in between of a third location.
        const location = i === 0 ? 0 : i === steps.length - 1 ? 1 : 2;
        updated = this.#add(0, location, "R", "M", "RMW", "X", "Mb");
        last = this.#add(0, location, "W", "M", "RMW", "X", "Mb");
        graph.readFrom(location, updated);
        graph.insert(last, 1);
        this.#relate("rmw", updated, last);
        if (first < 0) first = updated;
      } else if (typeof step === "string" && step !== "dependent") {
        last = this.#add(0, 1, ...(step === "plain" ? ["W", "M"] : STORE));
        this.#relate(step === "plain" ? "data" : step, first, last);
        // What processors see depend on a branch.
        if (step === "ctrl") this.#relate("ctrl-all", first, last);
        graph.insert(last, 1);
      } else if (step === "dependent" || step.includes("W")) {
        last = this.#add(0, 1, ...(step === "dependent" ? STORE : step));
        if (step === "dependent") this.#relate("data", updated, last);
        graph.insert(last, 1);
      } else {
        const fence = step.includes("F");
        const event = this.#add(0, fence ? -1 : 0, ...step);
        if (!fence) first = event;
      }
    }
    return { first, last };
  }

  #add(thread: number, location: number, ...sets: readonly string[]): number {
    const graph = this.#graph;
    return graph.add(thread, graph.n, location, 0, graph.numbersOf(sets));
  }

  #relate(name: string, from: number, to: number): void {
    const bits = this.#graph.relations.get(name);
    if (bits !== undefined) this.#graph.relate(bits, from, to);
  }
}
