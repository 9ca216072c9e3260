/**
 * Which orderings of one scheme are needed, on one architecture under one memory model.
 *
 * Three rounds. The scheme as it stands is checked in every scenario that it claims: what is proved is the ground that
 * everything below stands on. Then sites together: all minimal sets (`check/barriers/minimal_sets.ts`), and for each an
 * execution per step further. What is said of single sites mostly follows: a level that occurs in a minimal set is proved
 * with it, one that is a conflict by itself is violated. The rest is searched.
 */

import { present } from "../../base/assert.ts";
import { type SiteAxis, siteAxis, weakeningOf } from "../../check/barriers/axes.ts";
import { Lattice, type Name, type Point, pointKey, TOP, withLevel } from "../../check/barriers/lattice.ts";
import { type Conflict, type Found, minimalSets } from "../../check/barriers/minimal_sets.ts";
import type { OrderSite } from "../../check/mutations/orders.ts";
import { formatWeakening } from "../../check/mutations/weakening.ts";
import type {
  BarrierStudy,
  BarrierWitness,
  Conflict as ConflictEvidence,
  FurtherStep,
  LevelOutcome,
  Limit,
  MinimalSet,
  Scope,
  SiteLevel,
  SiteOutcome,
} from "../../evidence/barriers.ts";
import type { CheckPool } from "../check_pool.ts";
import type { CheckJob, Engines, JobResult } from "../engines.ts";
import { type Ground, type Known, leftOutBy, Prober, type Shown, type Stuck } from "./prober.ts";

/** One scheme, architecture and model. */
export interface StudyRequest {
  readonly scheme: string;
  readonly arch: string;
  readonly model: string;
  readonly scope: Scope;
  /** The scheme in every scenario that was asked for. */
  readonly jobs: readonly CheckJob[];
  /** Of these, what the scheme is known not to claim: not searched. */
  readonly conceded: readonly { readonly job: CheckJob; readonly reason: string }[];
  /** Sets that are asked about at most. */
  readonly most: number;
  /** Whether the scheme claims what was checked, or the user asked nevertheless. */
  readonly claims: (check: JobResult) => boolean;
  readonly onPhase: (phase: string, part: number) => void;
  /** Seconds. */
  readonly now: () => number;
}

export interface Studied {
  readonly study: BarrierStudy;
  /** Of the scheme as it stands. */
  readonly checks: readonly JobResult[];
}

type Asked = Pick<Engines, "sites" | "tellsApart">;

export async function studyBarriers(
  pool: CheckPool,
  engines: Asked,
  request: StudyRequest,
): Promise<Studied> {
  const started = { ...pool.done, seconds: request.now() };
  const programs = request.jobs.map((job) => ({ job, sites: engines.sites(job, request.scope) }));
  const axes = axesOf(engines, request, programs);
  if (axes.length === 0 || ordersEverything(engines, request.model))
    return { study: unstudied(request, axes), checks: [] };
  const { grounds, checks, setAside } = await layGround(pool, request, programs);
  // What no scenario executes stays as it is: nothing could be said against weakening it.
  const isExecuted = (id: string): boolean => grounds.some(({ executed }) => executed.has(id));
  const lattice = new Lattice(axes.flatMap(({ site, axis }) => (axis && isExecuted(site.id) ? axis : [])));
  const prober = new Prober(pool, grounds, lattice);
  const found = await setsOf(prober, lattice, grounds, request);
  const outcomes = await eachAlone(prober, lattice, axes, found, request);
  const minimal = await Promise.all(found.minimal.map((point) => setOf(prober, lattice, axes, found, point)));
  const study: BarrierStudy = {
    ...settingOf(request),
    ...scenariosOf(grounds),
    setAside,
    ...leftOutOf(checks, prober),
    sites: outcomes,
    conflicts: found.conflicts.map(conflictOf),
    minimal,
    complete: found.complete,
    asked: found.asked,
    searches: pool.done.checks - started.checks,
    states: pool.done.states - started.states,
    seconds: request.now() - started.seconds,
  };
  return { study, checks };
}

