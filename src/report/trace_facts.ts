/** What is known of a trace before any scheme runs on it: where it is from, its switches, its deaths. */

import { type ReplayResult, SWITCH_CLASSES } from "../evidence/types.ts";
import { SWITCH_WORDS } from "./figures.ts";
import { count, plural, seconds, share } from "./format.ts";
import { cut, printable, wrap } from "./text.ts";

/** What is longer is in the JSON and in the HTML report. */
const LONGEST_NOTE = 200;

export function traceFacts(replay: ReplayResult, width: number): string[] {
  const facts = [origin(replay), switchFacts(replay), deathFacts(replay)];
  const notes = replay.notes.map((note) => `note      ${cut(note, LONGEST_NOTE)}`);
  return [...facts, ...notes].flatMap((fact) => wrap(printable(fact), width, "          "));
}

function origin(replay: ReplayResult): string {
  const kernel = replay.kernel === undefined ? [] : [`Linux ${replay.kernel}`];
  const facts = [
    replay.format,
    ...kernel,
    plural(replay.cpus, "CPU"),
    seconds(replay.seconds),
    plural(replay.events, "event"),
    replay.lost === 0 ? "none lost" : `${count(replay.lost)} LOST`,
    evidenceWords(replay),
  ];
  return `trace     ${replay.trace}: ${facts.join(", ")}`;
}

export function evidenceWords(replay: ReplayResult): string {
  return replay.evidence === "kernel" ? "evidence: kernel probes" : "evidence: stock events alone";
}

function switchFacts(replay: ReplayResult): string {
  const kinds = SWITCH_CLASSES.map((kind) => `${SWITCH_WORDS[kind].label} ${count(replay.switches[kind])}`);
  const total = totalSwitches(replay);
  const part = replay.unknown === 0 ? "" : ` (${share(replay.unknown, total)})`;
  const unknown = `unknown ${count(replay.unknown)}${part}`;
  return `switches  ${count(total)}: ${[...kinds, unknown].join(" · ")}`;
}

export function totalSwitches(replay: ReplayResult): number {
  return SWITCH_CLASSES.reduce((sum, kind) => sum + replay.switches[kind], replay.unknown);
}

function deathFacts(replay: ReplayResult): string {
  const lazy = lazyHistogram(replay).map(([cpus, times]) => `${cpus}×${count(times)}`);
  const histogram = lazy.length === 0 ? "" : ` · other CPUs lazy on the mm at that moment: ${lazy.join(" ")}`;
  return `deaths    exit_mm ${count(replay.exit_mm)} · final mmput ${count(replay.final_mmput)}${histogram}`;
}

/** (CPUs, times), by the number of CPUs. */
export function lazyHistogram(replay: ReplayResult): [string, number][] {
  const entries = Object.entries(replay.lazy_cpus_at_final_mmput);
  return entries.sort(([a], [b]) => Number(a) - Number(b));
}
