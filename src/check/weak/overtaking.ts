/**
 * Whether something that a CPU did may still turn out to come after what another CPU makes of its later stores.
 *
 *     CPU 0                              CPU 1
 *     a: access(x)
 *     s: WRITE_ONCE(y, 1)                if (READ_ONCE(y)) w: WRITE_ONCE(x, 1)
 *
 * Where nothing orders a before s, a processor may make a late: s is seen, w is made, and a reads from it, or overwrites
 * it. The machine goes forward in an order in which a has come first. So it has to know which accesses may be late: a read
 * that is given a value which nobody has written yet, and an access to an object that may be freed. Once a store that its CPU
 * would make next is ordered behind a, so are all that follow, and w cannot hang on them; what hangs on earlier ones alone
 * is found where w comes first (docs/weak-protocols.md).
 *
 * The question is put for the strictest of other CPUs: each reads and makes a store that depends on what it has read. There
 * are two of them, as a model under which stores reach other CPUs one by one may allow more then.
 */
import type { ModelChecker } from "../../memory/model.ts";
import type { EventClasses } from "./classes.ts";
import type { LiveGraph } from "./live_graph.ts";

/** The threads of the other CPUs. */
const ONE = 29;
const OTHER = 30;

export class Overtaking {
  readonly #live: LiveGraph;
  readonly #checker: ModelChecker;
  readonly #read: number;
  readonly #write: number;
  readonly #spare: number;
  /** Who has seen a store of the first CPU to the location of `a` cannot make the write that `a` would have to come after. */
  readonly #onlyTwo: boolean;

  /** @param spare The first of two cells that nothing else uses. */
  constructor(live: LiveGraph, checker: ModelChecker, classes: EventClasses, spare: number, cpus: number) {
    this.#live = live;
    this.#checker = checker;
    this.#read = classes.tagged("R", "Once");
    this.#write = classes.tagged("W", "Once");
    this.#spare = spare;
    this.#onlyTwo = cpus === 2;
  }

  /**
   * A store that its CPU made now could lead to a write that event `a` comes after. Fences belong to the step before them: a
   * store that has just been made may have led to such a write before its CPU came to the fence behind it.
   */
  mayBeLate(a: number): boolean {
    const live = this.#live;
    const { graph } = live;
    const before = live.lastFences(a, this.#onlyTwo);
    const store = live.add(graph.thread[a] ?? 0, this.#write, this.#spare, 1, before);
    graph.insert(store, 0);
    const found = this.#leadsBehind(a, store);
    live.remove();
    return found;
  }

  #leadsBehind(a: number, store: number): boolean {
    const live = this.#live;
    const { graph } = live;
    const before = graph.n;
    const seen = this.#passOn(ONE, store);
    const sent = live.add(ONE, this.#write, this.#spare + 1, 1);
    live.depend(sent, 0, live.bit[seen] ?? 0, 0);
    graph.insert(sent, 0);
    const last = this.#passOn(OTHER, sent);
    const write = live.add(OTHER, this.#write, live.cell[a] ?? 0, graph.value[a] ?? 0);
    live.depend(write, 0, live.bit[last] ?? 0, 0);
    // Without a bit there is no dependency to be put there.
    const unsure = (live.bit[seen] ?? 0) === 0 || (live.bit[last] ?? 0) === 0;
    const found = unsure || this.#comesAfter(a, write);
    while (graph.n > before) live.remove();
    return found;
  }

  #passOn(thread: number, store: number): number {
    const live = this.#live;
    const read = live.add(thread, this.#read, live.cell[store] ?? 0, live.graph.value[store] ?? 0);
    live.graph.readFrom(store, read);
    return read;
  }

  /** Event `a` may read from `write`, or overwrite it, which is in no order yet. */
  #comesAfter(a: number, write: number): boolean {
    const { graph } = this.#live;
    const [from, to] = placesFor(this.#live, a);
    let found = false;
    for (let place = to; place >= from && !found; place--) {
      graph.insert(write, place);
      found = comesAfter(this.#live, this.#checker, a, write);
      graph.withdraw(write);
    }
    return found;
  }
}

/** Where, in the order of its location, a write may go that event `a` reads or overwrites: the first place and the last. */
export function placesFor(live: LiveGraph, a: number): readonly [number, number] {
  const { graph } = live;
  const own = graph.place[a] ?? -1;
  const update = live.updateOf(a);
  const place = own >= 0 ? own : update >= 0 ? (graph.place[update] ?? 0) : -1;
  if (place >= 0) return [place, place];
  return [Math.min(1, graph.count[graph.location[a] ?? 0] ?? 0), graph.count[graph.location[a] ?? 0] ?? 0];
}

/** The model allows the graph in which read `a` takes `write`; a write `a` is behind it already. */
export function comesAfter(live: LiveGraph, checker: ModelChecker, a: number, write: number): boolean {
  const { graph } = live;
  if ((graph.place[a] ?? -1) >= 0) return checker.consistent();
  const source = graph.source[a] ?? -1;
  if (source >= 0) graph.unread(a);
  graph.readFrom(write, a);
  const found = checker.consistent();
  graph.unread(a);
  if (source >= 0) graph.readFrom(source, a);
  return found;
}
