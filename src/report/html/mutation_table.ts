/** Mutations in the HTML report: what was to break, and what did. */

import type { MutationOutcome } from "../../evidence/types.ts";
import { MUTATION_HEADS, mutationRow } from "../mutation_report.ts";
import { type Html, html } from "./markup.ts";

export function mutationTable(outcomes: readonly MutationOutcome[]): Html | undefined {
  if (outcomes.length === 0) return undefined;
  const heads = [...MUTATION_HEADS, "what is changed"].map((head) => html`<th scope="col">${head}</th>`);
  const rows = outcomes.map((outcome) => {
    const cells = [...mutationRow(outcome), outcome.mutation.title].map((cell) => html`<td>${cell}</td>`);
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<h2>Mutations</h2>
<p>Each is one deliberate defect. It is caught when the changed specimen violates a property that the mutation names and
the unchanged one is proved in the same scenario.</p>
<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
