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
/** Above all numbers of classes. */
const MOST_CLASSES = 1 << 12;

export class HeldReads {
  readonly #live: LiveGraph;
  readonly #classes: EventClasses;
  readonly #overtaking: Overtaking;
  readonly #asked: EventClasses;
  readonly #known = new Map<number, boolean>();

  /** @param asked The classes that will be asked about; those of the graph in which they are asked are others. */
  constructor(model: Model, absent: ReadonlySet<string>, asked: EventClasses) {
    const graph = emptyGraph(model.sets, model.relations);
    this.#asked = asked;
    this.#classes = new EventClasses(graph, model.sets.includes("LKR"));
    this.#live = new LiveGraph(graph, CELLS, this.#classes);
    this.#overtaking = new Overtaking(this.#live, model.bind(graph, absent), this.#classes, 1, 2);
  }

  /** @param write Class of the write of an update that succeeds, −1 for a pure read. */
  isHeld(read: number, write: number): boolean {
    const key = read * MOST_CLASSES + write + 1;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const held = !this.#mayBeLate(read, write);
    this.#known.set(key, held);
    return held;
  }

  #mayBeLate(read: number, write: number): boolean {
    const own = (cls: number): number => this.#classes.of(this.#asked.all[cls]?.names ?? []);
    const live = this.#live;
    live.clear();
    live.graph.insert(live.add(NOBODY, this.#classes.base, 0, 0), 0);
    const asked = live.add(0, own(read), 0, 1);
    if (write >= 0) {
      const second = live.add(0, own(write), 0, 2);
      live.pair(asked, second, false);
      live.graph.insert(second, 1);
    }
    return this.#overtaking.mayBeLate(asked);
  }
}
