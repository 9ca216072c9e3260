/** A witness as a table: one column per CPU, time downwards. The HTML twin of `timeline.ts`. */

import type { Timeline, TimelineRow } from "../../evidence/types.ts";
import { activeCpus, type PlacedRow, placed, position } from "../timeline.ts";
import { type Html, html } from "./markup.ts";

export function timelineTable(timeline: Timeline): Html {
  const cpus = activeCpus(timeline);
  const heads = cpus.map((cpu) => html`<th scope="col">CPU ${cpu}</th>`);
  let step = 0;
  const rows = [...placed(timeline.rows)].map((each) => {
    const isNew = each.row.step !== step;
    step = each.row.step;
    return rowMarkup(each, cpus, isNew);
  });
  return html`<div class="scroll"><table class="timeline">
<thead><tr><th class="step" scope="col">step</th>${heads}</tr></thead>
<tbody>
${rows}</tbody></table></div>
${finalState(timeline)}`;
}

function rowMarkup({ row, place }: PlacedRow, cpus: readonly number[], isNew: boolean): Html {
  const cells = cpus.map((cpu) => (cpu === row.cpu ? cellMarkup(row, place?.text) : html`<td></td>`));
  const kinds = [row.bad ? "bad" : "", place === undefined ? "" : "moved", row.context]
    .filter((kind) => kind !== "")
    .join(" ");
  return html`<tr class="${kinds}"><td class="step">${isNew ? row.step : ""}</td>${cells}</tr>\n`;
}

function cellMarkup(row: TimelineRow, place: string | undefined): Html {
  const head = place === undefined ? undefined : html`<div class="place mono">${place}</div>`;
  const mark = row.bad ? "✗ " : "";
  const text = html`<span class="at" title="${row.file}:${row.line}">${position(row)}</span> ${mark}${row.text}`;
  return html`<td class="here">${head}<div class="mono">${text}</div></td>`;
}

function finalState(timeline: Timeline): Html | undefined {
  if (timeline.final.length === 0) return undefined;
  const items = timeline.final.map(
    ({ name, value }) => html`<dt class="mono">${name}</dt><dd class="mono">${value}</dd>`,
  );
  return html`<p class="soft">State at the end:</p><dl class="facts">${items}</dl>`;
}
