/**
 * Execution graphs of litmus tests for people: events with their place in the text, relations as edges.
 *
 * The graph that the search keeps is transitive; a drawing shows steps: program order and coherence from one event to
 * the next, from-reads to the first write that overwrites what was read.
 */

import type { LitmusDrawing } from "../../evidence/litmus.ts";
import type { LitmusTest } from "../../ir/litmus.ts";
import type { Site } from "../graphs/code.ts";
import { KEYS } from "../graphs/graph.ts";
import type { Instance } from "../graphs/instance.ts";
import { COND } from "../graphs/opcodes.ts";
import { printValue } from "./final_states.ts";

type DrawnEvent = LitmusDrawing["events"][number];
type DrawnEdge = LitmusDrawing["edges"][number];

/** Sets that are kinds of events; the others are tags. */
export const KINDS: ReadonlySet<string> = new Set([
  "R",
  "W",
  "M",
  "F",
  "RMW",
  "X",
  "IW",
  "FW",
  "LKR",
  "LKW",
  "UL",
  "LF",
  "RL",
  "RU",
]);
/** Kinds by which an event is called, in this order of preference. */
const CALLED = ["LKR", "LKW", "UL", "LF", "RL", "RU", "R", "W", "F"];
const DEPENDENCIES = ["addr", "data", "ctrl"];

/** Reads one graph while the search stands at it. */
export class ShownGraph {
  readonly #test: LitmusTest;
  readonly #instance: Instance;

  constructor(test: LitmusTest, instance: Instance) {
    this.#test = test;
    this.#instance = instance;
  }

  /** `P1:14 R[acquire] y=1`: thread and line, what it is, where and which value. */
  name(event: number): string {
    const { thread, label, line } = this.event(event);
    return thread < 0 ? label : `P${thread}:${line} ${label}`;
  }

  event(event: number): DrawnEvent {
    const thread = Math.max(-1, this.#instance.graph.thread[event] ?? -1);
    const site = this.#siteOf(event);
    const line = site === undefined ? 0 : (this.#test.program.positions[site.at]?.line ?? 0);
    return { thread, label: this.#label(event), line };
  }

  /** What the op says that it is, not what the model looks at: models differ in what they care for. */
  #label(event: number): string {
    const { graph } = this.#instance;
    const site = this.#siteOf(event);
    const reads = (graph.source[event] ?? -1) >= 0;
    const fence = (graph.location[event] ?? -1) < 0 ? site?.sets.fenced : undefined;
    const sets =
      fence !== undefined
        ? fence
        : site === undefined
          ? ["W"]
          : reads
            ? this.#readSets(site, event)
            : site.sets.write;
    const kind = CALLED.find((name) => sets.includes(name)) ?? "F";
    const tags = sets
      .filter((name) => !KINDS.has(name))
      .map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    const what = tags.length === 0 ? kind : `${kind}[${tags.join(",")}]`;
    const location = graph.location[event] ?? -1;
    if (location < 0) return what;
    const name = this.#test.locations[location]?.name ?? "?";
    return `${what} ${name}=${printValue(this.#test, graph.value[event] ?? 0)}`;
  }

  /** A conditional op's read is called otherwise when it does not write. */
  #readSets(site: Site, event: number): readonly string[] {
    const { partner, n } = this.#instance.graph;
    const writes = partner.subarray(0, n).includes(event);
    return writes || site.cond === COND.never ? site.sets.read : site.sets.failed;
  }

  #siteOf(event: number): Site | undefined {
    const { graph, sites } = this.#instance;
    return sites[graph.thread[event] ?? -1]?.[Math.floor((graph.key[event] ?? 0) / KEYS)];
  }