/** The minimal sets; none where nothing is proved to begin with. */
async function setsOf(
  prober: Prober,
  lattice: Lattice,
  grounds: readonly Ground[],
  { most, onPhase }: StudyRequest,
): Promise<Sets> {
  if (grounds.every(({ limit }) => limit !== undefined))
    return { minimal: [], conflicts: [], complete: false, asked: 0 };
  // How many questions there will be nobody knows.
  const onAsk = (asked: number): void => onPhase(`set ${asked}`, 0.8 - 0.6 / (asked + 1));
  return minimalSets(lattice, prober, { most, onAsk });
}

/** All sites of the programs, each once, in the order in which they are shown. */
function axesOf(engines: Asked, { model }: StudyRequest, programs: readonly Program[]): SiteAxis[] {
  const sites = new Map(programs.flatMap((program) => program.sites.map((site) => [site.id, site])));
  const same = (a: OrderSite["op"], b: OrderSite["op"]): boolean => !engines.tellsApart(model, a, b);
  return inPlace([...sites.values()]).map((site) => siteAxis(site, same));
}

function scenariosOf(grounds: readonly Ground[]): Pick<BarrierStudy, "scenarios" | "unproved"> {
  const proved = grounds.filter(({ limit }) => limit === undefined);
  const unproved = grounds.flatMap(({ job: { scenario }, limit }) =>
    limit === undefined ? [] : [{ scenario, detail: limit }],
  );
  return { scenarios: proved.map(({ job }) => job.scenario), unproved };
}

/** What some search has left out, of the scheme as it stands or of a weaker one. */
function leftOutOf(checks: readonly JobResult[], { leftOut }: Prober): Pick<BarrierStudy, "leftOut"> {
  const all = new Set([...checks.flatMap(({ verdict }) => leftOutBy(verdict) ?? []), ...leftOut]);
  return all.size === 0 ? {} : { leftOut: [...all].join("; ") };
}

const settingOf = ({ scheme, arch, model, scope }: StudyRequest) => ({ scheme, arch, model, scope });

