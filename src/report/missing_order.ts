/**
 * Which order is missing, in sentences: "nothing orders the store to X (mm.c:7, f) before the load of Y (mm.c:9, g) on CPU 1:
 * smp_mb() between them, in f or g, would forbid this execution".
 */

import type { WitnessEvent, WitnessGraph, WitnessOrder, WitnessPair } from "../evidence/witness_graph.ts";

/** Functions that are named. */
const MOST_FUNCTIONS = 8;

/** Paragraphs, weakest ordering first. */
export function missingSentences(graph: WitnessGraph): string[] {
  if (graph.sequential)
    return [
      "The execution is sequentially consistent: the order of its steps explains it, and no barrier forbids it.",
    ];
  if (graph.missing.length === 0)
    return ["No barrier between two accesses of one CPU forbids this execution."];
  const sentences = graph.missing.map((order) => orderSentence(graph, order));
  return [
    ...sentences,
    ...(graph.more === true ? ["There are more such places; the weakest are listed."] : []),
  ];
}

function orderSentence(graph: WitnessGraph, { pairs, axiom }: WitnessOrder): string {
  const rest = axiom === "" ? "" : ` (${axiom})`;
  const [only, ...more] = pairs;
  if (only === undefined) return "";
  if (more.length === 0)
    return `${capital(nothingOrders(graph, only))}: ${meansText(graph, only)} would forbid this execution${rest}.`;
  const parts = pairs.map((pair, i) => `(${i + 1}) ${nothingOrders(graph, pair)}: ${meansText(graph, pair)}`);
  const [both, neither] = more.length === 1 ? ["Both together", "neither"] : ["All together", "none"];
  return `More than one order is missing: ${parts.join("; ")}. ${both} would forbid this execution${rest}, ${neither} alone does.`;
}

function nothingOrders(graph: WitnessGraph, { before, after }: WitnessPair): string {
  const cpu = graph.events[before]?.cpu ?? 0;
  return `nothing orders the ${eventText(graph, before)} before the ${eventText(graph, after)} on CPU ${cpu}`;
}

/** What would order a pair. */
function meansText(graph: WitnessGraph, { before, after, means, functions }: WitnessPair): string {
  const fences = means.flatMap((each) => (each in FENCES ? [FENCES[each] ?? ""] : []));
  const tags = [
    ...(means.includes("acquire") ? [`${tagText(graph.events[before], "acquire")} for the first`] : []),
    ...(means.includes("release") ? [`${tagText(graph.events[after], "release")} for the second`] : []),
  ];
  const where = functions.length === 0 ? "" : ` in ${either(shortened(functions))}`;
  const between = fences.length === 0 ? [] : [`${either(fences)} between them${where}`];
  return [...tags, ...between].join(", or ");
}

const FENCES: Readonly<Record<string, string>> = { rmb: "smp_rmb()", wmb: "smp_wmb()", mb: "smp_mb()" };

function tagText(event: WitnessEvent | undefined, tag: "acquire" | "release"): string {
  if (event?.update === true) return `the ${tag} form`;
  return tag === "acquire" ? "smp_load_acquire()" : "smp_store_release()";
}

function shortened(functions: readonly string[]): readonly string[] {
  if (functions.length <= MOST_FUNCTIONS) return functions;
  const half = MOST_FUNCTIONS / 2;
  return [
    ...functions.slice(0, half),
    `${functions.length - MOST_FUNCTIONS} more`,
    ...functions.slice(-half),
  ];
}

/** "a, b or c". */
function either(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "store to mm#1.mm_count (mm.ts:63, mmdrop)". */
function eventText({ events }: WitnessGraph, index: number): string {
  const event = events[index];
  if (event === undefined) return "event";
  const what = event.update === true ? "update of" : event.kind === "read" ? "load of" : "store to";
  const name = event.kind === "fence" ? fenceName(event) : `${what} ${event.place}`;
  const where = positionOf(event);
  return where === "" ? name : `${name} (${where})`;
}

export function fenceName({ tags, what }: WitnessEvent): string {
  return what ?? (tags.length === 0 ? "fence" : `fence [${tags.join(",")}]`);
}

/** "mm.ts:63, mmdrop"; empty for what the machine does by itself. */
export function positionOf({ file, line, stack, what }: WitnessEvent): string {
  if (stack.length === 0) return what ?? "";
  return `${file.split("/").at(-1) ?? file}:${line}, ${stack.at(-1)}`;
}
