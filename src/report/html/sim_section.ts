/** The part of a report about simulations: curves and tables per machine and workload, and the published rows. */

import type { PublishedResult, SimResult } from "../../evidence/simulation.ts";
import type { Evidence } from "../../evidence/types.ts";
import { deadCurve, deadTitle } from "../charts/dead_curve.ts";
import { publishedChart, simChart, simTitle } from "../charts/sim_curves.ts";
import { pointRow, simRows } from "../sim_report.ts";
import { figuresTable } from "./figures_table.ts";
import { type Html, html, trusted } from "./markup.ts";

export function simSections(evidence: Evidence): Html[] {
  const { simulations = [], published = [] } = evidence;
  return [...groups(simulations).map(simulated), ...published.map(publishedSection)];
}

/** Runs that share a plot. */
function groups(results: readonly SimResult[]): SimResult[][] {
  const found = new Map<string, SimResult[]>();
  for (const result of results) {
    const key = simTitle([result]);
    found.set(key, [...(found.get(key) ?? []), result]);
  }
  return [...found.values()];
}

function simulated(results: readonly SimResult[]): Html {
  const sizes = [...new Set(results.map((each) => each.cpus))];
  const tables = sizes.map((cpus) => {
    const own = results.filter((each) => each.cpus === cpus);
    const table = figuresTable(
      own.map((each) => each.scheme),
      simRows(own),
    );
    return sizes.length === 1 ? table : html`<details><summary>${cpus} CPUs</summary>${table}</details>`;
  });
  const dead = deadCurve(results);
  return html`<h2>${simTitle(results)}</h2>
<p>Simulated, not measured: what the model leaves out is in docs/simulator.md.</p>
<figure>${trusted(simChart(results).markup)}</figure>
${dead === undefined ? "" : html`<h3>${deadTitle(results)}</h3>\n<figure>${trusted(dead.markup)}</figure>`}
${tables}`;
}

function publishedSection(row: PublishedResult): Html {
  const heads = ["", "published", "simulated", "seeds", "error", "allowed", ""];
  const rows = row.points.map(
    (point) => html`<tr>${pointRow(point).map((cell) => html`<td class="n">${cell}</td>`)}</tr>\n`,
  );
  const constants = row.constants.map(
    ({ name, value, unit, kind, source }) =>
      html`<tr><th scope="row">${name}</th><td class="n">${value} ${unit}</td><td>${kind}</td><td>${source}</td></tr>\n`,
  );
  return html`<h2>Row ${row.row}: ${row.machine}</h2>
<p>${row.what}. <span class="soft">${row.source}</span>${row.assumes === undefined ? "" : ` Assumed: ${row.assumes}.`}</p>
<figure>${trusted(publishedChart(row).markup)}</figure>
<table><thead><tr>${heads.map((head) => html`<th class="n">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>
<details><summary>The constants of the machine</summary><div class="scroll"><table><tbody>${constants}</tbody></table></div></details>`;
}
