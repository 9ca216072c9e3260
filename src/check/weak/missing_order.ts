/**
 * Which order is missing: where a barrier would forbid an execution that the model allows.
 *
 * The model is asked, not a pattern: fences are put between two events of a CPU, or an access is given an acquire or a
 * release, and the graph is judged again. What goes against program order in an execution is a cycle of program order,
 * reads-from, coherence and from-reads (Shasha and Snir, TOPLAS 1988); an execution without one is sequentially consistent,
 * and no barrier forbids it.
 *
 * First full barriers at one place each. Where no single one suffices, full barriers everywhere, of which one after the
 * other is taken away again as long as the rest still forbids the execution: what stays is needed together. A barrier may
 * stand at any of several places in a row; the events before the first and behind the last are what is to be ordered. Then
 * each is made as weak as the others allow.
 */
import type { Explanation, ModelChecker } from "../../memory/model.ts";
import type { ExecutionGraph } from "../graphs/graph.ts";
import { onCycles } from "./cycles.ts";

/** What orders two events, weakest first: a tag of the first or of the second, or a fence between them. */
export const MEANS = ["acquire", "release", "rmb", "wmb", "mb"] as const;
export type Means = (typeof MEANS)[number];

/** Two events of one CPU that nothing orders. */
export interface MissingPair {
  readonly before: number;
  readonly after: number;
  /** Each of them orders the pair as far as it matters; weakest first. */
  readonly means: readonly Means[];
}

export interface MissingOrder {
  /** They have to be ordered, all of them, to forbid the execution. */
  readonly pairs: readonly MissingPair[];
  /** Why the model then forbids it; events from `n` on are the fences. */
  readonly explanation: Explanation | undefined;
}

/** A barrier before event `gap`, or a tag of event `gap`. */
interface Order {
  readonly gap: number;
  readonly means: Means;
}

/** The places in a row where a full barrier may stand, by the events that come right behind it. */
interface Range {
  readonly before: number;
  readonly gaps: readonly number[];
}

/** The model's name of a set. */
const TAGS: Readonly<Record<Means, string>> = {
  acquire: "Acquire",
  release: "Release",
  rmb: "Rmb",
  wmb: "Wmb",
  mb: "Mb",
};

/** Sets of orderings that are looked for when no single one suffices. */
const MOST_SETS = 2;

export class OrderQuestions {
  readonly #graph: ExecutionGraph;
  readonly #checker: ModelChecker;
  readonly #taggable: (event: number) => boolean;
  /** Per event, the one before it in its thread; −1. */
  readonly #previous: Int32Array;
  /** Places worth trying: between events of a CPU of which some on either side are on a cycle. */
  readonly #gaps: readonly number[];
  /** Questions put to the model. */
  asked = 0;

  /**
   * @param sections Per event, +1 where a read-side section begins, −1 where one ends.
   * @param taggable The access has a form that acquires, or releases.
   */
  constructor(
    graph: ExecutionGraph,
    checker: ModelChecker,
    sections: Int32Array,
    taggable: (event: number) => boolean,
  ) {
    this.#graph = graph;
    this.#taggable = taggable;
    this.#checker = checker;
    this.#previous = previousOf(graph);
    this.#gaps = gapsOf(graph, this.#previous, onCycles(graph, sections));
  }

