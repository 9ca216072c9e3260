/**
 * Accesses that turn out to come after a `free` which is made because of something their CPU did later (`overtaking.ts`).
 *
 *     CPU 0                              CPU 1
 *     use(o)
 *     WRITE_ONCE(done, 1)                if (READ_ONCE(done)) free(o)
 *
 * The use is in the graph when the object is freed, as long as it may be late; it is then tried in the place behind the
 * death. Its value need not be guessed before: what hangs on it is ordered behind it.
 */
import type { ModelChecker } from "../../memory/model.ts";
import type { LiveGraph } from "./live_graph.ts";
import { comesAfter, placesFor } from "./overtaking.ts";

export class LateAccesses {
  readonly #live: LiveGraph;
  readonly #checker: ModelChecker;

  constructor(live: LiveGraph, checker: ModelChecker) {
    this.#live = live;
    this.#checker = checker;
  }

  /** An access of another CPU that may come after `death`, the last write of its location; −1 if there is none. */
  find(death: number): number {
    const { graph } = this.#live;
    const location = graph.location[death] ?? 0;
    for (let a = 0; a < death; a++) {
      const cpu = graph.thread[a] ?? -1;
      if (cpu < 0 || cpu === graph.thread[death] || graph.location[a] !== location) continue;
      // Of an update, its read is asked: its write goes with it.
      if ((graph.partner[a] ?? -1) >= 0 || this.#live.isWaiting(a)) continue;
      if (this.#mayFollow(a, death)) return a;
    }
    return -1;
  }

  #mayFollow(a: number, death: number): boolean {
    const { graph } = this.#live;
    const last = graph.place[death] ?? 0;
    const [, place] = placesFor(this.#live, a);
    const moves = place < last;
    if (moves) {
      graph.withdraw(death);
      graph.insert(death, place);
    }
    const found = comesAfter(this.#live, this.#checker, a, death);
    if (moves) {
      graph.withdraw(death);
      graph.insert(death, last);
    }
    return found;
  }

  /** Puts the death where use `a` comes after it, for good: for who wants to see the execution. */
  settle(a: number, death: number): void {
    const { graph } = this.#live;
    const [, place] = placesFor(this.#live, a);
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
