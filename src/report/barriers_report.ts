/**
 * What `check --barriers` prints: the functions that order something, with a column per memory model that says whether
 * that is needed; then per model what each claim rests on, and the minimal sets.
 */

import type {
  BarrierStudy,
  Barriers,
  BarrierWitness,
  MinimalSet,
  SiteOutcome,
} from "../evidence/barriers.ts";
import {
  changeText,
  filesOf,
  functionsAround,
  levelsText,
  levelText,
  marginOf,
  orderingText,
  outcomeText,
  placeText,
  type Subject,
  subjectsOf,
} from "./barriers_source.ts";
import { count, plural } from "./format.ts";
import { type Column, table } from "./table.ts";
import { cut, paragraph, printable, shellWord, wrap } from "./text.ts";

export function barriersReport(barriers: Barriers, width: number): string {
  const subjects = subjectsOf(barriers);
  return paragraph(
    subjects.flatMap((subject, index) => [
      ...(index === 0 ? [] : [""]),
      ...wrap(printable(`${subject.scheme} on ${subject.arch}`), width, "  "),
      ...sourceLines(barriers, subject, width),
      ...subject.studies.flatMap((study) => ["", ...studyLines(study, width)]),
    ]),
  );
}

// ---- the source ----------------------------------------------------------------------------------------------

/** The functions with sites; none where no model has anything to say. */
function sourceLines({ sources }: Barriers, subject: Subject, width: number): string[] {
  const studies = subject.studies.filter((study) => !isUnstudied(study));
  const files = studies.length === 0 ? new Map<string, SiteOutcome[]>() : filesOf(subject);
  const heads = studies.map(({ model }) => printable(model));
  const cells = studies.flatMap((study) => study.sites.map((site) => marginOf(study, site.file, site.line)));
  // A margin of many models leaves the source some room.
  const most = Math.max(8, Math.floor((width - 60) / Math.max(1, studies.length)) - 2);
  const margin = Math.min(
    most,
    Math.max(4, ...heads.map((head) => head.length), ...cells.map((c) => c.length)),
  );
  const cell = (text: string): string => cut(printable(text), margin).padEnd(margin);
  const lines: string[] = [];
  for (const [file, sites] of files) {
    const text = (sources.find((source) => source.file === file)?.text ?? "").split("\n");
    lines.push("", cut(`${heads.map(cell).join("  ")}        ${printable(file)}`, width));
    const excerpts = functionsAround(
      text,
      sites.map(({ line }) => line),
    );
    excerpts.forEach(({ first, last }, index) => {
      if (index > 0) lines.push(`${" ".repeat(heads.length * (margin + 2))}     ┆`);
      for (let line = first; line <= last; line++) {
        const words = studies.map((study) => cell(marginOf(study, file, line))).join("  ");
        lines.push(cut(`${words}  ${String(line).padStart(4)} │ ${printable(text[line - 1] ?? "")}`, width));
      }
    });
  }
  return lines;
}

// ---- one study -----------------------------------------------------------------------------------------------

const COLUMNS: readonly Column[] = [
  { title: "place", align: "left", shrinkTo: 20 },
  { title: "orders", align: "left", shrinkTo: 12 },
  { title: "claim", align: "left", shrinkTo: 18 },
  { title: "rests on", align: "left", shrinkTo: 30 },
];

function studyLines(study: BarrierStudy, width: number): string[] {
  const summary = wrap(printable(`under ${study.model}: ${summaryText(study)}`), width, "  ");
  if (isUnstudied(study)) return summary;
  return [
    ...summary,
    "",
    ...table(
      COLUMNS,
      study.sites.map((site) => siteRow(study, site)),
      width,
    ),
    "",
    ...minimalLines(study, width),
    ...groundLines(study, width),
    ...replayLines(study),
  ];
}

/** Nothing was searched, because the model orders all there is or there is nothing that orders. */
export function isUnstudied({ searches, sites }: BarrierStudy): boolean {
  return searches === 0 && sites.every(({ outcome }) => outcome === "free");
}

