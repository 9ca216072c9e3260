/** The verdict matrix: scenarios down, schemes across; a cell opens to show what its search cost. */

import type { CheckResult } from "../../evidence/types.ts";
import { bytes, count, seconds } from "../format.ts";
import { checkSentence, checkWord, outcomeOf, SIGNS } from "../verdict.ts";
import { type Html, html } from "./markup.ts";

/** `violations` are the checks that have a section of their own, in its order. */
export function verdictMatrix(checks: readonly CheckResult[], violations: readonly CheckResult[]): Html {
  const schemes = [...new Set(checks.map((check) => check.scheme))];
  const scenarios = [...new Set(checks.map(rowName))];
  const rows = scenarios.map((scenario) => {
    const cells = schemes.map((scheme) => {
      const check = checks.find((each) => each.scheme === scheme && rowName(each) === scenario);
      return html`<td>${check === undefined ? html`<span class="missing">–</span>` : cell(check, violations)}</td>`;
    });
    return html`<tr><th scope="row">${scenario}</th>${cells}</tr>\n`;
  });
  const heads = schemes.map((scheme) => html`<th scope="col">${scheme}</th>`);
  return html`<div class="scroll"><table class="matrix">
<thead><tr><th scope="col">scenario</th>${heads}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function rowName(check: CheckResult): string {
  return check.mutation === undefined ? check.scenario : `${check.scenario} + ${check.mutation}`;
}

function cell(check: CheckResult, violations: readonly CheckResult[]): Html {
  const { search } = check;
  const sentence = checkSentence(check);
  const hover = `${sentence}\n${count(search.states)} states, ${count(search.transitions)} transitions, ${seconds(search.seconds)}`;
  return html`<details class="cell ${outcomeOf(check).replace(" ", "-")}" title="${hover}"><summary>${SIGNS[outcomeOf(check)]} ${checkWord(check)}</summary>
${details(check, violations.indexOf(check))}<dl>
<dt>CPUs</dt><dd>${check.cpus}</dd>
<dt>states</dt><dd>${count(search.states)}</dd>
<dt>transitions</dt><dd>${count(search.transitions)}</dd>
<dt>depth</dt><dd>${count(search.depth)}</dd>
<dt>time</dt><dd>${seconds(search.seconds)}</dd>
<dt>memory</dt><dd>${bytes(search.peakBytes)}</dd>
<dt>bytes per state</dt><dd>${count(search.bytesPerState)}</dd>
<dt>symmetries</dt><dd>${count(search.symmetries)}</dd>
<dt>partial order</dt><dd>${search.partialOrder ? "yes" : "no"}</dd>
</dl></details>`;
}

function details(check: CheckResult, index: number): Html | undefined {
  if (check.verdict.kind === "proved") return undefined;
  const link = index < 0 ? undefined : html` <a href="#violation-${index + 1}">the execution</a>`;
  return html`<p>${checkSentence(check)}${link}</p>`;
}
