/** Litmus tests in the HTML report: a table of outcomes; behind each, its states and one execution. */

import type { LitmusResult } from "../../evidence/litmus.ts";
import { litmusSvg } from "../litmus_drawing.ts";
import { litmusReport, observation } from "../litmus_report.ts";
import { type Html, html, trusted } from "./markup.ts";

export function litmusSection(results: readonly LitmusResult[]): Html | undefined {
  if (results.length === 0) return undefined;
  return html`<h2>Litmus tests</h2>
<p>Counts are of consistent executions: those in which the condition holds, and the others. ${results.some(({ merged }) => merged !== undefined) ? "Of tests that were merged, final states." : ""}
Open a test for its final states and an execution.</p>
<table><thead><tr><th scope="col">test</th><th scope="col">model</th><th scope="col">condition</th><th scope="col">seen</th><th scope="col">holds</th><th scope="col">does not</th><th scope="col">flags</th></tr></thead>
<tbody>${results.map(row)}</tbody></table>
${results.map(details)}`;
}

function row(result: LitmusResult): Html {
  const { name, model, condition, positive, negative, flags } = result;
  return html`<tr><td class="mono">${name}</td><td>${model}</td><td class="mono">${condition}</td><td>${observation(result)}</td><td>${positive}</td><td>${negative}</td><td>${flags.join(", ")}</td></tr>\n`;
}

function details(result: LitmusResult): Html {
  const drawing = result.drawing === undefined ? "" : litmusSvg(result.drawing);
  return html`<details><summary class="mono">${result.name}</summary><pre>${litmusReport([result])}</pre>${trusted(drawing)}</details>\n`;
}