/** How many orderings are what, in a sentence. */
export function summaryText(study: BarrierStudy): string {
  if (study.sites.length === 0) return "there is nothing here that orders anything";
  if (isUnstudied(study))
    return `memory is sequentially consistent, so none of the ${plural(study.sites.length, "ordering")} can be missed: nothing was searched`;
  const words: readonly (readonly [SiteOutcome["outcome"], string])[] = [
    ["needed", "needed as it is"],
    ["weaken", "can be weaker"],
    ["not needed", study.leftOut === undefined ? "not needed" : "of no need that was found"],
    ["free", "free (the model orders as much without it)"],
    ["not executed", "executed by no scenario"],
    ["unknown", "unknown: a limit was reached"],
  ];
  const parts = words.flatMap(([outcome, text]) => {
    const number = study.sites.filter((site) => site.outcome === outcome).length;
    return number === 0 ? [] : [`${count(number)} ${text}`];
  });
  const all = plural(study.sites.length, "ordering");
  return `${all}: ${parts.join(", ")}`;
}

function siteRow(study: BarrierStudy, site: SiteOutcome): string[] {
  return [placeText(study, site), orderingText(site), claimText(study, site), groundText(study, site)];
}

/** What is said of a site, other sites being as they are. */
export function claimText(study: BarrierStudy, site: SiteOutcome): string {
  if (site.outcome === "weaken" && study.leftOut === undefined)
    return `${levelsText(site.kind, site.weakest)} will do`;
  if (site.outcome === "unknown" && site.steps.some(({ result }) => result === "proved"))
    return `${levelsText(site.kind, site.weakest)} will do; less: unknown`;
  return outcomeText(study, site);
}

/** What a search without a violation is called. */
const heldText = ({ leftOut }: BarrierStudy): string => (leftOut === undefined ? "proved" : "nothing broken");

/** What the claim about a site rests on. */
export function groundText(study: BarrierStudy, site: SiteOutcome): string {
  const scenarios = plural(site.scenarios, "scenario");
  switch (site.outcome) {
    case "free":
      return `${changesText(site)}: the same to this model`;
    case "not executed":
      return "no scenario that claims rest on executes it";
    case "not needed":
      return `${changesText(site)}${othersToo(site)}: ${heldText(study)} in the ${scenarios} that ${site.scenarios === 1 ? "executes" : "execute"} it`;
    default:
      return site.steps
        .map((step) => `${changeText(site.kind, step.level)}: ${resultText(study, step, scenarios)}`)
        .join("; ");
  }
}

const changesText = ({ kind, weakest }: SiteOutcome): string =>
  weakest.map((level) => changeText(kind, level)).join(" or ");

/** The program that was proved is weaker still: a minimal set's. */
function othersToo({ steps }: SiteOutcome): string {
  return steps.at(-1)?.provedBy === undefined ? "" : " (and others)";
}

function resultText(
  study: BarrierStudy,
  { result, witness, limits }: SiteOutcome["steps"][number],
  scenarios: string,
): string {
  if (result === "proved") return `${heldText(study)} in ${scenarios}`;
  if (witness !== undefined) return brokenText(study, witness);
  return `limit reached in ${(limits ?? []).map(({ scenario }) => scenario).join(", ")}`;
}

/** "membarrier-switch breaks membarrier (23 steps)". */
export function brokenText({ unproved }: BarrierStudy, witness: BarrierWitness): string {
  const { scenario, property, timeline } = witness;
  const steps = plural(timeline.rows.at(-1)?.step ?? 0, "step");
  const base = unproved.some((each) => each.scenario === scenario) ? "; bounded as it stands" : "";
  return `${scenario} breaks ${property} (${steps}${base})`;
}

// ---- minimal sets --------------------------------------------------------------------------------------------

function minimalLines(study: BarrierStudy, width: number): string[] {
  if (!hasSets(study)) return [];
  const lines = wrap(printable(minimalSentence(study)), width, "  ");
  study.minimal.forEach((set, index) => {
    const head = `${index + 1}. ${keptText(study, set)}`;
    const further = set.further.map((step) => furtherText(study, step));
    lines.push(...indented(head, width, 2));
    lines.push(...further.flatMap((text) => indented(text, width, 5)));
  });
  return [...lines, ...togetherLines(study, width)];
}

/** Lines that all begin so far in. */
function indented(text: string, width: number, by: number): string[] {
  return wrap(printable(text), width - by, "  ").map((line) => " ".repeat(by) + line);
}

/** Some scenario executes something that orders, and is proved: otherwise there is nothing to say of sets. */
export function hasSets({ sites, scenarios }: BarrierStudy): boolean {
  return scenarios.length > 0 && sites.some(({ outcome }) => outcome !== "not executed");
}