  /** What would forbid the execution, each by itself, weakest first; empty when no barrier does. */
  answer(): readonly MissingOrder[] {
    if (this.#gaps.length === 0) return [];
    const alone = this.#gaps.filter((gap) => this.#forbids([full(gap)]));
    const orders = alone.length > 0 ? this.#ranges(alone).map((range) => [range]) : this.#together();
    return orders.map((ranges) => this.#weakest(ranges)).sort((a, b) => strength(a) - strength(b));
  }

  /** Sets of places of which each needs a barrier. */
  #together(): Range[][] {
    if (!this.#forbids(this.#gaps.map(full))) return [];
    const found: Range[][] = [];
    for (const gaps of [this.#gaps, [...this.#gaps].reverse()]) {
      if (found.length === MOST_SETS) break;
      const kept = this.#needed(gaps);
      const ranges = kept.map((gap) => {
        const others = kept.filter((other) => other !== gap).map(full);
        const free = this.#gaps.filter((other) => this.#forbids([...others, full(other)]));
        return this.#ranges(free).find((range) => range.gaps.includes(gap));
      });
      const set = ranges.flatMap((range) => range ?? []).sort((a, b) => a.before - b.before);
      if (!found.some((known) => sameSet(known, set))) found.push(set);
    }
    return found;
  }

  /** A minimal subset that still forbids the execution. */
  #needed(gaps: readonly number[]): number[] {
    let kept = [...gaps];
    // Halves first: most of the places have nothing to say.
    for (let size = kept.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < kept.length; ) {
        const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
        if (rest.length > 0 && this.#forbids(rest.map(full))) kept = rest;
        else at += size;
      }
    }
    return kept;
  }

  /** Places in a row of one thread, from places that serve. */
  #ranges(gaps: readonly number[]): Range[] {
    const serves = new Set(gaps);
    const rows = new Map<number, number[]>();
    // A row grows at its end: gaps are in the order of the events.
    for (const gap of [...gaps].sort((a, b) => a - b)) {
      const before = this.#gapBefore(gap);
      const row = serves.has(before) ? (rows.get(before) ?? []) : [];
      row.push(gap);
      rows.set(gap, row);
    }
    const distinct = [...new Set(rows.values())];
    return distinct.map((row) => ({ before: this.#previous[row[0] ?? 0] ?? -1, gaps: row }));
  }

  /** The place before a place: nothing comes between the halves of an update. */
  #gapBefore(gap: number): number {
    const before = this.#previous[gap] ?? -1;
    const read = this.#graph.partner[before] ?? -1;
    return read >= 0 ? read : before;
  }

  /** Each place as weak as the others allow, and all that would do there. */
  #weakest(ranges: readonly Range[]): MissingOrder {
    const chosen: Order[] = ranges.map((range) => full(range.gaps[0] ?? 0));
    const others = (i: number): Order[] => chosen.filter((_, j) => j !== i);
    ranges.forEach((range, i) => {
      const found = this.#choices(range).find((order) => this.#forbids([...others(i), order]));
      if (found !== undefined) chosen[i] = found;
    });
    const pairs = ranges.map((range, i) => {
      const means = this.#choices(range).filter((order) => this.#forbids([...others(i), order]));
      const known = new Set(means.map((order) => order.means));
      const after = range.gaps.at(-1) ?? 0;
      return { before: range.before, after, means: MEANS.filter((each) => known.has(each)) };
    });
    const fenced = ranges.map((range) => full(range.gaps.at(-1) ?? 0));
    return { pairs, explanation: this.#with(fenced, () => this.#checker.explain()) };
  }

  /** What could order a pair, weakest first. */
  #choices({ before, gaps }: Range): Order[] {
    const after = gaps.at(-1) ?? 0;
    const [read, write] = [this.#readOf(before), this.#writeOf(after)];
    const at = (means: Means): Order[] => gaps.map((gap) => ({ gap, means }));
    const tag = (event: number, means: Means): Order[] =>
      event < 0 || !this.#taggable(event) || this.#has(event, TAGS[means]) ? [] : [{ gap: event, means }];
    // What a processor does beyond what a fence promises is no reason to name it: smp_rmb() is about loads.
    return [
      ...tag(read, "acquire"),
      ...tag(write, "release"),
      ...(read >= 0 && this.#readOf(after) >= 0 ? at("rmb") : []),
      ...(write >= 0 && this.#writeOf(before) >= 0 ? at("wmb") : []),
      ...at("mb").slice(0, 1),
    ];
  }

  /** The event itself, or the reading half of the update that it belongs to; −1. */
  #readOf(event: number): number {
    return (this.#graph.source[event] ?? -1) >= 0 ? event : (this.#graph.partner[event] ?? -1);
  }

  #writeOf(event: number): number {
    const { place, partner } = this.#graph;
    if ((place[event] ?? -1) >= 0) return event;
    return partner[event + 1] === event ? event + 1 : -1;
  }

  // ---- asking --------------------------------------------------------------------------------------------------

  /** The model rejects the graph with these orderings. */
  #forbids(orders: readonly Order[]): boolean {
    this.asked++;
    return this.#with(orders, () => !this.#checker.consistent());
  }

  #with<T>(orders: readonly Order[], ask: () => T): T {
    const graph = this.#graph;
    const { n } = graph;
    const tagged = orders.filter(({ means }) => !isFence(means));
    for (const { gap, means } of tagged) this.#turn(gap, TAGS[means]);
    for (const { gap, means } of orders) {
      if (!isFence(means)) continue;
      const numbers = graph.numbersOf(["F", TAGS[means]]);
      graph.add(graph.thread[gap] ?? 0, (graph.key[gap] ?? 0) - 1, -1, 0, numbers);
    }
    const answer = ask();
    while (graph.n > n) graph.remove();
    for (const { gap, means } of tagged) this.#turn(gap, TAGS[means]);
    return answer;
  }

  #has(event: number, name: string): boolean {
    return (((this.#graph.sets.get(name)?.[event >>> 5] ?? 0) >>> (event & 31)) & 1) === 1;
  }

  /** Turns a tag of an event round, which leaves no other trace than a new stamp. */
  #turn(event: number, name: string): void {
    const bits = this.#graph.sets.get(name);
    if (bits === undefined) return;
    bits[event >>> 5] = (bits[event >>> 5] ?? 0) ^ (1 << (event & 31));
    this.#graph.add(0, 0, -1, 0, new Int32Array(0));
    this.#graph.remove();
  }
}

const full = (gap: number): Order => ({ gap, means: "mb" });

const isFence = (means: Means): boolean => means.endsWith("mb");

const strength = ({ pairs }: MissingOrder): number =>
  pairs.length * MEANS.length + Math.max(...pairs.map(({ means }) => MEANS.indexOf(means[0] ?? "mb")));

function sameSet(a: readonly Range[], b: readonly Range[]): boolean {
  return a.length === b.length && a.every((range, i) => range.before === b[i]?.before);
}

function previousOf(graph: ExecutionGraph): Int32Array {
  const last = new Map<number, number>();
  const previous = new Int32Array(graph.n).fill(-1);
  for (let e = 0; e < graph.n; e++) {
    const t = graph.thread[e] ?? -1;
    if (t < 0) continue;
    previous[e] = last.get(t) ?? -1;
    last.set(t, e);
  }
  return previous;
}

function gapsOf(graph: ExecutionGraph, previous: Int32Array, cyclic: Uint8Array): number[] {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (let e = 0; e < graph.n; e++) {
    if (cyclic[e] === 0) continue;
    const t = graph.thread[e] ?? -1;
    if (!first.has(t)) first.set(t, e);
    last.set(t, e);
  }
  const gaps: number[] = [];
  for (let e = 0; e < graph.n; e++) {
    const t = graph.thread[e] ?? -1;
    // Nothing comes between the halves of an update.
    if (t < 0 || (previous[e] ?? -1) < 0 || (graph.partner[e] ?? -1) >= 0) continue;
    if (e > (first.get(t) ?? graph.n) && e <= (last.get(t) ?? -1)) gaps.push(e);
  }
  return gaps;
}
