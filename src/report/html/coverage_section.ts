/** Coverage in the HTML report: the figures, and the lines that nothing executes, with their reasons. */

import type { Coverage, CoverageGap } from "../../evidence/coverage.ts";
import { coverageSentence, FILE_HEADS, fileRow, PART_HEADS, partRow } from "../coverage_report.ts";
import { type Html, html } from "./markup.ts";

export function coverageSection(coverage: Coverage | undefined): Html | undefined {
  if (coverage === undefined) return undefined;
  const gaps = coverage.whole.flatMap(({ file, gaps }) => gaps.map((gap) => gapRow(file, gap)));
  return html`<h2>Coverage</h2>
<p>${coverageSentence(coverage)}.</p>
${tableOf(PART_HEADS, coverage.parts.map(partRow))}
${tableOf(FILE_HEADS, coverage.whole.map(fileRow))}
<details><summary>Lines that no scenario executes</summary>
${tableOf(["place", "function", "what", "line", "reason"], gaps)}</details>`;
}

function gapRow(file: string, { line, column, func, kind, text, reason = "–" }: CoverageGap): string[] {
  return [`${file}:${line}${column === undefined ? "" : `:${column}`}`, func, kind, text, reason];
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): Html {
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`);
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}