/** How many minimal sets there are, and whether that is all. */
export function minimalSentence({ minimal, complete, asked, leftOut }: BarrierStudy): string {
  const tried = `${plural(asked, "set")} tried`;
  const others = complete
    ? `there ${minimal.length === 1 ? "is no other" : "are no others"}`
    : "there may be others, and smaller ones";
  const stays = "what no scenario executes stays as it is";
  const are = leftOut === undefined ? "that are enough" : "with which nothing was found broken";
  return `minimal sets of orderings ${are}: ${count(minimal.length)}; ${others} (${tried}; ${stays})`;
}

/** The orderings of a set: "smp_mb() at x.ts:12, acquire at x.ts:19". */
export function keptText(study: BarrierStudy, { kept }: MinimalSet): string {
  if (kept.length === 0) return "none";
  return kept.map(({ site, level }) => siteLevelText(study, site, level)).join(", ");
}

function siteLevelText(study: BarrierStudy, id: string, level: string): string {
  const site = study.sites.find((each) => each.id === id);
  return site === undefined
    ? `${level} at ${id}`
    : `${levelText(site.kind, level)} at ${placeText(study, site)}`;
}

type Further = MinimalSet["further"][number];

/** A step below a minimal set, and what it breaks. */
export function furtherText(study: BarrierStudy, step: Further): string {
  const what = furtherHead(study, step);
  return step.witness === undefined
    ? `${what}: not known (${step.unknown ?? ""})`
    : `${what}: ${brokenText(study, step.witness)}`;
}

/** "hazard-pointers.ts:78 without it". */
export function furtherHead(
  study: BarrierStudy,
  { site: id, level }: Pick<Further, "site" | "level">,
): string {
  const site = study.sites.find((each) => each.id === id);
  return site === undefined
    ? `${id} as ${level}`
    : `${placeText(study, site)} ${changeText(site.kind, level)}`;
}

/** Conflicts of several sites: why there is more than one minimal set. */
function togetherLines(study: BarrierStudy, width: number): string[] {
  return study.conflicts
    .filter(({ sites }) => sites.length > 1)
    .flatMap((conflict) => indented(togetherText(study, conflict), width, 2));
}

/** Sites of which one has to stay stronger. */
export function togetherText(study: BarrierStudy, conflict: BarrierStudy["conflicts"][number]): string {
  const sites = conflict.sites.map((site) => furtherHead(study, site)).join(", ");
  const why = conflict.witness === undefined ? "not known" : brokenText(study, conflict.witness);
  return `together too weak: ${sites}: ${why}`;
}

function groundLines(study: BarrierStudy, width: number): string[] {
  const aside = asideText(study);
  const words =
    `rests on ${plural(study.scenarios.length, "scenario")}, ${heldText(study)} as the scheme stands` +
    `${aside === "" ? "" : `; set aside: ${aside}`}; ${count(study.searches)} searches, ${count(study.states)} states`;
  const caveat = study.leftOut === undefined ? [] : [`no proof of what is not needed: ${study.leftOut}`];
  return [words, ...unprovedLines(study), ...caveat].flatMap((line) => wrap(printable(line), width, "  "));
}

/** Scenarios in which there is no proof to start from. */
export function unprovedLines({ unproved }: BarrierStudy): string[] {
  if (unproved.length === 0) return [];
  const limits = unproved.map(({ scenario, detail }) => `${scenario} (${detail})`).join("; ");
  return [`bounded as the scheme stands, so that what breaks there may be broken anyway: ${limits}`];
}

/** Scenarios that say nothing, those with the same reason together. */
export function asideText({ setAside }: BarrierStudy): string {
  const reasons = [...new Set(setAside.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const own = setAside.filter((each) => each.reason === reason).map(({ scenario }) => scenario);
      return `${own.join(", ")} (${reason})`;
    })
    .join("; ");
}

/** The commands that show the executions of single sites. Never broken: they are there to be copied. */
function replayLines(study: BarrierStudy): string[] {
  const witnesses = study.sites.flatMap(({ steps }) => steps.flatMap(({ witness }) => witness ?? []));
  return witnesses.map((witness) => `replay:  ${replayText(study, witness)}`);
}

export function replayText({ scheme, arch, model }: BarrierStudy, witness: BarrierWitness): string {
  const where = `--scenario ${witness.scenario} --arch ${arch} --model ${shellWord(model)} --cpus ${witness.cpus}`;
  return printable(
    `lazytlb check ${shellWord(scheme)} ${where} --mutate ${shellWord(witness.mutation)} --replay '${witness.witness}'`,
  );
}
