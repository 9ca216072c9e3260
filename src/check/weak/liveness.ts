/**
 * Which events of a graph can still matter: those that a future event may lead to, and all that these lead to.
 *
 * An event is *open* when an edge into it may still appear: a write, when some CPU may yet read or write something that
 * comes before it in the coherence order; the begin of a read-side section that has not ended; a read that waits for its
 * write, and an access that may be late (`overtaking.ts`). No cycle can pass through an event that no open one leads to, as every edge of a later event goes to open events only: such events are forgotten,
 * whatever the model, as long as its relations are made of program order, coherence, reads-from, from-reads and
 * dependencies by operations that keep to their paths (docs/weak-protocols.md has the proof and the conditions).
 *
 * Whether a CPU may still read what came before a write is asked of the model: if it refuses that read now, behind all
 * that the CPU has done, it refuses every later one, which has more before it.
 */
import type { ModelChecker } from "../../memory/model.ts";
import type { FieldUse } from "./accesses.ts";
import type { LiveGraph } from "./live_graph.ts";
import { isNumbered, NEWER } from "./past_values.ts";

/**
 * Writes of a location that a CPU may have missed at once. A CPU that goes round a loop writes the same locations again and
 * again, and a model has nothing against another that reads what was there a thousand rounds ago.
 */
export const MOST_STALE = 3;

export class Liveness {
  /** Per event: 0 forgotten, 1 kept, 2 a forgotten write that stands for what can be read before the kept ones. */
  readonly kept: Uint8Array;
  /** A write was taken to be known everywhere though the model does not say so. */
  limited = false;
  /** Per read, its source. */
  readonly sources: Int32Array;
  readonly #live: LiveGraph;
  readonly #checker: ModelChecker;
  readonly #cpus: number;
  readonly #hasOneWriter: (cell: number) => boolean;
  readonly #mostStale: number;
  readonly #open: Uint8Array;
  /** Writes that something older than them may still be read beside. */
  readonly stale: Uint8Array;
  /** Locations of which the oldest writes are taken out, and only their values kept. */
  readonly #cut: Uint8Array;
  readonly #reached: Uint8Array;
  readonly #stack: Int32Array;
  /** Next event of the same thread; −1. */
  readonly #next: Int32Array;
  /** The begin of the read-side section that an event ends; −1. */
  readonly #begin: Int32Array;

  /** @param cpus How many. */
  constructor(
    live: LiveGraph,
    checker: ModelChecker,
    cpus: number,
    hasOneWriter: (cell: number) => boolean,
    mostStale: number,
  ) {
    const { capacity } = live.graph;
    this.kept = new Uint8Array(capacity);
    this.sources = new Int32Array(capacity);
    this.#open = new Uint8Array(capacity);
    this.stale = new Uint8Array(capacity);
    this.#cut = new Uint8Array(live.graph.count.length);
    this.#reached = new Uint8Array(capacity);
    this.#stack = new Int32Array(capacity * 4);
    this.#next = new Int32Array(capacity);
    this.#begin = new Int32Array(capacity);
    this.#live = live;
    this.#checker = checker;
    this.#cpus = cpus;
    this.#hasOneWriter = hasOneWriter;
    this.#mostStale = mostStale;
  }