function inPlace(sites: readonly OrderSite[]): OrderSite[] {
  return [...sites].sort(
    (a, b) => rank(a) - rank(b) || a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** The scheme's own files first. */
const rank = ({ file }: OrderSite): number => (/^(kernel|arch)\//.test(file) ? 1 : 0);

/** Not even a full barrier is told from nothing. */
function ordersEverything(engines: Asked, model: string): boolean {
  const fence = { op: "fence", at: 0 } as const;
  return !engines.tellsApart(model, { ...fence, kind: "mb" }, { ...fence, kind: "compiler" });
}

/** Nothing to search: the model orders all there is, or there is nothing that orders. */
function unstudied(request: StudyRequest, axes: readonly SiteAxis[]): BarrierStudy {
  return {
    ...settingOf(request),
    scenarios: [],
    unproved: [],
    setAside: [],
    sites: axes.map((axis) => unsearched(axis, 0)),
    conflicts: [],
    minimal: [],
    complete: true,
    asked: 0,
    searches: 0,
    states: 0,
    seconds: 0,
  };
}

// ---- the scheme as it stands ---------------------------------------------------------------------------------

interface Program {
  readonly job: CheckJob;
  readonly sites: readonly OrderSite[];
}

/** Checks the scheme unweakened, and takes the scenarios that can carry a claim. */
async function layGround(
  pool: CheckPool,
  { conceded, claims, onPhase }: StudyRequest,
  programs: readonly Program[],
): Promise<{
  readonly grounds: readonly Ground[];
  readonly checks: readonly JobResult[];
  readonly setAside: BarrierStudy["setAside"];
}> {
  let done = 0;
  const aside = new Set(conceded.map(({ job }) => job));
  const searched = programs.filter(({ job }) => !aside.has(job));
  const results = await Promise.all(
    searched.map(async ({ job }) => {
      const result = await pool.check({ ...job, coverage: true });
      onPhase(`as it stands ${++done}/${searched.length}`, (0.25 * done) / searched.length);
      return result;
    }),
  );
  const grounds: Ground[] = [];
  const setAside = conceded.map(({ job, reason }) => ({
    scenario: job.scenario,
    reason: `not claimed: ${reason}`,
  }));
  searched.forEach((program, index) => {
    const result = present(results[index], "a result");
    const reason = reasonAgainst(result, claims(result));
    if (reason === undefined) grounds.push(groundOf(program, result));
    else setAside.push({ scenario: result.scenario, reason });
  });
  return { grounds, checks: results.map(({ executed: _, places: __, ...check }) => check), setAside };
}

/** Why a scenario says nothing about orderings. */
function reasonAgainst({ verdict, notClaimed }: JobResult, claimed: boolean): string | undefined {
  if (!claimed) return `not claimed: ${notClaimed}`;
  switch (verdict.kind) {
    case "proved":
    case "bounded":
      return undefined;
    case "violated":
      return `broken as it stands: ${verdict.violation.property}`;
    case "error":
      return verdict.message;
  }
}

function groundOf({ job, sites }: Program, { places, search, verdict }: JobResult): Ground {
  const linked = new Set(sites.map(({ id }) => id));
  const stopped = verdict.kind === "bounded" && leftOutBy(verdict) === undefined;
  // What a search that was stopped has not executed it may only not have come to.
  const known = stopped ? undefined : places;
  const executed = known === undefined ? linked : new Set(known.filter((place) => linked.has(place)));
  const limit = stopped ? { limit: `${verdict.limit}: ${verdict.detail}` } : {};
  return { job, states: search.states, linked, executed, ...limit };
}

// ---- each site alone -----------------------------------------------------------------------------------------

type Sets = Found<Shown, Stuck>;

async function eachAlone(
  prober: Prober,
  lattice: Lattice,
  axes: readonly SiteAxis[],
  found: Sets,
  { onPhase }: StudyRequest,
): Promise<SiteOutcome[]> {
  let done = 0;
  return Promise.all(
    axes.map(async (axis) => {
      const scenarios = prober.executing(axis.site.id);
      const alone =
        axis.axis === undefined || scenarios === 0
          ? unsearched(axis, scenarios)
          : await oneAlone(prober, lattice, axis, found, scenarios);
      onPhase(`site ${++done}/${axes.length}`, 0.8 + (0.2 * done) / axes.length);
      return alone;
    }),
  );
}

/** A site that needs no search, or that none can tell anything about. */
function unsearched({ site, axis, alike }: SiteAxis, scenarios: number): SiteOutcome {
  const place = { ...placeOf(site), scenarios, steps: [] };
  if (axis !== undefined) return { ...place, outcome: "not executed", weakest: [site.level] };
  return { ...place, outcome: "free", weakest: (alike.get(TOP) ?? []).slice(-1) };
}

function placeOf({ id, file, line, column, func, kind, level }: OrderSite) {
  return { id, file, line, column, func, kind, level };
}

/** What is known of a level, and which point's proof answers where that is a weaker one. */
type Level = Known & { readonly provedBy?: Point };

/** From the weakest level upwards. */
async function oneAlone(
  prober: Prober,
  lattice: Lattice,
  { site, alike }: SiteAxis,
  found: Sets,
  scenarios: number,
): Promise<SiteOutcome> {
  const levels = new Map<Name, Level>();
  for (const level of [...lattice.levels(site.id)].reverse())
    if (level !== TOP) levels.set(level, await levelAlone(prober, lattice, found, levels, site.id, level));
  const proved = [...levels].filter(([, { kind }]) => kind === "proved").map(([level]) => level);
  const weakest = proved.filter((a) => !proved.some((b) => b !== a && lattice.isWeaker(site.id, a, b)));
  return {
    ...placeOf(site),
    outcome: wordFor(lattice, site.id, levels, weakest),
    weakest: weakest.length === 0 ? [site.level] : weakest,
    scenarios,
    steps: [...levels].reverse().map(([level, known]) => stepOf(site.id, level, alike, known)),
  };
}

/** One level of one site, everything else being as it is; `weaker` are the levels that were asked about before. */
async function levelAlone(
  prober: Prober,
  lattice: Lattice,
  { minimal, conflicts }: Sets,
  weaker: ReadonlyMap<Name, Level>,
  site: string,
  level: Name,
): Promise<Level> {
  const point = withLevel(new Map(), site, level);
  for (const [below, known] of weaker)
    if (known.kind === "proved" && lattice.isWeaker(site, level, below))
      return { kind: "proved", provedBy: known.provedBy ?? withLevel(new Map(), site, below) };
  const set = minimal.find((each) => lattice.includes(each, point));
  if (set !== undefined)
    return { kind: "proved", ...(pointKey(set) === pointKey(point) ? {} : { provedBy: set }) };
  for (const conflict of conflicts.filter((each) => lattice.includes(point, each.point))) {
    const again = await prober.askLike(point, conflict.answer.by);
    if (again.kind === "violated") return again;
  }
  return prober.ask(point);
}

function wordFor(
  lattice: Lattice,
  site: string,
  levels: ReadonlyMap<Name, Level>,
  weakest: readonly Name[],
): SiteOutcome["outcome"] {
  const all = lattice.levels(site);
  const isBottom = (level: Name): boolean => all.every((each) => lattice.isWeaker(site, each, level));
  if (weakest.some(isBottom)) return "not needed";
  if ([...levels.values()].some(({ kind }) => kind === "unknown")) return "unknown";
  return weakest.length === 0 ? "needed" : "weaken";
}

function stepOf(site: string, level: Name, alike: SiteAxis["alike"], known: Level): LevelOutcome {
  return {
    level,
    alike: alike.get(level) ?? [],
    mutation: nameOf(withLevel(new Map(), site, level)),
    result: known.kind,
    ...(known.provedBy === undefined ? {} : { provedBy: nameOf(known.provedBy) }),
    ...shownBy(known),
  };
}

const nameOf = (point: Point): string => formatWeakening(weakeningOf(point));

/** What an answer rests on, as evidence. */
function shownBy(answer: Known): { readonly witness?: BarrierWitness; readonly limits?: readonly Limit[] } {
  if (answer.kind === "violated") return { witness: witnessOf(answer.by) };
  return answer.kind === "unknown" ? { limits: answer.by.limits } : {};
}

function witnessOf({ ground, mutation, cpus, violation }: Shown): BarrierWitness {
  const { property, summary, witness, timeline } = violation;
  return { mutation, scenario: ground.job.scenario, cpus, property, summary, witness, timeline };
}

// ---- sites together ------------------------------------------------------------------------------------------

function conflictOf({ point, answer }: Conflict<Shown, Stuck>): ConflictEvidence {
  return { sites: levelsOf(point), ...shownBy(answer) };
}

function levelsOf(point: Point): SiteLevel[] {
  return [...point].map(([site, level]) => ({ site, level }));
}

/** A minimal set with an execution for each step further. */
async function setOf(
  prober: Prober,
  lattice: Lattice,
  axes: readonly SiteAxis[],
  found: Sets,
  point: Point,
): Promise<MinimalSet> {
  const isGone = (site: string): boolean =>
    lattice.further(point).every((step) => step.site !== site) && point.has(site);
  const kept = axes.flatMap(({ site }) =>
    lattice.levels(site.id).length === 0 || isGone(site.id)
      ? []
      : [{ site: site.id, level: point.get(site.id) ?? site.level }],
  );
  const further = await Promise.all(
    lattice.further(point).map(async ({ site, level, point: weaker }): Promise<FurtherStep> => {
      const rests = await whyNot(prober, lattice, found, weaker);
      return { site, level, ...rests };
    }),
  );
  return { mutation: nameOf(point), kept, weakened: levelsOf(point), further };
}

/** An execution of this very program, found where the conflict that it includes was found. */
async function whyNot(
  prober: Prober,
  lattice: Lattice,
  found: Sets,
  point: Point,
): Promise<Pick<FurtherStep, "witness" | "unknown">> {
  const within = found.conflicts.filter((conflict) => lattice.includes(point, conflict.point));
  for (const { answer } of within) {
    if (answer.kind !== "violated") continue;
    const again = await prober.askLike(point, answer.by);
    if (again.kind === "violated") return { witness: witnessOf(again.by) };
    if (again.kind === "proved")
      return { unknown: "proved, though a stronger program is violated: the model is not monotone" };
    return { unknown: "what breaks a stronger program was not found again within the limits" };
  }
  const limits = within.flatMap(({ answer }) => (answer.kind === "unknown" ? answer.by.limits : []));
  return { unknown: limits.map(({ scenario, detail }) => `${scenario}: ${detail}`).join("; ") };
}