  /** The whole graph; `more` are edges to show besides its primitive ones. */
  drawing(title: string, more: readonly DrawnEdge[] = []): LitmusDrawing {
    const { graph } = this.#instance;
    const order = this.#inProgramOrder();
    const index = new Map(order.map((event, i) => [event, i]));
    const edges = [...this.#edges(order), ...more]
      .map((edge) => ({ ...edge, from: index.get(edge.from) ?? -1, to: index.get(edge.to) ?? -1 }))
      .filter(({ from, to }) => from >= 0 && to >= 0);
    const events = order.map((event) => this.event(event));
    const shown = new Set(edges.flatMap(({ from, to, relation }) => (relation === "po" ? [] : [from, to])));
    // Initial writes that nothing is related to would only take room.
    const kept = [...order.keys()].filter((i) => (graph.thread[order[i] ?? 0] ?? -1) >= 0 || shown.has(i));
    const place = new Map(kept.map((old, now) => [old, now]));
    return {
      title,
      threads: this.#test.threads.length,
      events: kept.flatMap((i) => events[i] ?? []),
      edges: unique(
        edges.flatMap((edge) => {
          const [from, to] = [place.get(edge.from), place.get(edge.to)];
          return from === undefined || to === undefined ? [] : [{ ...edge, from, to }];
        }),
      ),
    };
  }

  /** Initial writes, then each thread's events. */
  #inProgramOrder(): number[] {
    const { graph } = this.#instance;
    const events = Array.from({ length: graph.n }, (_, event) => event);
    const rank = (event: number): number => graph.thread[event] ?? -1;
    return events.sort((a, b) => rank(a) - rank(b) || (graph.key[a] ?? 0) - (graph.key[b] ?? 0) || a - b);
  }

  *#edges(order: readonly number[]): Generator<DrawnEdge> {
    const { graph } = this.#instance;
    for (const [i, to] of order.entries()) {
      const from = order[i - 1];
      const thread = graph.thread[to] ?? -1;
      if (from !== undefined && thread >= 0 && graph.thread[from] === thread)
        yield { from, to, relation: "po" };
    }
    for (const event of order) {
      const source = graph.source[event] ?? -1;
      if (source >= 0) {
        if (!this.#isInitial(source)) yield { from: source, to: event, relation: "rf" };
        const overwriting = this.#following(source);
        // That an update follows what it read is drawn as such.
        if (overwriting >= 0 && graph.partner[overwriting] !== event)
          yield { from: event, to: overwriting, relation: "fr" };
      } else if ((graph.place[event] ?? -1) >= 0 && !this.#isInitial(event)) {
        const next = this.#following(event);
        if (next >= 0) yield { from: event, to: next, relation: "co" };
      }
      const read = graph.partner[event] ?? -1;
      if (read >= 0) yield { from: read, to: event, relation: "rmw" };
    }
    yield* this.#dependencies();
  }

  *#dependencies(): Generator<DrawnEdge> {
    const { graph } = this.#instance;
    for (const relation of DEPENDENCIES) {
      const rows = graph.relations.get(relation);
      if (rows === undefined) continue;
      for (let from = 0; from < graph.n; from++) {
        for (let to = 0; to < graph.n; to++) {
          const word = rows[from * graph.words + (to >> 5)] ?? 0;
          if (((word >>> (to & 31)) & 1) === 1) yield { from, to, relation };
        }
      }
    }
  }

  /** Who reads an initial value has its value in the box, and every write comes behind the initial one: no arrows. */
  #isInitial(event: number): boolean {
    return (this.#instance.graph.thread[event] ?? -1) < 0;
  }

  /** The write that comes next in the coherence order, −1 if none does. */
  #following(write: number): number {
    const { graph } = this.#instance;
    const location = graph.location[write] ?? 0;
    const place = (graph.place[write] ?? 0) + 1;
    return place < (graph.count[location] ?? 0) ? (graph.order[location * graph.writes + place] ?? -1) : -1;
  }
}

/** Of edges that are there twice, the later one. */
function unique(edges: readonly DrawnEdge[]): DrawnEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.relation}`, edge])).values()];
}
