/** The table of `compare` as HTML: figures down, schemes across. */

import type { FigureRow } from "../scheme_table.ts";
import { type Html, html } from "./markup.ts";

export function figuresTable(schemes: readonly string[], rows: readonly FigureRow[]): Html {
  const heads = schemes.map((scheme) => html`<th class="n" scope="col">${scheme}</th>`);
  return html`<div class="scroll"><table>
<thead><tr><th></th>${heads}</tr></thead>
<tbody>
${rows.map((row) => rowMarkup(row, schemes.length))}</tbody></table></div>`;
}

function rowMarkup(row: FigureRow, columns: number): Html {
  const label = row.label.trim();
  if (row.cells === undefined)
    return html`<tr class="group"><th scope="rowgroup" colspan="${columns + 1}">${label}</th></tr>\n`;
  const cells = row.cells.map((cell) => html`<td class="n">${cell}</td>`);
  const kind = row.label.startsWith("    ") ? "part" : "figure";
  return html`<tr class="${kind}"><th scope="row">${label}</th>${cells}</tr>\n`;
}
