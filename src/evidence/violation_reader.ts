/** Reads violations and their timelines back from JSON; see `types.ts`. */

import { boolean, count, list, object, optional, type Read, string, word } from "./schema.ts";
import { PROPERTIES, type Property, type Timeline, type TimelineRow, type Violation } from "./types.ts";
import { witnessGraph } from "./witness_graph.ts";

const timelineRow: Read<TimelineRow> = object({
  step: count,
  cpu: count,
  context: word(["task", "irq", "nmi", "preempt"]),
  task: string,
  stack: list(string),
  file: string,
  line: count,
  text: string,
  bad: boolean,
});

export const timeline: Read<Timeline> = object({
  cpus: count,
  rows: list(timelineRow),
  final: list(object({ name: string, value: string })),
});

export const property: Read<Property> = word(Object.keys(PROPERTIES) as Property[]);

export const violation: Read<Violation> = object({
  property,
  summary: string,
  witness: string,
  timeline,
  graph: optional(witnessGraph),
});
