/**
 * The HTML report: one file, no script, nothing from the network. It reads top-down as the questions do: is it safe,
 * what does it cost, what is kept; then the executions that broke something, in full.
 */

import { type CheckResult, type Evidence, PROPERTIES } from "../../evidence/types.ts";
import type { WitnessGraph } from "../../evidence/witness_graph.ts";
import { assumptions } from "../check_report.ts";
import { compareRows, schemesOf } from "../compare_report.ts";
import { plural } from "../format.ts";
import { SCHEME_HEADS, scenarioRows, schemeRows } from "../lists.ts";
import { litmusSvg } from "../litmus_drawing.ts";
import { type Finding, findingsOf, isMatrix } from "../matrix_report.ts";
import { missingSentences } from "../missing_order.ts";
import { withoutControls } from "../text.ts";
import { isConceded, tallyWords } from "../verdict.ts";
import { replayCommand, title, type Violated, violatedOf } from "../violation.ts";
import { witnessDrawing } from "../witness_drawing.ts";
import { archMatrix } from "./arch_matrix.ts";
import { barriersSection } from "./barriers_section.ts";
import { coverageSection } from "./coverage_section.ts";
import { figuresTable } from "./figures_table.ts";
import { litmusSection } from "./litmus_section.ts";
import { type Html, html, trusted } from "./markup.ts";
import { verdictMatrix } from "./matrix.ts";
import { mutationTable } from "./mutation_table.ts";
import { replaySection } from "./replay_section.ts";
import { simSections } from "./sim_section.ts";
import { STYLE } from "./style.ts";
import { timelineTable } from "./timeline_table.ts";

export function htmlReport(evidence: Evidence): string {
  const heading = `lazytlb ${evidence.command}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${heading}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<h1>${heading}</h1>
<p class="soft">How Linux could keep a lazily loaded mm alive: each scheme is one text, which is checked exhaustively
and replayed over a recorded workload.</p>
${overview(evidence)}
${barriersSection(evidence.barriers)}
${safety(evidence)}
${mutationTable(evidence.mutations ?? [])}
${coverageSection(evidence.coverage)}
${litmusSection(evidence.litmus ?? [])}
${evidence.replays.map(replaySection)}
${simSections(evidence)}
${violationSections(shownOf(evidence))}
${lists(evidence)}
<footer class="soft">${evidence.producer}; evidence schema ${evidence.version}. What each instrument cannot see, and
whether that means missed bugs or false alarms, is in LIMITS.md.</footer>
</body>
</html>
`;
  return withoutControls(page.markup);
}

/** The table that the terminal shows too. */
function overview(evidence: Evidence): Html | undefined {
  if (evidence.replays.length === 0) return undefined;
  return figuresTable(schemesOf(evidence), compareRows(evidence));
}

function safety(evidence: Evidence): Html | undefined {
  // What a mutation breaks has a table of its own; here is what it was compared with.
  const mutations = new Set((evidence.mutations ?? []).map((outcome) => outcome.mutated));
  const checks = evidence.checks.filter((check) => !mutations.has(check));
  if (checks.length === 0) return undefined;
  const violated = violatedOf(evidence.checks).map((each) => each.check);
  return html`<h2>Safety</h2>
<p>${tallyWords(checks)} checks; ${assumptions(checks)}. <b>Proved</b> means that every
interleaving of the scenario was visited and none violates a property, for this number of CPUs and this model of the
kernel; it says nothing about code outside the model. <b>Bounded</b> is no proof. <b>Not claimed</b>: broken, in a scenario
that the scheme itself says it is not safe in. Open a cell for its figures.</p>
${showsMatrix(evidence) ? archMatrix(checks, brokenOf(checks)) : verdictMatrix(checks, violated)}
<details><summary>The properties</summary><dl class="facts">${properties()}</dl></details>`;
}

/** Several architectures or models: then a cell stands for all scenarios, and executions are shown once per finding. */
function showsMatrix({ checks, mutations }: Evidence): boolean {
  return isMatrix(checks) && (mutations ?? []).length === 0;
}

const brokenOf = (checks: readonly CheckResult[]): Finding[] =>
  findingsOf(checks).filter(({ shortest }) => shortest.verdict.kind === "violated");

/** The violations that have a section each. */
function shownOf(evidence: Evidence): Violated[] {
  const { checks } = evidence;
  return violatedOf(showsMatrix(evidence) ? brokenOf(checks).map((finding) => finding.shortest) : checks);
}

function properties(): Html[] {
  return Object.entries(PROPERTIES).map(([id, text]) => html`<dt class="mono">${id}</dt><dd>${text}</dd>\n`);
}

function violationSections(violated: readonly Violated[]): Html | undefined {
  if (violated.length === 0) return undefined;
  return html`<h2>Violations</h2>
<p>Each is a short execution that breaks the property: one column per CPU, time downwards. In brackets the running
task, then the kernel functions, outermost first; below, the source line and what it did.</p>
${violated.map(violationSection)}`;
}

function violationSection({ check, violation }: Violated, index: number): Html {
  return html`<h3 id="violation-${index + 1}">${title(check)}${isConceded(check) ? " (not claimed)" : ""}</h3>
<p><b>${violation.property}</b>: ${violation.summary} <span class="soft">(${context(check)}; violates: ${PROPERTIES[violation.property]})</span></p>
<code class="witness">${replayCommand(check)} --replay '${violation.witness}'</code>
${executionGraph(violation.graph)}
${timelineTable(violation.timeline)}`;
}

/** What is missing, and the part of the execution that it is about. */
function executionGraph(graph: WitnessGraph | undefined): Html | undefined {
  if (graph === undefined) return undefined;
  const drawing = witnessDrawing(graph, "What the memory model lets happen");
  return html`${missingSentences(graph).map((sentence) => html`<p>${sentence}</p>`)}
${drawing === undefined ? undefined : html`<div class="scroll">${trusted(litmusSvg(drawing))}</div>`}`;
}

const context = (check: CheckResult): string => `${plural(check.cpus, "CPU")}, ${assumptions([check])}`;

function lists(evidence: Evidence): Html[] {
  const schemes =
    (evidence.schemes ?? []).length === 0 ? [] : [list(SCHEME_HEADS, schemeRows(evidence.schemes ?? []))];
  const scenarios =
    (evidence.scenarios ?? []).length === 0
      ? []
      : [list(["scenario", "CPUs", "what happens"], scenarioRows(evidence.scenarios ?? []))];
  return [...schemes, ...scenarios];
}

function list(heads: readonly string[], rows: readonly (readonly string[])[]): Html {
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`);
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
}
