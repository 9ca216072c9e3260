/** `--out FILE.svg`: the one chart that says most about the evidence. */

import type { Evidence, ReplayResult } from "../../evidence/types.ts";
import { litmusSvg } from "../litmus_drawing.ts";
import { withoutControls } from "../text.ts";
import { title } from "../violation.ts";
import { witnessDrawing } from "../witness_drawing.ts";
import { COLOURS } from "./colours.ts";
import { costCharts } from "./cost_bars.ts";
import { deadCurve, deadTitle } from "./dead_curve.ts";
import { keptHowLong } from "./kept_how_long.ts";
import { keptOverTime } from "./kept_over_time.ts";
import { publishedChart, simChart, simTitle } from "./sim_curves.ts";
import { type Panel, sheet } from "./svg.ts";
import { verdictCells } from "./verdict_cells.ts";

/** A stand-alone SVG: the execution of a litmus test, or of the one check that was violated; costs and residency of a replay, else the verdicts; nothing when there is neither. */
export function mainChart(evidence: Evidence): string | undefined {
  const execution = evidence.litmus?.find(({ drawing }) => drawing !== undefined)?.drawing;
  if (execution !== undefined) return withoutControls(litmusSvg(execution));
  const replay = evidence.replays[0];
  if (replay !== undefined) return replaySheet(replay);
  const simulated = simPanels(evidence);
  if (simulated.length > 0) return sheet(`lazytlb ${evidence.command}`, simulated, COLOURS);
  if (evidence.checks.length === 0) return undefined;
  const witness = witnessChart(evidence);
  if (witness !== undefined) return withoutControls(witness);
  const panel = { title: "scenario × scheme", plot: verdictCells(evidence.checks) };
  return sheet(`lazytlb ${evidence.command}`, [[panel]], COLOURS);
}

/** The first execution graph, where one scheme in one scenario was asked for, perhaps with its mutation. */
function witnessChart({ checks }: Evidence): string | undefined {
  const asked = new Set(
    checks.map(({ scheme, scenario, arch, model }) => [scheme, scenario, arch, model].join()),
  );
  if (asked.size > 1) return undefined;
  for (const check of checks) {
    if (check.verdict.kind !== "violated" || check.verdict.violation.graph === undefined) continue;
    const drawing = witnessDrawing(check.verdict.violation.graph, `${title(check)} under ${check.model}`);
    if (drawing !== undefined) return litmusSvg(drawing);
  }
  return undefined;
}

function simPanels({ simulations = [], published = [] }: Evidence): Panel[][] {
  const rows = published.map((row) => [{ title: `row ${row.row}: ${row.what}`, plot: publishedChart(row) }]);
  if (simulations.length === 0) return rows;
  const dead = deadCurve(simulations);
  const kept = dead === undefined ? [] : [[{ title: deadTitle(simulations), plot: dead }]];
  return [...rows, [{ title: simTitle(simulations), plot: simChart(simulations) }], ...kept];
}

function replaySheet(replay: ReplayResult): string {
  const costs = costCharts(replay).map(({ figure, plot }) => ({ title: figure.label, plot }));
  const rows = costs.flatMap((_, index) => (index % 2 === 0 ? [costs.slice(index, index + 2)] : []));
  const kept = { title: "dead mms kept at each moment", plot: keptOverTime(replay) };
  const long = {
    title: "how long each dead mm was kept; bar: median; triangle: not freed",
    plot: keptHowLong(replay),
  };
  return sheet(`Replay of ${replay.trace}`, [...rows, [kept], [long]], COLOURS);
}
