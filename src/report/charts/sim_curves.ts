/** Simulations as plots: work done over the number of CPUs, or, for one machine, where the CPUs' time goes. */

import * as Plot from "@observablehq/plot";
import type { PublishedResult, SimResult } from "../../evidence/simulation.ts";
import { throughput } from "../sim_report.ts";
import { type Placed, spread } from "./labels.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 760;
/** Of the curves: the plot, its margins, and a line of text, pixels. */
const HEIGHT = 380;
const TOP = 20;
const BOTTOM = 40;
const LABEL = 14;

/** The runs of one machine and workload. */
export function simChart(results: readonly SimResult[]): Svg {
  const sizes = new Set(results.map((each) => each.cpus));
  return sizes.size > 1 ? curves(results) : breakdowns(results);
}

export function simTitle(results: readonly SimResult[]): string {
  const [first] = results;
  return first === undefined ? "" : `${first.workload} on ${first.machine}`;
}

const schemesOf = (results: readonly SimResult[]): string[] => [...new Set(results.map((r) => r.scheme))];

function curves(results: readonly SimResult[]): Svg {
  const schemes = schemesOf(results);
  const points = results.map((each) => ({
    cpus: each.cpus,
    rate: throughput(each),
    scheme: each.scheme,
    colour: seriesColour(schemes.indexOf(each.scheme)),
    title: `${each.scheme}, ${each.cpus} CPUs: ${throughput(each).toPrecision(3)} per second`,
  }));
  const place = { x: "cpus", y: "rate" } as const;
  const sizes = [...new Set(points.map((point) => point.cpus))];
  return draw(`${simTitle(results)}: ${results[0]?.unit ?? "operations"} per second over CPUs, by scheme`, {
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 64,
    marginRight: 130,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { type: "log", base: 2, label: "CPUs", grid: true, ticks: sizes, tickFormat: String },
    y: { type: "log", label: `${results[0]?.unit ?? "operations"} per second`, grid: true, tickFormat: "~s" },
    marks: [
      Plot.line(points, { ...place, z: "scheme", stroke: "colour", strokeWidth: 1.6 }),
      Plot.dot(points, { ...place, fill: "colour", r: 3, title: "title" }),
      ...endLabels(points).map(({ item, dy }) =>
        Plot.text([item], { ...place, text: "scheme", fill: "colour", textAnchor: "start", dx: 8, dy }),
      ),
    ],
  });
}

interface Point {
  readonly cpus: number;
  readonly rate: number;
  readonly scheme: string;
  readonly colour: string;
}

/** The names of the lines at their right ends, one above the other where the lines meet. */
function endLabels(points: readonly Point[]): Placed<Point>[] {
  const most = Math.max(...points.map((point) => point.cpus));
  const rates = points.map(({ rate }) => Math.log(Math.max(rate, Number.MIN_VALUE)));
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const bottom = HEIGHT - BOTTOM;
  const heightOf = ({ rate }: Point): number =>
    high === low ? (TOP + bottom) / 2 : TOP + ((high - Math.log(rate)) / (high - low)) * (bottom - TOP);
  const ends = points.filter((point) => point.cpus === most && point.rate > 0);
  return spread(ends, heightOf, LABEL, TOP, bottom);
}

/** What CPUs did besides idling. */
function categories(results: readonly SimResult[]): string[] {
  const names = Object.keys(results[0]?.breakdown ?? {}).filter((name) => name !== "idle");
  return names.filter((name) => results.some((each) => (each.breakdown[name] ?? 0) > 0));
}

function partsOf(results: readonly SimResult[], used: readonly string[]) {
  return results.flatMap((each) =>
    used.map((name, index) => ({
      scheme: each.scheme,
      micros: (1e6 * (each.breakdown[name] ?? 0)) / Math.max(1, each.operations),
      colour: seriesColour(index),
      title: `${each.scheme}, ${name}`,
    })),
  );
}

/** CPU time per operation as one bar per scheme. */
function breakdowns(results: readonly SimResult[]): Svg {
  const used = categories(results);
  const parts = partsOf(results, used);
  const { legend, rows } = legendOf(used);
  return draw(`${simTitle(results)}: CPU time per operation, by scheme`, {
    width: WIDTH,
    height: results.length * 30 + 62 + rows * LEGEND,
    marginLeft: LEGEND_LEFT,
    marginBottom: 36,
    marginTop: 16 + rows * LEGEND,
    x: { label: "µs of CPU time per operation, idling left out", grid: true },
    y: { label: null, domain: schemesOf(results), tickSize: 0 },
    marks: [
      Plot.barX(parts, {
        x: "micros",
        y: "scheme",
        fill: "colour",
        title: "title",
        insetTop: 4,
        insetBottom: 4,
      }),
      ...legend,
      Plot.ruleX([0]),
    ],
  });
}

const LEGEND = 18;
const LEGEND_LEFT = 140;

/** The names of the parts in their colours, in as many rows as it takes. */
function legendOf(names: readonly string[]): { readonly legend: Plot.Markish[]; readonly rows: number } {
  let [left, row] = [0, 0];
  const places = names.map((name, index) => {
    const width = name.length * 6.6 + 18;
    if (left + width > WIDTH - 20) [left, row] = [0, row + 1];
    const place = { name, index, left, row };
    left += width;
    return place;
  });
  const rows = row + 1;
  const legend = places.map((place) =>
    Plot.text([place.name], {
      text: [place.name],
      frameAnchor: "top-left",
      dx: place.left + 8 - LEGEND_LEFT,
      dy: (place.row - rows) * LEGEND,
      fill: seriesColour(place.index),
    }),
  );
  return { legend, rows };
}

/** An axis cannot be divided where the numbers on it are as small as numbers get. */
const visible = (value: number): number => (Math.abs(value) < 1e-9 ? 0 : value);

/** A row of published percentages or ratios: published and simulated over the points. */
export function publishedChart(row: PublishedResult): Svg {
  const unit = row.points.some((point) => point.unit === "percent") ? "percent" : "ratio";
  const points = row.points.filter((point) => point.unit === unit);
  const marks = points.flatMap((point) => [
    { label: point.label, value: visible(point.published), what: "published", colour: seriesColour(3) },
    { label: point.label, value: visible(point.simulated), what: "simulated", colour: seriesColour(0) },
  ]);
  return draw(`row ${row.row}: published (${unit}) and simulated`, {
    width: WIDTH,
    height: points.length * 26 + 70 + LEGEND,
    marginLeft: 210,
    marginBottom: 36,
    marginTop: 20 + LEGEND,
    x: { label: unit === "percent" ? "gain, %" : "ratio", grid: true },
    y: { label: null, domain: points.map((point) => point.label), tickSize: 0 },
    marks: [
      Plot.dot(marks, {
        x: "value",
        y: "label",
        stroke: "colour",
        fill: "colour",
        fillOpacity: 0.3,
        r: 5,
        title: "what",
      }),
      ...["published", "simulated"].map((what, i) =>
        Plot.text([what], {
          text: [what],
          frameAnchor: "top-left",
          dx: 80 * i,
          dy: -LEGEND,
          fill: seriesColour(i === 0 ? 3 : 0),
        }),
      ),
      Plot.ruleX([0]),
    ],
  });
}
