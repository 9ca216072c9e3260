/**
 * Needed orderings in the HTML report: the source with a column per memory model, the executions that show a need to open
 * at the line they are about, then what each claim rests on and the minimal sets.
 */

import type { BarrierStudy, Barriers, BarrierWitness, SiteOutcome } from "../../evidence/barriers.ts";
import {
  asideText,
  brokenText,
  claimText,
  furtherHead,
  furtherText,
  groundText,
  hasSets,
  isUnstudied,
  keptText,
  minimalSentence,
  replayText,
  summaryText,
  togetherText,
  unprovedLines,
} from "../barriers_report.ts";
import {
  changeText,
  type Excerpt,
  filesOf,
  functionsAround,
  marginOf,
  orderingText,
  placeText,
  type Subject,
  subjectsOf,
} from "../barriers_source.ts";
import { count, plural } from "../format.ts";
import { type Content, type Html, html } from "./markup.ts";
import { timelineTable } from "./timeline_table.ts";

export function barriersSection(barriers: Barriers | undefined): Html | undefined {
  if (barriers === undefined) return undefined;
  return html`<h2>Which orderings are needed</h2>
<p>Each fence and each acquire, release and full ordering, in the source, with what was found when it was made weaker.
<b>Needed</b>: any weaker, a scenario breaks; open the line to see the execution. <b>→</b>: so much will do. <b>Not
needed</b>: as weak as can be, every scenario is proved. <b>Free</b>: the memory model makes no difference between it and
nothing. All within the scenarios, the number of CPUs and the kernel model that the checks have.</p>
${subjectsOf(barriers).map((subject) => subjectMarkup(barriers, subject))}`;
}

function subjectMarkup(barriers: Barriers, subject: Subject): Html {
  const shown = subject.studies.filter((study) => !isUnstudied(study));
  const files = shown.length === 0 ? [] : [...filesOf(subject)];
  const texts = files.map(([file, sites]) => {
    const text = barriers.sources.find((source) => source.file === file)?.text ?? "";
    return sourceTable(file, text.split("\n"), sites, shown);
  });
  return html`<h3>${subject.scheme} on ${subject.arch}</h3>
${subject.studies.map((study) => html`<p><b>${study.model}</b>: ${summaryText(study)}.</p>`)}
${texts}
${shown.map(studyMarkup)}`;
}

// ---- the source ----------------------------------------------------------------------------------------------

function sourceTable(
  file: string,
  lines: readonly string[],
  sites: readonly SiteOutcome[],
  studies: readonly BarrierStudy[],
): Html {
  const excerpts = functionsAround(
    lines,
    sites.map(({ line }) => line),
  );
  const heads = studies.map(({ model }) => html`<th scope="col">${model}</th>`);
  const parts = excerpts.map((excerpt, index) => {
    const before = { first: (excerpts[index - 1]?.last ?? 0) + 1, last: excerpt.first - 1 };
    return html`${elided(before, studies)}${linesMarkup(file, lines, excerpt, studies)}`;
  });
  return html`<div class="scroll"><table class="source">
<caption class="mono">${file}</caption>
<thead><tr>${heads}<th></th><th></th></tr></thead>
<tbody>
${parts}</tbody></table></div>
<details><summary>the whole of ${file}</summary><pre class="source">${numbered(lines)}</pre></details>`;
}

/** What is left out between two functions. */
function elided({ first, last }: Excerpt, studies: readonly BarrierStudy[]): Html | undefined {
  if (last < first) return undefined;
  return html`<tr class="elided"><td colspan="${studies.length + 1}"></td><td>lines ${first} to ${last}</td></tr>\n`;
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, index) => `${String(index + 1).padStart(4)}  ${line}`).join("\n");
}

function linesMarkup(
  file: string,
  lines: readonly string[],
  { first, last }: Excerpt,
  studies: readonly BarrierStudy[],
): Html[] {
  return lines.slice(first - 1, last).map((text, index) => {
    const line = first + index;
    const cells = studies.map((study) => marginCell(study, file, line));
    const shown = studies.flatMap((study) => witnessesAt(study, file, line));
    const row = html`<tr>${cells}<td class="n at">${line}</td><td class="code mono">${text}</td></tr>\n`;
    if (shown.length === 0) return row;
    return html`${row}<tr class="shown"><td colspan="${studies.length + 1}"></td><td>${shown}</td></tr>\n`;
  });
}

const CLASSES: Readonly<Record<SiteOutcome["outcome"], string>> = {
  needed: "violated",
  weaken: "bounded",
  "not needed": "proved",
  free: "not-claimed",
  "not executed": "not-claimed",
  unknown: "bounded",
};

function marginCell(study: BarrierStudy, file: string, line: number): Html {
  const text = marginOf(study, file, line);
  const site = study.sites.find((each) => each.file === file && each.line === line);
  if (site === undefined) return html`<td></td>`;
  return html`<td><span class="tag ${CLASSES[site.outcome]}">${text}</span></td>`;
}

/** The executions that show why what stands on a line is needed. */
function witnessesAt(study: BarrierStudy, file: string, line: number): Html[] {
  return study.sites
    .filter((site) => site.file === file && site.line === line)
    .flatMap((site) =>
      site.steps.flatMap(({ level, witness }) =>
        witness === undefined
          ? []
          : [witnessMarkup(study, `${study.model}, ${changeText(site.kind, level)}: `, witness)],
      ),
    );
}

function witnessMarkup(study: BarrierStudy, head: string, witness: BarrierWitness): Html {
  return html`<details><summary>${head}${brokenText(study, witness)}</summary>
<p>${witness.summary}.</p>
<code class="witness">${replayText(study, witness)}</code>
${timelineTable(witness.timeline)}</details>`;
}

// ---- one study -----------------------------------------------------------------------------------------------

function studyMarkup(study: BarrierStudy): Html {
  const rows = study.sites.map((site) => [
    placeText(study, site),
    site.func,
    orderingText(site),
    claimText(study, site),
    groundText(study, site),
  ]);
  const sets = study.minimal.map((set) => {
    const further = set.further.map((step) =>
      step.witness === undefined
        ? html`<p class="soft">${furtherText(study, step)}</p>`
        : witnessMarkup(study, `${furtherHead(study, step)}: `, step.witness),
    );
    return html`<li>${keptText(study, set)}${further}</li>`;
  });
  const together = study.conflicts.filter(({ sites }) => sites.length > 1);
  return html`<h3>${study.scheme} on ${study.arch} under ${study.model}: what the claims rest on</h3>
${factsTable(["place", "function", "orders", "claim", "rests on"], rows)}
${hasSets(study) ? html`<p>${sentence(minimalSentence(study))}:</p><ol>${sets}</ol>` : undefined}
${together.map((conflict) => html`<p>${togetherText(study, conflict)}</p>`)}
${study.leftOut === undefined ? undefined : html`<p><b>No proof</b> of what is not needed: ${study.leftOut}.</p>`}
${unprovedLines(study).map((line) => html`<p>${sentence(line)}.</p>`)}
<p class="soft">Rests on ${plural(study.scenarios.length, "scenario")} in which the scheme as it stands holds:
${study.scenarios.join(", ")}. ${study.setAside.length === 0 ? "" : `Set aside: ${asideText(study)}. `}${count(study.searches)} searches, ${count(study.states)} states.</p>`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function factsTable(heads: readonly string[], rows: readonly (readonly Content[])[]): Html {
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`);
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}
