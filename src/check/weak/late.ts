/**
 * Accesses that may turn out to come after a `free` which is made because of something their CPU did later.
 *
 *     CPU 0                              CPU 1
 *     use(o)
 *     WRITE_ONCE(done, 1)                if (READ_ONCE(done)) free(o)
 *
 * Where nothing orders the use before the store, a processor may make it late: the store is seen, the object is freed, and
 * then it is used. The machine goes forward in an order in which the use has come first; but whether the model would let it
 * take the place of a later one can be asked, with the same graph in which the use reads from, or overwrites, the death of
 * its object.
 *
 * For that an access to an object that may still be freed is kept until its CPU is ordered behind it: until no store that
 * it could make now would lead to a `free` before the access. The `free` is stood for by a write that depends on a read of
 * that store. What is freed later still because of a store that came in between is not seen, where the `free` waits for
 * something that the CPU does behind that order; so this finds violations and proves nothing.
 */
import type { Model, ModelChecker } from "../../memory/model.ts";
import type { EventClasses } from "./classes.ts";
import type { LiveGraph } from "./live_graph.ts";

/** The thread of the CPU that would free. */
const OTHER = 30;

export class LateAccesses {
  readonly #live: LiveGraph;
  readonly #checker: ModelChecker;
  readonly #read: number;
  readonly #write: number;
  readonly #spare: number;
  readonly #ctrl: readonly Uint32Array[];

  /** @param spare A cell that nothing else uses. */
  constructor(live: LiveGraph, checker: ModelChecker, classes: EventClasses, model: Model, spare: number) {
    this.#live = live;
    this.#checker = checker;
    this.#read = classes.tagged("R", "Once");
    this.#write = classes.tagged("W", "Once");
    this.#spare = spare;
    this.#ctrl = ["ctrl", "ctrl-all"].flatMap((name) => {
      const bits = model.relations.includes(name) ? live.graph.relations.get(name) : undefined;
      return bits === undefined ? [] : [bits];
    });
  }

  /** A store that its CPU makes now can lead to a write of another CPU that event `a` comes after. */
  mayBeLate(a: number): boolean {
    const live = this.#live;
    const { graph } = live;
    const before = graph.n;
    const store = live.add(graph.thread[a] ?? 0, this.#write, this.#spare, 1);
    graph.insert(store, 0);
    const read = live.add(OTHER, this.#read, this.#spare, 1);
    graph.readFrom(store, read);
    const write = live.add(OTHER, this.#write, live.cell[a] ?? 0, 0);
    const bit = live.bit[read] ?? 0;
    if (bit !== 0) live.depend(write, 0, bit);
    const found = this.#comesAfter(a, write, bit === 0);
    while (graph.n > before) live.remove();
    return found;
  }

  /** Event `a` may read from `write`, or overwrite it, which is in no order yet or stands last. */
  #comesAfter(a: number, write: number, unsure: boolean): boolean {
    if (unsure) return true;
    const { graph } = this.#live;
    graph.insert(write, Math.max(0, this.#placeBefore(a)));
    const found = this.#with(a, write);
    graph.withdraw(write);
    return found;
  }

  /** Where a write goes that `a` reads, or overwrites: before the write of the update that `a` is half of, or last. */
  #placeBefore(a: number): number {
    const { graph } = this.#live;
    const own = graph.place[a] ?? -1;
    if (own >= 0) return own;
    const update = graph.partner[a + 1] === a ? a + 1 : -1;
    if (update >= 0) return graph.place[update] ?? 0;
    return graph.count[graph.location[a] ?? 0] ?? 0;
  }

  /** The model allows the graph in which read `a` takes `write`; a write `a` is behind it already. */
  #with(a: number, write: number): boolean {
    const { graph } = this.#live;
    const source = graph.source[a] ?? -1;
    if (source < 0) return this.#checker.consistent();
    graph.unread(a);
    graph.readFrom(write, a);
    const related = this.#relateControl(a);
    const found = this.#checker.consistent();
    for (const [bits, at, mask] of related) bits[at] = (bits[at] ?? 0) & ~mask;
    graph.unread(a);
    graph.readFrom(source, a);
    return found;
  }

  /** What is controlled by the value of `a`; returns what has to be taken back. */
  #relateControl(a: number): [Uint32Array, number, number][] {
    const { graph, bit, ctrl } = this.#live;
    const undo: [Uint32Array, number, number][] = [];
    const own = bit[a] ?? 0;
    if (own === 0) return undo;
    for (let e = a + 1; e < graph.n; e++) {
      if (graph.thread[e] !== graph.thread[a] || ((ctrl[e] ?? 0) & own) === 0) continue;
      for (const bits of this.#ctrl) {
        const at = a * graph.words + (e >>> 5);
        const mask = 1 << (e & 31);
        if (((bits[at] ?? 0) & mask) !== 0) continue;
        bits[at] = (bits[at] ?? 0) | mask;
        undo.push([bits, at, mask]);
      }
    }
    return undo;
  }

  /** An access of another CPU that may come after `death`, the last write of its location; −1 if there is none. */
  find(death: number): number {
    const { graph } = this.#live;
    const location = graph.location[death] ?? 0;
    for (let a = 0; a < death; a++) {
      const cpu = graph.thread[a] ?? -1;
      if (cpu < 0 || cpu === graph.thread[death] || graph.location[a] !== location) continue;
      // Of an update, its read is asked: its write goes with it.
      if ((graph.partner[a] ?? -1) >= 0) continue;
      if (this.#mayFollow(a, death)) return a;
    }
    return -1;
  }

  #mayFollow(a: number, death: number): boolean {
    const { graph } = this.#live;
    const last = graph.place[death] ?? 0;
    const place = this.#placeBefore(a);
    const moves = place < last;
    if (moves) {
      graph.withdraw(death);
      graph.insert(death, place);
    }
    const found = this.#with(a, death);
    if (moves) {
      graph.withdraw(death);
      graph.insert(death, last);
    }
    return found;
  }

  /** Puts the death where use `a` comes after it, for good: for who wants to see the execution. */
  settle(a: number, death: number): void {
    const { graph } = this.#live;
    const place = this.#placeBefore(a);
    if (place < (graph.place[death] ?? 0)) {
      graph.withdraw(death);
      graph.insert(death, place);
    }
    if ((graph.source[a] ?? -1) < 0) return;
    graph.unread(a);
    graph.readFrom(death, a);
    graph.value[a] = graph.value[death] ?? 0;
  }
}
