/**
 * A witness as text: one column per CPU, time downwards.
 *
 *      step  CPU 0                          CPU 1
 *         7  [thread] exit_mm
 *            exit.ts:41  mm#2.mm_users: 1 → 0
 *         8                                 [idle/1] schedule › context_switch
 *                                           sched.ts:80  reads mm#2.mm_count = 1
 *
 * Where a CPU enters another function or task it says so; the lines below it are what happened there. A row that
 * broke the property is marked with ✗. Machines with more CPUs than columns fit are printed as a list.
 */

import type { Timeline, TimelineRow } from "../evidence/types.ts";
import { cutFront, paragraph, printable, wrap } from "./text.ts";

const GAP = 2;
/** Narrower columns than this are unreadable. */
const NARROWEST = 24;

/** Where a CPU is: printed when it changes. */
interface Place {
  /** The task; for an interrupt or a preemption on top of it, what that is. */
  readonly task: string;
  readonly stack: readonly string[];
  /** In full. */
  readonly text: string;
}

export function timelineText(timeline: Timeline, width: number): string {
  const { rows } = timeline;
  const cpus = activeCpus(timeline);
  const steps = GAP + Math.max("step".length, ...rows.map((row) => String(row.step).length));
  const column = Math.floor((width - steps) / Math.max(1, cpus.length)) - GAP;
  const lines = column >= NARROWEST ? columnLines(rows, cpus, steps, column) : listLines(rows, width);
  return paragraph([...lines, ...finalLines(timeline, width)]);
}

/** CPUs that do something; the others have no column. */
export function activeCpus(timeline: Timeline): number[] {
  return [...new Set(timeline.rows.map((row) => row.cpu))].sort((a, b) => a - b);
}

/** `steps` is the width of the column of step numbers with its gap, `column` that of a CPU without. */
function columnLines(
  rows: readonly TimelineRow[],
  cpus: readonly number[],
  steps: number,
  column: number,
): string[] {
  const heads = cpus.map((cpu) => `CPU ${cpu}`.padEnd(column + GAP));
  const rule = cpus.map(() => "─".repeat(column)).join(" ".repeat(GAP));
  const lines = ["step".padEnd(steps) + heads.join(""), " ".repeat(steps) + rule];
  let step = 0;
  for (const { row, place } of placed(rows)) {
    const cell = cellLines(row, place, column);
    const indent = " ".repeat(cpus.indexOf(row.cpu) * (column + GAP));
    cell.forEach((text, index) => {
      const number = index === 0 && row.step !== step ? String(row.step) : "";
      // The mark of failure is on the last line: there is the text of the row.
      const mark = row.bad && index === cell.length - 1 ? "✗ " : " ".repeat(GAP);
      lines.push(number.padStart(steps - GAP) + mark + indent + text);
    });
    step = row.step;
  }
  return lines;
}

function cellLines(row: TimelineRow, place: Place | undefined, column: number): string[] {
  const head = place === undefined ? [] : [placeText(place, column)];
  const text = printable(`${position(row)}  ${row.text}`);
  return [...head, ...wrap(text, column, "  ")];
}

/** The place in at most `width` columns: the task, and as many of the innermost functions as fit. */
function placeText({ task, stack }: Place, width: number): string {
  for (let skipped = 0; skipped < stack.length; skipped++) {
    const frames = skipped === 0 ? stack : ["…", ...stack.slice(skipped)];
    const text = printable(`[${task}] ${frames.join(" › ")}`);
    if (text.length <= width) return text;
  }
  return cutFront(printable(stack.at(-1) ?? task), width);
}

/** "sched.ts:80": the file without its folders, which a column has no room for. */
export function position(row: TimelineRow): string {
  return `${row.file.split("/").at(-1) ?? row.file}:${row.line}`;
}

/** A row, with its place where that differs from what the same CPU showed before. */
export interface PlacedRow {
  readonly row: TimelineRow;
  readonly place: Place | undefined;
}

export function* placed(rows: readonly TimelineRow[]): Generator<PlacedRow> {
  const last = new Map<number, string>();
  for (const row of rows) {
    const place = placeOf(row);
    yield { row, place: last.get(row.cpu) === place.text ? undefined : place };
    last.set(row.cpu, place.text);
  }
}

function placeOf(row: TimelineRow): Place {
  const task = row.context === "task" ? row.task : `${row.context} on ${row.task}`;
  return { task, stack: row.stack, text: `[${task}] ${row.stack.join(" › ")}` };
}

/** Fallback for many CPUs: each row in full. */
function listLines(rows: readonly TimelineRow[], width: number): string[] {
  return rows.flatMap((row) => {
    const mark = row.bad ? "✗ " : "";
    const head = `${row.step}. CPU ${row.cpu} ${placeOf(row).text}`;
    const text = `${mark}${position(row)}  ${row.text}`;
    return [
      ...wrap(printable(head), width, "  "),
      ...wrap(printable(text), width - 4, "  ").map((l) => `    ${l}`),
    ];
  });
}

function finalLines(timeline: Timeline, width: number): string[] {
  if (timeline.final.length === 0) return [];
  const values = timeline.final.map(({ name, value }) => `${name} = ${value}`).join(" · ");
  return ["", ...wrap(printable(`at the end: ${values}`), width, "  ")];
}
