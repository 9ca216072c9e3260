/**
 * The execution graph of a violation as a drawing: the cycles that missing orderings would close, with what their reads
 * read from and the fences in between that do not suffice. The rest of the execution is in the timeline.
 */

import type { WitnessEvent, WitnessGraph, WitnessOrder } from "../evidence/witness_graph.ts";
import type { Drawing } from "./litmus_drawing.ts";
import { fenceName, positionOf } from "./missing_order.ts";

type Edge = WitnessGraph["edges"][number];
const MISSING = "missing";

/** Undefined where there is nothing to see: a sequentially consistent execution. */
export function witnessDrawing(graph: WitnessGraph, title: string): Drawing | undefined {
  if (graph.sequential) return undefined;
  const shown = shownEvents(graph);
  if (shown.length === 0) return undefined;
  const cpus = [...new Set(shown.flatMap((e) => cpuOf(graph, e)))]
    .filter((cpu) => cpu >= 0)
    .sort((a, b) => a - b);
  const place = new Map(shown.map((e, i) => [e, i]));
  const edges = shownEdges(graph, shown).flatMap(({ from, to, relation }) => {
    const [a, b] = [place.get(from), place.get(to)];
    return a === undefined || b === undefined ? [] : [{ from: a, to: b, relation }];
  });
  return {
    title,
    threads: cpus.length,
    heads: cpus.map((cpu) => `CPU ${cpu}`),
    events: shown.flatMap((e) => {
      const event = graph.events[e];
      if (event === undefined) return [];
      const { cpu, line } = event;
      return [{ thread: cpus.indexOf(cpu), label: labelOf(event), line, note: noteOf(event) }];
    }),
    edges,
  };
}

const cpuOf = (graph: WitnessGraph, e: number): number => graph.events[e]?.cpu ?? -1;

/** In the order of the events, which is program order on each CPU. */
function shownEvents(graph: WitnessGraph): number[] {
  const shown = new Set<number>();
  for (const { pairs, cycle } of graph.missing) {
    for (const { before, after } of pairs) shown.add(before).add(after);
    for (const { from, to } of cycle) shown.add(from).add(to);
  }
  if (shown.size === 0) for (const e of overtakenEvents(graph)) shown.add(e);
  const core = [...shown];
  for (const { from, to, relation } of graph.edges) {
    // Where a value was there from the beginning, the read says it all.
    if (relation === "rf" && core.includes(to) && cpuOf(graph, from) >= 0) shown.add(from);
  }
  for (const { from, to, relation } of graph.edges) {
    // An update is drawn whole.
    if (relation !== "rmw" || (!shown.has(from) && !shown.has(to))) continue;
    shown.add(from).add(to);
  }
  for (const [e, event] of graph.events.entries())
    if (event.kind === "fence" && isBetween(graph, core, e)) shown.add(e);
  return [...shown].filter((e) => e < graph.events.length).sort((a, b) => a - b);
}

function overtakenEvents(graph: WitnessGraph): number[] {
  return graph.events.flatMap(({ overtaken }, e) => (overtaken === undefined ? [] : [e, overtaken]));
}

/** Event `e` has events of its CPU that are shown on either side. */
function isBetween(graph: WitnessGraph, core: readonly number[], e: number): boolean {
  const own = core.filter((other) => cpuOf(graph, other) === cpuOf(graph, e));
  return own.some((other) => other < e) && own.some((other) => other > e);
}

/** Relations between shown events; program order from one to the next that is shown. */
function shownEdges(graph: WitnessGraph, shown: readonly number[]): Edge[] {
  const cycles = graph.missing.flatMap(({ cycle }) => cycle);
  const pairs = graph.missing.flatMap((order) => missingEdges(order));
  const told = graph.edges.filter(({ relation }) => relation !== "po");
  const all = [
    ...pairs,
    ...cycles.filter(({ relation }) => relation !== "po"),
    ...told,
    ...programOrder(graph, shown),
  ];
  return [...new Map(all.map((edge) => [`${edge.from} ${edge.to} ${edge.relation}`, edge])).values()];
}

/** As they are in the cycle, or else the pairs. */
function missingEdges({ pairs, cycle }: WitnessOrder): Edge[] {
  const found = cycle.filter(({ relation }) => relation === MISSING);
  if (found.length >= pairs.length) return found;
  return pairs.map(({ before, after }) => ({ from: before, to: after, relation: MISSING }));
}

function programOrder(graph: WitnessGraph, shown: readonly number[]): Edge[] {
  const last = new Map<number, number>();
  const isMissing = (from: number, to: number): boolean =>
    graph.missing.some((order) => missingEdges(order).some((edge) => edge.from === from && edge.to === to));
  return shown.flatMap((to) => {
    const cpu = cpuOf(graph, to);
    const from = last.get(cpu);
    last.set(cpu, to);
    return cpu < 0 || from === undefined || isMissing(from, to) ? [] : [{ from, to, relation: "po" }];
  });
}

/** "W[once] mm#1.mm_count = 60". */
function labelOf(event: WitnessEvent): string {
  if (event.kind === "fence") return fenceName(event);
  const tags = event.tags.map((tag) => tag.toLowerCase()).join(",");
  const kind = event.kind === "read" ? "R" : "W";
  return `${kind}${tags === "" ? "" : `[${tags}]`} ${event.place} = ${event.value}`;
}

function noteOf(event: WitnessEvent): string {
  if (event.cpu < 0) return "initially";
  const where = positionOf(event);
  return `step ${event.step}${where === "" ? "" : `: ${where}`}`;
}
