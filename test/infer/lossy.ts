/** Loses events on their way to a sink: a run of events of one CPU, with the `lost` event that a reader makes of it. */

import type { TraceSink } from "../../src/trace/events.ts";
import { METHODS } from "../trace/event_lines.ts";

export interface Loss {
  readonly cpu: number;
  /** How many of the CPU's events pass first. */
  readonly after: number;
  readonly count: number;
}

const NAMES = METHODS.filter((name) => name !== "lost");

type Method = (ts: number, cpu: number, ...rest: never[]) => void;

export function losing(sink: TraceSink, loss: Loss): TraceSink {
  let seen = 0;
  const pass = (ts: number, cpu: number): boolean => {
    if (cpu !== loss.cpu) return true;
    seen++;
    if (seen === loss.after + loss.count + 1) sink.lost?.(ts, cpu, loss.count);
    return seen <= loss.after || seen > loss.after + loss.count;
  };
  const entries = NAMES.map((name) => {
    const method = sink[name] as Method | undefined;
    return [
      name,
      (ts: number, cpu: number, ...rest: never[]) => {
        if (pass(ts, cpu)) method?.call(sink, ts, cpu, ...rest);
      },
    ];
  });
  return {
    ...(Object.fromEntries(entries) as TraceSink),
    begin: (info) => sink.begin?.(info),
    // A reader knows from the file's statistics of a loss that nothing follows.
    end: (totals) => {
      if (seen > loss.after && seen <= loss.after + loss.count)
        sink.lost?.(totals.lastTs, loss.cpu, undefined);
      sink.end?.(totals);
    },
  };
}
