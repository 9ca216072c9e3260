/** How long each dead mm was kept: one tick per mm on a logarithmic axis, one row per scheme. */

import * as Plot from "@observablehq/plot";
import type { ReplayResult, Residency } from "../../evidence/types.ts";
import { seconds } from "../format.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 1040;
const ROW = 44;
/** Ticks per scheme: more would be one bar of ink. */
const TICKS = 600;
/** The left end of the axis. What is shorter is drawn here: within one event of the trace no time passes. */
const AT_ONCE = 1e-6;

/** One dead mm. */
interface Tick {
  readonly scheme: string;
  readonly seconds: number;
  readonly colour: string;
  readonly title: string;
  readonly freed: boolean;
}

export function keptHowLong(replay: ReplayResult): Svg {
  const names = replay.schemes.map((scheme) => scheme.scheme);
  const ticks = replay.schemes.flatMap((scheme, index) => ticksOf(scheme.scheme, scheme.residency, index));
  const medians = replay.schemes.flatMap(({ scheme, residency }) => medianOf(scheme, residency));
  const longest = Math.max(1e-3, ...ticks.map((tick) => tick.seconds));
  return draw("time that dead mms were kept, by scheme", {
    width: WIDTH,
    height: names.length * ROW + 46,
    marginLeft: 118,
    marginRight: 40,
    marginBottom: 38,
    x: {
      type: "log",
      domain: [AT_ONCE, longest * 1.5],
      ticks: decades(longest),
      tickFormat: (value: number) => (value === AT_ONCE ? "at once" : seconds(value).replace(/\.0+ /, " ")),
      label: "time from the final mmput to the free (logarithmic)",
      labelAnchor: "center",
      grid: true,
    },
    y: { label: null, domain: names, tickSize: 0 },
    marks: [freedMarks(ticks), keptMarks(ticks), medianMarks(medians)],
  });
}

const PLACE = { x: "seconds", y: "scheme", title: "title" } as const;

function freedMarks(ticks: readonly Tick[]): Plot.Markish {
  const freed = ticks.filter((tick) => tick.freed);
  return Plot.tickX(freed, { ...PLACE, stroke: "colour", strokeOpacity: 0.5, strokeWidth: 1.5, inset: 8 });
}

function keptMarks(ticks: readonly Tick[]): Plot.Markish {
  const kept = ticks.filter((tick) => !tick.freed);
  return Plot.dot(kept, { ...PLACE, stroke: "colour", fill: "var(--paper)", symbol: "triangle", r: 4 });
}

/** The middle of a scheme's ticks. */
interface Median {
  readonly scheme: string;
  readonly seconds: number;
  readonly title: string;
}

function medianMarks(medians: readonly Median[]): Plot.Markish {
  return Plot.tickX(medians, { ...PLACE, stroke: "currentColor", strokeWidth: 2.5, inset: 2 });
}

function ticksOf(scheme: string, residency: Residency, index: number): Tick[] {
  const sorted = [...residency.intervals].sort((a, b) => a.seconds - b.seconds);
  const every = Math.max(1, sorted.length / TICKS);
  const shown = Array.from(
    { length: Math.ceil(sorted.length / every) },
    (_, i) => sorted[Math.floor(i * every)],
  );
  return shown.flatMap((interval) => {
    if (interval === undefined) return [];
    const kept = `${seconds(interval.seconds)}${interval.freed ? "" : ", not freed within the trace"}`;
    const title = `${scheme}: kept ${kept}; died ${seconds(interval.start)} into the trace`;
    return [
      {
        ...interval,
        scheme,
        title,
        colour: seriesColour(index),
        seconds: Math.max(AT_ONCE, interval.seconds),
      },
    ];
  });
}

function medianOf(scheme: string, residency: Residency): Median[] {
  const median = quantile(residency, 0.5);
  if (median === undefined) return [];
  return [{ scheme, seconds: Math.max(AT_ONCE, median), title: `${scheme}: median ${seconds(median)}` }];
}

/** The time that a part of the dead mms was kept at most; the nearest rank, no interpolation. */
export function quantile(residency: Residency, part: number): number | undefined {
  const sorted = residency.intervals.map((interval) => interval.seconds).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

function decades(longest: number): number[] {
  const last = Math.ceil(Math.log10(longest * 1.5));
  return Array.from({ length: last + 6 }, (_, index) => Number(`1e${index - 6}`));
}
