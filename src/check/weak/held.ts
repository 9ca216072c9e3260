/**
 * Whether a read of a class holds back all that its CPU does later, whatever comes in between: a `spin_lock`, an acquire, an
 * atomic that is a full barrier. Such a read takes no write that comes after it, and there is nothing to guess. The model is
 * asked about the read alone, once for each class; what comes in between can only order more.
 */
import type { Model } from "../../memory/model.ts";
import { NOBODY } from "../graphs/graph.ts";
import { EventClasses } from "./classes.ts";
import { emptyGraph, LiveGraph } from "./live_graph.ts";
import { Overtaking } from "./overtaking.ts";

/** Cells: of the access, and two spare ones. */
const CELLS = 3;

export class HeldReads {
  readonly #live: LiveGraph;
  readonly #classes: EventClasses;
  readonly #overtaking: Overtaking;
  readonly #known = new Map<string, boolean>();

  constructor(model: Model, absent: ReadonlySet<string>, locks: boolean) {
    const graph = emptyGraph(model.sets, model.relations);
    this.#classes = new EventClasses(graph, locks);
    this.#live = new LiveGraph(graph, CELLS, this.#classes);
    this.#overtaking = new Overtaking(this.#live, model.bind(graph, absent), this.#classes, 1);
  }

  /** @param write Sets of the write of an update that succeeds; absent for a pure read. */
  isHeld(read: readonly string[], write?: readonly string[]): boolean {
    const key = `${read.join(" ")}/${write?.join(" ") ?? ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const held = !this.#ask(read, write);
    this.#known.set(key, held);
    return held;
  }

  #ask(read: readonly string[], write?: readonly string[]): boolean {
    const live = this.#live;
    live.clear();
    live.graph.insert(live.add(NOBODY, this.#classes.base, 0, 0), 0);
    const asked = live.add(0, this.#classes.of(read), 0, 1);
    if (write !== undefined) {
      const second = live.add(0, this.#classes.of(write), 0, 2);
      live.pair(asked, second, false);
      live.graph.insert(second, 1);
    }
    return this.#overtaking.mayBeLate(asked);
  }
}
