/** The source beside which the needs of its orderings are printed: which functions, and what stands in the margin. */

import { type BarrierStudy, type Barriers, FENCE_CALLS, type SiteOutcome } from "../evidence/barriers.ts";

/** All studies of one scheme on one architecture: a column per memory model. */
export interface Subject {
  readonly scheme: string;
  readonly arch: string;
  readonly studies: readonly BarrierStudy[];
}

export function subjectsOf({ studies }: Barriers): Subject[] {
  const keys = [...new Set(studies.map(({ scheme, arch }) => JSON.stringify([scheme, arch])))];
  return keys.map((key) => {
    const own = studies.filter(({ scheme, arch }) => JSON.stringify([scheme, arch]) === key);
    const [{ scheme, arch } = { scheme: "", arch: "" }] = own;
    return { scheme, arch, studies: own };
  });
}

/** The sites of any of the studies, by file, each once. */
export function filesOf({ studies }: Subject): Map<string, SiteOutcome[]> {
  const files = new Map<string, Map<string, SiteOutcome>>();
  for (const site of studies.flatMap(({ sites }) => sites)) {
    const known = files.get(site.file) ?? new Map<string, SiteOutcome>();
    files.set(site.file, known.set(site.id, site));
  }
  return new Map([...files].map(([file, sites]) => [file, [...sites.values()]]));
}

/** Lines `first` to `last` of a text, from 1. */
export interface Excerpt {
  readonly first: number;
  readonly last: number;
}

/** The functions around some lines, whole: from the line that is not indented to the brace that is not. */
export function functionsAround(lines: readonly string[], sites: readonly number[]): Excerpt[] {
  const found: Excerpt[] = [];
  for (const line of [...sites].sort((a, b) => a - b)) {
    const known = found.at(-1);
    if (known !== undefined && line <= known.last) continue;
    let first = line;
    while (first > 1 && !/^\S/.test(lines[first - 1] ?? "")) first--;
    let last = line;
    while (last < lines.length && !/^}/.test(lines[last - 1] ?? "")) last++;
    found.push({ first: Math.max(first, (known?.last ?? 0) + 1), last: Math.min(last, lines.length) });
  }
  return found;
}

/** What stands in the margin of a line, for one study; empty where there is no site. */
export function marginOf(study: BarrierStudy, file: string, line: number): string {
  return study.sites
    .filter((site) => site.file === file && site.line === line)
    .map((site) => outcomeText(study, site))
    .join(", ");
}

/** What was found of a site. Of searches that leave executions out no proof is claimed. */
export function outcomeText(study: BarrierStudy, { id, outcome, kind, weakest }: SiteOutcome): string {
  const sure = study.leftOut === undefined;
  if (outcome === "weaken") return `→ ${levelsText(kind, weakest)}${sure ? "" : "?"}`;
  if (outcome !== "not needed") return outcome;
  const isOneOf = study.conflicts.some(
    ({ sites }) => sites.length > 1 && sites.some(({ site }) => site === id),
  );
  return `${sure ? "not needed" : "no need found"}${isOneOf ? " alone" : ""}`;
}

const FENCES: Readonly<Record<string, string>> = { ...FENCE_CALLS, none: "nothing" };

/** A level as kernel developers say it. */
export function levelText(kind: SiteOutcome["kind"], level: string): string {
  return kind === "fence" ? (Object.hasOwn(FENCES, level) ? (FENCES[level] ?? level) : level) : level;
}

/** "acquire or release". */
export function levelsText(kind: SiteOutcome["kind"], levels: readonly string[]): string {
  return levels.map((level) => levelText(kind, level)).join(" or ");
}

/** A site at another level: "without it", "as smp_rmb()". */
export function changeText(kind: SiteOutcome["kind"], level: string): string {
  return level === "none" ? "without it" : `as ${levelText(kind, level)}`;
}

/** What orders: "smp_mb()", "the load's acquire". */
export function orderingText({ kind, level }: Pick<SiteOutcome, "kind" | "level">): string {
  if (kind === "fence") return levelText(kind, level);
  return kind === "await" ? `the wait's ${level}` : `the ${kind}'s ${level}`;
}

/** "hazard-pointers.ts:126", without folders: a column has no room for them; the column where a line has several. */
export function placeText({ sites }: BarrierStudy, { id, file, line, column }: SiteOutcome): string {
  const shared = sites.some((site) => site.id !== id && site.file === file && site.line === line);
  return `${file.split("/").at(-1) ?? file}:${line}${shared ? `:${column}` : ""}`;
}
