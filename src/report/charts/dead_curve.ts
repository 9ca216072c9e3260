/** How many dead mms each scheme keeps as virtual time passes, of simulations on the largest machine of a sweep. */

import * as Plot from "@observablehq/plot";
import type { SimResult } from "../../evidence/simulation.ts";
import { count } from "../format.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 760;
const FACET = 54;
/** Fewer mms, or seconds, than this cannot be seen. */
const NOTHING = 1e-9;

/** Nothing where no mm dies, or none is kept. */
export function deadCurve(results: readonly SimResult[]): Svg | undefined {
  const shown = largest(results);
  const points = shown.flatMap((result) => stepsOf(result, schemesOf(results).indexOf(result.scheme)));
  const most = Math.max(0, ...points.map(({ kept }) => kept));
  const schemes = shown.map(({ scheme }) => scheme);
  const end = Math.max(0, ...shown.map(({ dead }) => dead.span));
  if (most < NOTHING || end < NOTHING) return undefined;
  const measuredFrom = shown.map(({ scheme, dead, seconds }) => ({
    scheme,
    time: 1e3 * (dead.span - seconds),
  }));
  const axis = most < 1 ? Number(most.toPrecision(1)) : Math.ceil(most);
  return draw(`${deadTitle(results)}, by scheme`, {
    width: WIDTH,
    height: schemes.length * FACET + 50,
    marginLeft: 130,
    marginRight: 52,
    marginBottom: 36,
    x: {
      label: "virtual milliseconds; measured from the dotted line on",
      domain: [0, 1e3 * end],
      labelAnchor: "center",
    },
    y: { label: null, axis: null, domain: [0, axis] },
    fy: { domain: schemes, label: null, axis: "left", padding: 0.22 },
    marks: [
      Plot.gridY([axis]),
      Plot.axisY([0, axis], {
        anchor: "right",
        tickSize: 0,
        tickFormat: (n: number) => (n === 0 || n >= 1 ? count(n) : String(n)),
        label: null,
      }),
      Plot.areaY(points, { ...PLACE, fill: "colour", fillOpacity: 0.35 }),
      Plot.lineY(points, { ...PLACE, stroke: "colour", strokeWidth: 1 }),
      Plot.ruleX(measuredFrom, { x: "time", fy: "scheme", strokeDasharray: "1,3" }),
      Plot.ruleY([0]),
    ],
  });
}

export function deadTitle(results: readonly SimResult[]): string {
  const [first] = largest(results);
  return `Dead mms kept over time${first === undefined ? "" : `, ${count(first.cpus)} CPUs`}`;
}

const PLACE = { x: "time", y: "kept", fy: "scheme", curve: "step-after" } as const;

const schemesOf = (results: readonly SimResult[]): string[] => [...new Set(results.map((r) => r.scheme))];

function largest(results: readonly SimResult[]): SimResult[] {
  const most = Math.max(...results.map(({ cpus }) => cpus));
  return results.filter(({ cpus }) => cpus === most);
}

/** The means of the parts of the time, each from its beginning on. */
function stepsOf({ scheme, dead }: SimResult, index: number) {
  const colour = seriesColour(index);
  const width = (1e3 * dead.span) / Math.max(1, dead.overTime.length);
  const steps = dead.overTime.map((kept, part) => ({ time: part * width, kept, scheme, colour }));
  const last = dead.overTime.at(-1);
  return last === undefined ? steps : [...steps, { time: 1e3 * dead.span, kept: last, scheme, colour }];
}
