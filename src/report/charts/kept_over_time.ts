/** How many dead mms each scheme keeps at every moment of the trace. */

import * as Plot from "@observablehq/plot";
import type { ReplayResult, Residency, SchemeReplay } from "../../evidence/types.ts";
import { count } from "../format.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 1040;
const FACET = 66;
/** More steps than this are not told apart on the page. */
const STEPS = 1000;

/** From `time` on, `kept` dead mms exist. */
export interface Step {
  readonly time: number;
  readonly kept: number;
}

export function keptOverTime(replay: ReplayResult): Svg {
  const names = replay.schemes.map((scheme) => scheme.scheme);
  const points = replay.schemes.flatMap((scheme, index) => pointsOf(scheme, index, replay.seconds));
  const most = Math.max(1, ...points.map((point) => point.kept));
  return draw("dead mms kept over time, by scheme", {
    width: WIDTH,
    height: names.length * FACET + 46,
    marginLeft: 118,
    marginRight: 40,
    marginBottom: 34,
    x: {
      label: "seconds since the first event of the trace",
      domain: [0, replay.seconds],
      labelAnchor: "center",
    },
    y: { label: null, axis: null, domain: [0, most] },
    fy: { domain: names, label: null, axis: "left", padding: 0.22 },
    marks: [
      Plot.gridY([most]),
      Plot.axisY([0, most], { anchor: "right", tickSize: 0, tickFormat: count, label: null }),
      Plot.areaY(points, { ...PLACE, fill: "colour", fillOpacity: 0.35 }),
      Plot.lineY(points, { ...PLACE, stroke: "colour", strokeWidth: 1 }),
      Plot.ruleY([0]),
    ],
  });
}

const PLACE = { x: "time", y: "kept", fy: "scheme", curve: "step-after" } as const;

interface Point extends Step {
  readonly scheme: string;
  readonly colour: string;
}

function pointsOf({ scheme, residency }: SchemeReplay, index: number, end: number): Point[] {
  const colour = seriesColour(index);
  return thin(keptSteps(residency, end), end).map((step) => ({ ...step, scheme, colour }));
}

/** The number of dead mms as a step function of time. */
export function keptSteps(residency: Residency, end: number): Step[] {
  // What is freed within the event in which it died was not kept.
  const lasting = residency.intervals.filter(({ seconds, freed }) => seconds > 0 || !freed);
  const changes = lasting.flatMap(({ start, seconds, freed }) => [
    { time: start, by: 1 },
    ...(freed ? [{ time: start + seconds, by: -1 }] : []),
  ]);
  changes.sort((a, b) => a.time - b.time || b.by - a.by);
  const steps: Step[] = [{ time: 0, kept: 0 }];
  let kept = 0;
  for (const change of changes) {
    kept += change.by;
    steps.push({ time: change.time, kept });
  }
  return [...steps, { time: end, kept }];
}

/**
 * At most a few thousand steps that look the same: of each slice of time the largest number kept and the last one.
 * Peaks stay; only how often the number went up and down between two pixels is lost.
 */
function thin(steps: readonly Step[], end: number): Step[] {
  if (steps.length <= 2 * STEPS || end === 0) return [...steps];
  const slices = new Map<number, { peak: Step; last: Step }>();
  for (const step of steps) {
    const index = Math.floor((STEPS * step.time) / end);
    const slice = slices.get(index);
    if (slice === undefined) slices.set(index, { peak: step, last: step });
    else slices.set(index, { peak: step.kept > slice.peak.kept ? step : slice.peak, last: step });
  }
  return [...slices.values()].flatMap(({ peak, last }) => (peak === last ? [peak] : [peak, last]));
}
