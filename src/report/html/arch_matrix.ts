/**
 * Verdicts over several architectures or memory models: per model a table of schemes and architectures. A cell opens to
 * show its scenarios; what is broken links to the execution that shows it soonest.
 */

import type { CheckResult } from "../../evidence/types.ts";
import { count, plural } from "../format.ts";
import { distinct, type Finding, LEGEND, matrixCell } from "../matrix_report.ts";
import { checkWord, OUTCOMES, type Outcome, outcomeOf } from "../verdict.ts";
import { type Html, html } from "./markup.ts";

/** `findings` have sections of their own on the page, in this order. */
export function archMatrix(checks: readonly CheckResult[], findings: readonly Finding[]): Html[] {
  const tables = distinct(checks.map((check) => check.model)).map((model) => {
    const own = checks.filter((check) => check.model === model);
    return html`<h3>memory model ${model}</h3>
${modelTable(own, findings)}`;
  });
  return [...tables, html`<p class="soft">${LEGEND}</p>`];
}

function modelTable(checks: readonly CheckResult[], findings: readonly Finding[]): Html {
  const arches = distinct(checks.map((check) => check.arch));
  const heads = arches.map((arch) => html`<th scope="col">${arch}</th>`);
  const rows = distinct(checks.map((check) => check.scheme)).map((scheme) => {
    const cells = arches.map((arch) => {
      const own = checks.filter((check) => check.scheme === scheme && check.arch === arch);
      return html`<td>${cell(own, findings)}</td>`;
    });
    return html`<tr><th scope="row">${scheme}</th>${cells}</tr>\n`;
  });
  return html`<div class="scroll"><table class="matrix narrow">
<thead><tr><th scope="col">scheme</th>${heads}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function cell(checks: readonly CheckResult[], findings: readonly Finding[]): Html {
  if (checks.length === 0) return html`<span class="missing">–</span>`;
  const scenarios = checks.map(
    (check) =>
      html`<dt>${check.scenario}</dt><dd>${checkWord(check)}${figures(check)}${link(check, findings)}</dd>\n`,
  );
  return html`<details class="cell ${worst(checks).replace(" ", "-")}"><summary>${matrixCell(checks)}</summary><dl>
${scenarios}</dl></details>`;
}

function figures({ impliedBy, search }: CheckResult): string {
  return impliedBy === undefined ? `, ${plural(search.states, "state")}` : ` (follows from ${impliedBy})`;
}

/** The finding that a broken check belongs to. */
function link(check: CheckResult, findings: readonly Finding[]): Html | undefined {
  const index = findings.findIndex((finding) => finding.checks.includes(check));
  return index < 0 ? undefined : html` <a href="#violation-${index + 1}">${count(index + 1)}</a>`;
}

function worst(checks: readonly CheckResult[]): Outcome {
  const found = new Set(checks.map(outcomeOf));
  return OUTCOMES.find((outcome) => found.has(outcome)) ?? "proved";
}
