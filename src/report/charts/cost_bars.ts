/** Cost of each scheme on a trace: one small plot per figure, since figures of different units share no axis. */

import * as Plot from "@observablehq/plot";
import type { ReplayResult, SchemeReplay } from "../../evidence/types.ts";
import { COSTS, type CostFigure, ipiCauses, ipisBy } from "../figures.ts";
import { count } from "../format.ts";
import { draw, type Svg, seriesColour } from "./svg.ts";

const WIDTH = 500;
/** Height of a bar with its gap. */
const BAR = 22;

export interface CostChart {
  readonly figure: CostFigure;
  readonly plot: Svg;
}

/** A plot per figure that is not zero under every scheme. */
export function costCharts(replay: ReplayResult): CostChart[] {
  return usedCosts(replay).map((figure) => ({ figure, plot: costChart(figure, replay) }));
}

export function usedCosts(replay: ReplayResult): CostFigure[] {
  return COSTS.filter((figure) => replay.schemes.some((scheme) => figure.of(scheme.total) > 0));
}

/** One part of a bar: the whole figure, or the IPIs of one cause. */
interface Segment {
  readonly scheme: string;
  readonly value: number;
  readonly colour: string;
  readonly opacity: number;
  /** For whoever points at it. */
  readonly title: string;
}

function costChart(figure: CostFigure, replay: ReplayResult): Svg {
  const { schemes } = replay;
  const totals = schemes.map((scheme) => ({ scheme: scheme.scheme, value: figure.of(scheme.total) }));
  const segments = schemes.flatMap((scheme, index) =>
    segmentsOf(figure, scheme, seriesColour(index), schemes),
  );
  return draw(`${figure.label}, by scheme`, {
    width: WIDTH,
    height: schemes.length * BAR + 40,
    marginLeft: 118,
    marginRight: 70,
    marginTop: 4,
    marginBottom: 36,
    x: {
      label: figure.unit,
      domain: [0, most(totals)],
      grid: true,
      ticks: 4,
      tickFormat: tickText,
      nice: true,
    },
    y: { label: null, domain: totals.map((total) => total.scheme), tickSize: 0 },
    marks: [
      Plot.barX(segments, {
        x: "value",
        y: "scheme",
        fill: "colour",
        fillOpacity: "opacity",
        title: "title",
        insetTop: 3,
        insetBottom: 3,
        insetRight: 0.5,
      }),
      Plot.text(totals, { x: "value", y: "scheme", text: (t) => count(t.value), textAnchor: "start", dx: 5 }),
      Plot.ruleX([0]),
    ],
    opacity: { type: "identity" },
  });
}

const most = (totals: readonly { readonly value: number }[]): number =>
  Math.max(...totals.map((t) => t.value));

function segmentsOf(
  figure: CostFigure,
  scheme: SchemeReplay,
  colour: string,
  schemes: readonly SchemeReplay[],
): Segment[] {
  const name = scheme.scheme;
  const value = figure.of(scheme.total);
  const whole = { scheme: name, value, colour, opacity: 1, title: `${name}: ${count(value)} ${figure.unit}` };
  if (figure.unit !== "IPIs") return [whole];
  return ipiCauses(schemes).map((cause, index) => {
    const sent = ipisBy(scheme, cause);
    const title = `${name}: ${count(sent)} of ${count(value)} IPIs by ${cause}`;
    return { scheme: name, value: sent, colour, opacity: causeOpacity(index), title };
  });
}

/** Causes are told apart by shade, the same for every scheme. */
export const causeOpacity = (index: number): number => [1, 0.55, 0.3, 0.75, 0.42][index % 5] ?? 1;

function tickText(value: number): string {
  if (value < 1e4) return String(value);
  return value < 1e6 ? `${value / 1e3}k` : `${value / 1e6}M`;
}
