/** The part of a report about one trace: its facts, the cost plots, the residency plots, the checks against reality. */

import type { ReplayResult, SchemeReplay } from "../../evidence/types.ts";
import { SWITCH_CLASSES } from "../../evidence/types.ts";
import { causeOpacity, costCharts } from "../charts/cost_bars.ts";
import { keptHowLong, quantile } from "../charts/kept_how_long.ts";
import { keptOverTime } from "../charts/kept_over_time.ts";
import { COSTS, ipiCauses, SWITCH_WORDS } from "../figures.ts";
import { count, plural, seconds, share } from "../format.ts";
import { evidenceWords, lazyHistogram, totalSwitches } from "../trace_facts.ts";
import { type Html, html, trusted } from "./markup.ts";

/** Rows of the table of mms; the JSON has all. */
const MOST = 15;

export function replaySection(replay: ReplayResult): Html {
  return html`
<h2>The trace</h2>
${facts(replay)}
<h2>Cost</h2>
<p>Each scheme is run over the same recorded switches, exits and execs, with the same model of the kernel around it.
The plots count operations. They do not time them: what an operation costs depends on the machine, on who held the
cache line, and on what runs meanwhile.</p>
<div class="plots">${costFigures(replay)}</div>
${zeroFigures(replay)}
<h2>Dead mms kept</h2>
<p>An mm is dead from its final mmput, when no user is left and its mappings are torn down; until it is freed, its
mm_struct and page-table root stay allocated for CPUs that still have it loaded lazily. This is memory, not a safety
violation.</p>
${residencyFigures(replay)}
${residencyTable(replay)}
${replay.schemes.map(compared)}
${replay.schemes.map(perMm)}`;
}

function facts(replay: ReplayResult): Html {
  const total = totalSwitches(replay);
  const switches = SWITCH_CLASSES.map(
    (kind) => `${SWITCH_WORDS[kind].label} ${count(replay.switches[kind])}`,
  );
  const unknown = `not attributed ${count(replay.unknown)} (${share(replay.unknown, total)})`;
  const lazy = lazyHistogram(replay).map(([cpus, times]) => `${cpus} CPUs ${count(times)}×`);
  const rows: readonly (readonly [string, string])[] = [
    ["file", `${replay.trace}, ${replay.format}`],
    [
      "recorded on",
      `${replay.kernel === undefined ? "" : `Linux ${replay.kernel}, `}${plural(replay.cpus, "CPU")}`,
    ],
    [
      "length",
      `${seconds(replay.seconds)}, ${plural(replay.events, "event")}, ${count(replay.lost)} known to be lost`,
    ],
    ["inference", evidenceWords(replay)],
    ["switches", `${count(total)}: ${[...switches, unknown].join(" · ")}`],
    ["deaths", `exit_mm ${count(replay.exit_mm)} · final mmput ${count(replay.final_mmput)}`],
    ["other CPUs lazy on the mm at its final mmput", lazy.length === 0 ? "–" : lazy.join(" · ")],
    ...replay.notes.map((note) => ["note", note] as const),
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

function costFigures(replay: ReplayResult): Html[] {
  return costCharts(replay).map(
    ({ figure, plot }) => html`<figure><strong>${figure.label}</strong>
${trusted(plot.markup)}
<figcaption>${figure.meaning}${figure.unit === "IPIs" ? causes(replay) : undefined}</figcaption></figure>\n`,
  );
}

/** The legend of the plot of IPIs: shades are causes. */
function causes(replay: ReplayResult): Html {
  const items = ipiCauses(replay.schemes).map((cause, index) => {
    const swatch = html`<span class="swatch" style="opacity:${causeOpacity(index)}"></span>`;
    return html` <span class="legend">${swatch}${cause}</span>`;
  });
  return html` By shade, left to right:${items}.`;
}

/** Figures that no plot shows because they are zero everywhere. */
function zeroFigures(replay: ReplayResult): Html | undefined {
  const zero = COSTS.filter((figure) => replay.schemes.every((scheme) => figure.of(scheme.total) === 0));
  if (zero.length === 0) return undefined;
  return html`<p class="soft">Zero under every scheme: ${zero.map((figure) => figure.label).join("; ")}.</p>`;
}

function residencyFigures(replay: ReplayResult): Html | undefined {
  if (replay.schemes.every((scheme) => scheme.residency.intervals.length === 0)) return undefined;
  return html`<figure class="wide"><strong>Dead mms kept at each moment</strong>
${trusted(keptOverTime(replay).markup)}
<figcaption>Vertical: number of dead mms not yet freed, the same scale for every scheme. Horizontal: time of the
trace. Time within one event is not modelled, so what is freed in the same event leaves no mark.</figcaption></figure>
<figure class="wide"><strong>How long each dead mm was kept</strong>
${trusted(keptHowLong(replay).markup)}
<figcaption>One tick per dead mm, a bar at the median. A triangle is an mm that was still kept when the trace ended:
its true time is longer. “At once” is within the event in which it died.</figcaption></figure>`;
}

function residencyTable(replay: ReplayResult): Html {
  const rows = replay.schemes.map(({ scheme, residency }) => {
    const cells = [
      count(residency.dead),
      count(residency.keptAtEnd),
      quantileText(quantile(residency, 0.5)),
      quantileText(quantile(residency, 0.95)),
      seconds(residency.longestSeconds),
      seconds(residency.totalSeconds),
    ];
    return html`<tr><th scope="row">${scheme}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>\n`;
  });
  const heads = ["died", "kept at the end", "median", "95 % within", "longest", "in total (mm × time)"];
  return html`<div class="scroll"><table><thead><tr><th></th>${heads.map((head) => html`<th class="n" scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const quantileText = (value: number | undefined): string => (value === undefined ? "–" : seconds(value));

/** The replay's figures beside those that the trace's own probes counted. */
function compared(scheme: SchemeReplay): Html | undefined {
  if (scheme.compared.length === 0) return undefined;
  const rows = scheme.compared.map(
    ({ figure, predicted, observed }) =>
      html`<tr><th scope="row">${figure}</th><td class="n">${count(predicted)}</td><td class="n">${count(observed)}</td></tr>\n`,
  );
  return html`<h3>${scheme.scheme}: predicted against observed</h3>
<p>Observed: what the kernel that recorded the trace did, counted by its own probes. Predicted: what the replay did.</p>
<table><thead><tr><th>figure</th><th class="n">predicted</th><th class="n">observed</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function perMm(scheme: SchemeReplay): Html | undefined {
  if (scheme.perMm.length === 0) return undefined;
  const total = (mm: SchemeReplay["perMm"][number]): number =>
    COSTS.reduce((sum, cost) => sum + cost.of(mm.counters), 0);
  const shown = [...scheme.perMm].sort((a, b) => total(b) - total(a)).slice(0, MOST);
  const heads = [...COSTS.map((figure) => figure.label), "dead for"];
  const rows = shown.map((mm) => {
    const cells = COSTS.map((figure) => html`<td class="n">${count(figure.of(mm.counters))}</td>`);
    const dead = mm.deadSeconds === undefined ? "–" : seconds(mm.deadSeconds);
    return html`<tr><th scope="row" class="mono">${mm.mm}</th><td>${mm.comm}</td>${cells}<td class="n">${dead}</td></tr>\n`;
  });
  return html`<details><summary>${scheme.scheme}: the ${shown.length} busiest of ${plural(scheme.perMm.length, "mm")}</summary>
<div class="scroll"><table><thead><tr><th>mm</th><th>command</th>${heads.map((head) => html`<th class="n" scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}
