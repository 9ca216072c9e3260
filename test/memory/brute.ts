/**
 * All executions of a straight-line program under a model, by trying every reads-from and every coherence order. No
 * values: a program is a list of events, and an execution is what reads from what and in which order writes land.
 *
 * A program is text, threads side by side: `W x ; F.wmb ; W y || R.acquire y ; R x`. An access is `R`, `W` or `RMW`
 * (fetch-and-add), with a tag (`once` if there is none, `plain` for no tag) and a location; `<data`, `<addr` or
 * `<ctrl` makes it depend on the read before it in its thread. `lock l`, `unlock l`, `F.tag` and `F.rcu-lock` are
 * what they say.
 */

import type { Model, ModelChecker } from "../../src/memory/model.ts";
import { type Pair, TestGraph } from "./test_graph.ts";

/** One execution, for predicates: what each read reads from, in the order of the text. */
export interface Execution {
  /** Per read: `i` for the initial write, else the thread of the write it reads. */
  readonly reads: string;
  /** Per location: threads in the order in which their writes land, `x01` say. */
  readonly orders: readonly string[];
  readonly flags: readonly string[];
}

/** Visits the consistent executions. */
export function executions(text: string, model: Model, graph = graphOf(text, model)): readonly Execution[] {
  const enumerator = new Enumerator(graph, model.bind(graph));
  enumerator.run();
  return enumerator.found;
}

export const count = (text: string, model: Model): number => executions(text, model).length;

/** Whether some execution has these sources (`0 i`) and, if given, these orders (`x01`). */
export function allowed(text: string, model: Model, reads: string, ...orders: readonly string[]): boolean {
  const wanted = reads.replaceAll(" ", "");
  return executions(text, model).some(
    (each) => each.reads === wanted && orders.every((order) => each.orders.includes(order)),
  );
}

/** The program's events with everything but rf and co. */
export function graphOf(text: string, ...models: readonly Model[]): TestGraph {
  const threads = text.split("||").map((thread) =>
    thread
      .split(";")
      .map((each) => each.trim())
      .filter(Boolean),
  );
  const places = threads.flat().flatMap((each) => /^\S+ (\w+)/.exec(each)?.[1] ?? []);
  const graph = new TestGraph(64, ...models);
  for (const loc of new Set(places)) graph.add({ thread: -1, loc, sets: ["W", "M", "IW"] });
  for (const [thread, instructions] of threads.entries()) {
    let read = -1;
    for (const each of instructions) read = addInstruction(graph, thread, each, read);
  }
  return graph;
}

/** Returns the last read of the thread. */
function addInstruction(graph: TestGraph, thread: number, text: string, before: number): number {
  const [, kind = "", tag = "once", loc = "", dependency = ""] =
    /^(\w+)(?:\.([\w-]+))?(?: (\w+))?(?: <(\w+))?$/.exec(text) ?? [];
  const tags = tag === "plain" ? [] : [tag.charAt(0).toUpperCase() + tag.slice(1)];
  const add = (...sets: string[]): number => graph.add({ thread, ...(loc === "" ? {} : { loc }), sets });
  const pair = (read: number, write: number, relation: string): number => {
    graph.relate(relation, read, write);
    return read;
  };
  switch (kind) {
    case "R":
    case "W": {
      const event = add(kind, "M", ...tags);
      if (dependency !== "") graph.relate(dependency, before, event);
      return kind === "R" ? event : before;
    }
    case "RMW": {
      const half = (other: string): string[] => (tag === other ? ["Once"] : tags);
      const read = add("R", "M", "RMW", ...half("release"));
      if (dependency === "addr") graph.relate("addr", before, read);
      const write = add(
        "W",
        "M",
        "RMW",
        ...half("acquire").map((each) => (each === "Noreturn" ? "Once" : each)),
      );
      graph.relate("data", read, write);
      return pair(read, write, "rmw");
    }
    case "lock":
      return pair(add("LKR"), add("LKW"), "lk-rmw");
    case "unlock":
      add("UL");
      return before;
    case "F":
      add("F", ...tags);
      return before;
    default:
      throw new Error(`cannot read ${text}`);
  }
}

class Enumerator {
  readonly found: Execution[] = [];
  readonly #graph: TestGraph;
  readonly #checker: ModelChecker;
  readonly #reads: readonly number[];
  readonly #writes: ReadonlyMap<string, readonly number[]>;
  readonly #rf: Pair[] = [];

  constructor(graph: TestGraph, checker: ModelChecker) {
    this.#graph = graph;
    this.#checker = checker;
    this.#reads = graph.ids().filter((id) => this.#is(id, "R") || this.#is(id, "LKR"));
    const writes = graph.ids().filter((id) => ["W", "LKW", "UL"].some((set) => this.#is(id, set)));
    const locs = new Set(writes.map((id) => graph.events[id]?.loc ?? ""));
    this.#writes = new Map(
      [...locs].map((loc) => [loc, writes.filter((id) => graph.events[id]?.loc === loc)]),
    );
  }

  #is(id: number, set: string): boolean {
    return this.#graph.events[id]?.sets.includes(set) ?? false;
  }

  run(): void {
    this.#chooseReads(0);
  }

  #chooseReads(index: number): void {
    const read = this.#reads[index];
    if (read === undefined) {
      this.#graph.assign("rf", this.#rf);
      this.#chooseOrders([...this.#writes.values()], [], []);
      return;
    }
    for (const write of this.#writes.get(this.#graph.events[read]?.loc ?? "") ?? []) {
      if (this.#is(read, "LKR") && this.#is(write, "LKW")) continue;
      this.#rf.push([write, read]);
      this.#chooseReads(index + 1);
      this.#rf.pop();
    }
  }

  #chooseOrders(
    rest: readonly (readonly number[])[],
    co: readonly Pair[],
    orders: readonly (readonly number[])[],
  ): void {
    const [writes, ...others] = rest;
    if (writes === undefined) {
      this.#graph.assign("co", co);
      if (this.#checker.consistent()) this.found.push(this.#describe(orders));
      return;
    }
    const [first = 0, ...later] = writes;
    for (const order of permutations(later, (a, b) => this.#inProgramOrder(a, b))) {
      const all = [first, ...order];
      const pairs = all.flatMap((from, i) => all.slice(i + 1).map((to): Pair => [from, to]));
      this.#chooseOrders(others, [...co, ...pairs], [...orders, all]);
    }
  }

  /** Writes of one thread to one location land in program order: every model here says so. */
  #inProgramOrder(first: number, second: number): boolean {
    const thread = (id: number): number => this.#graph.events[id]?.thread ?? -1;
    return thread(first) !== thread(second) || first < second;
  }

  #describe(orders: readonly (readonly number[])[]): Execution {
    const thread = (id: number): string => {
      const number = this.#graph.events[id]?.thread ?? -1;
      return number < 0 ? "i" : String(number);
    };
    return {
      reads: this.#rf.map(([write]) => thread(write)).join(""),
      orders: orders.map(
        (order) => `${this.#graph.events[order[0] ?? 0]?.loc}${order.slice(1).map(thread).join("")}`,
      ),
      flags: this.#checker.flags(),
    };
  }
}

/** Orders in which `may(a, b)` holds for all a before b. */
export function permutations<T>(
  of: readonly T[],
  may: (a: T, b: T) => boolean = () => true,
): readonly (readonly T[])[] {
  if (of.length < 2) return [of];
  return of.flatMap((first, i) => {
    const others = [...of.slice(0, i), ...of.slice(i + 1)];
    if (!others.every((other) => may(first, other))) return [];
    return permutations(others, may).map((rest) => [first, ...rest]);
  });
}
