/** Simulations as plots: work done over the number of CPUs, or, for one machine, where the CPUs' time goes. */

import * as Plot from "@observablehq/plot";
import type { PublishedResult, SimResult } from "../../evidence/simulation.ts";
import { throughput } from "../sim_report.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 760;

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
  const most = Math.max(...points.map((point) => point.cpus));
  const place = { x: "cpus", y: "rate" } as const;
  return draw(`${simTitle(results)}: ${results[0]?.unit ?? "operations"} per second over CPUs, by scheme`, {
    width: WIDTH,
    height: 380,
    marginLeft: 64,
    marginRight: 130,
    marginBottom: 40,
    x: { type: "log", base: 2, label: "CPUs", grid: true, tickFormat: String },
    y: { type: "log", label: `${results[0]?.unit ?? "operations"} per second`, grid: true, tickFormat: "~s" },
    marks: [
      Plot.line(points, { ...place, z: "scheme", stroke: "colour", strokeWidth: 1.6 }),
      Plot.dot(points, { ...place, fill: "colour", r: 3, title: "title" }),
      Plot.text(
        points.filter((point) => point.cpus === most),
        { ...place, text: "scheme", fill: "colour", textAnchor: "start", dx: 8 },
      ),
    ],
  });
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
  const legend = used.map((name, index) =>
    Plot.text([name], {
      text: [name],
      frameAnchor: "top-left",
      dx: index * 84 - 120,
      dy: -30,
      fill: seriesColour(index),
    }),
  );
  return draw(`${simTitle(results)}: CPU time per operation, by scheme`, {
    width: WIDTH,
    height: results.length * 30 + 90,
    marginLeft: 140,
    marginBottom: 36,
    marginTop: 44,
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

/** A row of published percentages or ratios: published and simulated over the points. */
export function publishedChart(row: PublishedResult): Svg {
  const unit = row.points.some((point) => point.unit === "percent") ? "percent" : "ratio";
  const points = row.points.filter((point) => point.unit === unit);
  const marks = points.flatMap((point) => [
    { label: point.label, value: point.published, what: "published", colour: seriesColour(3) },
    { label: point.label, value: point.simulated, what: "simulated", colour: seriesColour(0) },
  ]);
  return draw(`row ${row.row}: published (${unit}) and simulated`, {
    width: WIDTH,
    height: points.length * 26 + 70,
    marginLeft: 210,
    marginBottom: 36,
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
      Plot.text(marks, { x: "value", y: "label", text: "what", fill: "colour", dy: -10, fontSize: 9 }),
      Plot.ruleX([0]),
    ],
  });
}