  /** Computes `kept`. `use` tells what a CPU may still do at a cell. */
  compute(use: (c: number, cell: number) => FieldUse, late: (e: number) => boolean): void {
    this.#link();
    const { graph } = this.#live;
    this.#markSections();
    for (let e = 0; e < graph.n; e++) if (this.#open[e] === 0 && late(e)) this.#open[e] = 1;
    for (let e = 0; e < graph.n; e++)
      this.stale[e] = (graph.place[e] ?? -1) > 0 && (this.#isAwaited(e) || this.#isOpen(e, use)) ? 1 : 0;
    this.#cut.fill(0);
    this.#limitStale(this.#live.countWaiting() > 0);
    for (let e = 0; e < graph.n; e++) if (this.stale[e] !== 0) this.#open[e] = 1;
    this.kept.fill(0, 0, graph.n);
    for (let e = 0; e < graph.n; e++) if (this.#open[e] !== 0) this.#reach(e, this.kept);
    this.#keepPast();
    this.#keepBases();
    for (let e = 0; e < graph.n; e++) this.sources[e] = graph.source[e] ?? -1;
  }

  /**
   * Of more than `MOST_STALE` writes of a location beside which an older one may be read, the oldest ones count no more:
   * where one CPU alone writes, their values can still be read (`past_values.ts`); elsewhere something is lost. While a read
   * waits, little happens, and nothing need be lost.
   */
  #limitStale(waiting: boolean): void {
    const { graph } = this.#live;
    for (let e = 0; e < graph.n; e++) {
      const location = graph.location[e] ?? -1;
      if (this.stale[e] === 0 || location < 0) continue;
      let newer = 0;
      for (let place = (graph.place[e] ?? 0) + 1; place < (graph.count[location] ?? 0); place++)
        newer += this.stale[graph.order[location * graph.writes + place] ?? 0] ?? 0;
      if (newer < this.#mostStale) continue;
      const cut = this.#canBeCut(location);
      if (waiting && !cut) continue;
      this.stale[e] = 0;
      if (cut) this.#cut[location] = 1;
      else this.limited = true;
    }
  }

  #canBeCut(location: number): boolean {
    const { graph, cell } = this.#live;
    const row = location * graph.writes;
    const writes = graph.order.subarray(row, row + (graph.count[location] ?? 0));
    return (
      this.#hasOneWriter(cell[writes[0] ?? 0] ?? -1) && writes.every((e) => isNumbered(graph.value[e] ?? 0))
    );
  }

  /** Notes the values of writes that are taken out, and forgets those that nobody can read any more. */
  #keepPast(): void {
    const { graph, past, cell } = this.#live;
    if (!past.some && !this.#cut.includes(1)) return;
    for (let location = 0; location < graph.count.length; location++) {
      const count = graph.count[location] ?? 0;
      if (count === 0) continue;
      const row = graph.order.subarray(location * graph.writes, location * graph.writes + count);
      const at = cell[row[0] ?? 0] ?? -1;
      if (!past.has(at) && this.#cut[location] === 0) continue;
      const first = row.findIndex((e) => this.kept[e] === 1);
      const readable = first > 0 && (this.#cut[location] !== 0 || this.stale[row[first] ?? 0] !== 0);
      if (!readable) {
        past.forget(at);
        continue;
      }
      for (const gone of row.subarray(0, first - 1)) past.append(at, graph.value[gone] ?? 0);
      this.kept[row[first - 1] ?? 0] = 2;
      this.#noteReaders(at, first);
    }
  }

  /** CPUs that have read what is past now. Only the write at index `first` − 1 stands for something newer. */
  #noteReaders(cell: number, first: number): void {
    const { graph, past, cell: cells } = this.#live;
    for (let e = 0; e < graph.n; e++) {
      const source = graph.source[e] ?? -1;
      const place = source < 0 || cells[e] !== cell ? 0 : (graph.place[source] ?? 0);
      if (place > 0 && place < first)
        past.note(cell, graph.thread[e] ?? 0, place === first - 1 ? NEWER : (graph.value[e] ?? 0));
    }
  }

  /** The write of an update whose read waits: the write that it will overwrite goes before it. */
  #isAwaited(e: number): boolean {
    const read = this.#live.graph.partner[e] ?? -1;
    return read >= 0 && this.#live.isWaiting(read);
  }

  /** Keeps everything. */
  keepAll(): void {
    const { graph } = this.#live;
    this.kept.fill(1, 0, graph.n);
    this.stale.fill(1, 0, graph.n);
    for (let e = 0; e < graph.n; e++) this.sources[e] = graph.source[e] ?? -1;
  }

  #link(): void {
    const { graph, classes, cls } = this.#live;
    const last = new Int32Array(this.#cpus).fill(-1);
    for (let e = 0; e < graph.n; e++) {
      this.#next[e] = -1;
      this.#begin[e] = -1;
      this.#open[e] = 0;
      const t = graph.thread[e] ?? -1;
      if (t < 0) continue;
      const before = last[t] ?? -1;
      if (before >= 0) this.#next[before] = e;
      last[t] = e;
    }
    for (let t = 0; t < this.#cpus; t++) {
      const begun: number[] = [];
      for (let e = 0; e < graph.n; e++) {
        if (graph.thread[e] !== t) continue;
        const section = classes[cls[e] ?? 0]?.section ?? 0;
        if (section > 0) begun.push(e);
        if (section < 0) this.#begin[e] = begun.pop() ?? -1;
      }
    }
  }

  /** Sections that have not ended are open at their begin. */
  #markSections(): void {
    const { graph, classes, cls } = this.#live;
    const ended = new Uint8Array(graph.n);
    for (let e = 0; e < graph.n; e++) if ((this.#begin[e] ?? -1) >= 0) ended[this.#begin[e] ?? 0] = 1;
    for (let e = 0; e < graph.n; e++) {
      if ((classes[cls[e] ?? 0]?.section ?? 0) > 0 && ended[e] === 0) this.#open[e] = 1;
    }
  }

  #isOpen(w: number, use: (c: number, cell: number) => FieldUse): boolean {
    const { graph, cell } = this.#live;
    this.#reached.fill(0, 0, graph.n);
    this.#reach(w, this.#reached);
    for (let c = 0; c < this.#cpus; c++) {
      if (c === graph.thread[w]) continue;
      if (this.#mayComeBefore(w, c, use(c, cell[w] ?? 0))) return true;
    }
    return false;
  }

  /** CPU `c` may still read something older than `w`, or put a write before it. */
  #mayComeBefore(w: number, c: number, use: FieldUse): boolean {
    const { graph } = this.#live;
    const loads = use.loads.length > 0;
    const updates = use.updates.length > 0;
    const stores = use.stores.length > 0;
    if (!loads && !updates && !stores) return false;
    const row = (graph.location[w] ?? 0) * graph.writes;
    const place = graph.place[w] ?? 0;
    const unknown = !this.#reachesThread(c);
    if (unknown && (loads || stores)) return true;
    for (let i = place - 1; i >= 0; i--) {
      const source = graph.order[row + i] ?? 0;
      const free = (graph.taken[source] ?? -1) < 0;
      if (unknown && updates && free) return true;
      if (unknown) continue;
      if (loads && this.#anyRead(use.loads, c, source)) return true;
      if (updates && free && this.#anyRead(use.updates, c, source)) return true;
    }
    return !unknown && stores && this.#anyStore(use.stores, c, w, place);
  }

  #reachesThread(c: number): boolean {
    const { graph } = this.#live;
    for (let e = 0; e < graph.n; e++) if (this.#reached[e] !== 0 && graph.thread[e] === c) return true;
    return false;
  }

  #anyRead(classes: readonly number[], c: number, source: number): boolean {
    const live = this.#live;
    const { graph, cell } = live;
    for (const cls of classes) {
      const probe = live.add(c, cls, cell[source] ?? 0, graph.value[source] ?? 0);
      graph.readFrom(source, probe);
      const allowed = this.#checker.consistent();
      live.remove();
      if (allowed) return true;
    }
    return false;
  }

  #anyStore(classes: readonly number[], c: number, w: number, place: number): boolean {
    const live = this.#live;
    const { graph, cell } = live;
    for (const cls of classes) {
      for (let slot = place; slot >= 1; slot--) {
        const probe = live.add(c, cls, cell[w] ?? 0, 0);
        graph.insert(probe, slot);
        const allowed = this.#checker.consistent();
        live.remove();
        if (allowed) return true;
      }
    }
    return false;
  }

  /** Marks all that `from` leads to by base edges. */
  #reach(from: number, marks: Uint8Array): void {
    const { graph } = this.#live;
    const stack = this.#stack;
    if (marks[from] !== 0) return;
    marks[from] = 1;
    let top = 0;
    stack[top++] = from;
    const push = (e: number): void => {
      if (e < 0 || marks[e] !== 0) return;
      marks[e] = 1;
      stack[top++] = e;
    };
    while (top > 0) {
      const e = stack[--top] ?? 0;
      push(this.#next[e] ?? -1);
      push(this.#begin[e] ?? -1);
      const place = graph.place[e] ?? -1;
      if (place >= 0) {
        const row = (graph.location[e] ?? 0) * graph.writes;
        if (place + 1 < (graph.count[graph.location[e] ?? 0] ?? 0)) push(graph.order[row + place + 1] ?? -1);
        for (let r = 0; r < graph.n; r++) if (graph.source[r] === e) push(r);
        // The halves of an update stay together: atomicity is about the pair.
        push(graph.partner[e] ?? -1);
      }
      const source = graph.source[e] ?? -1;
      if (source >= 0) {
        const location = graph.location[source] ?? 0;
        const after = (graph.place[source] ?? 0) + 1;
        if (after < (graph.count[location] ?? 0)) push(graph.order[location * graph.writes + after] ?? -1);
      }
    }
  }

  /** A write that is forgotten but can still be read, or is read by what is kept, stays as a value. */
  #keepBases(): void {
    const { graph } = this.#live;
    const { kept } = this;
    for (let e = 0; e < graph.n; e++) {
      if (kept[e] !== 1) continue;
      const source = graph.source[e] ?? -1;
      if (source >= 0 && kept[source] === 0) kept[source] = 2;
      const place = graph.place[e] ?? -1;
      if (place <= 0 || this.stale[e] === 0) continue;
      const before = graph.order[(graph.location[e] ?? 0) * graph.writes + place - 1] ?? 0;
      if (kept[before] === 0) kept[before] = 2;
    }
  }
}
