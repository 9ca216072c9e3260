/**
 * `lazytlb check SCHEME --barriers`: which orderings of a scheme are needed, per architecture and memory model, which
 * can be weaker, and which sets of them are enough. docs/barriers.md says what each claim rests on.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import { type BarrierStudy, type Barriers, SCOPES, type Scope } from "../../evidence/barriers.ts";
import type { CheckResult } from "../../evidence/types.ts";
import { barriersReport } from "../../report/barriers_report.ts";
import { count } from "../../report/format.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { violationLines } from "../../report/violation.ts";
import { type Studied, type StudyRequest, studyBarriers } from "../barriers/study.ts";
import type { CheckPool } from "../check_pool.ts";
import { type CheckOptions, checkJobs, chooseSchemes, concessionOf, namedBy, progressOf } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { Catalogue, CheckJob, Engines } from "../engines.ts";
import { findingsOf, isAsked, type Named, statusOf } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../output.ts";
import type { Progress } from "../progress.ts";

/** Under sequential consistency no ordering is ever needed. */
const DEFAULT_MODEL = "tso";

/** Sets of sites that are asked about at most, per scheme, architecture and model. */
const MOST_SETS = 200;

export interface BarrierOptions extends CheckOptions {
  readonly mutate?: string | true;
  readonly replay?: string;
  readonly coverage?: true;
}

export async function checkBarriers(
  host: Host,
  names: readonly string[],
  options: BarrierOptions,
  asked: string | true,
): Promise<number> {
  const scope = scopeOf(asked);
  if (options.mutate !== undefined || options.replay !== undefined || options.coverage === true)
    throw new InputError("--barriers: not with --mutate, --replay or --coverage");
  if (names.length === 0) throw new InputError("--barriers: expected a scheme, found none");
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { catalogue } = host.engines();
  const withModel = { ...options, model: options.model ?? DEFAULT_MODEL };
  const { jobs } = checkJobs(chooseSchemes(names, catalogue), withModel, catalogue);
  const { studies, checks } = await studyAll(host, options, scope, jobs);
  const barriers: Barriers = { sources: sourcesOf(studies, host.engines()), studies };
  const findings = findingsOf(checks, namedBy(options));
  const texts = { full: barriersReport(barriers, PAGE_WIDTH), quiet: violationLines(findings) };
  await deliver(host, options, evidenceOf(host, "check", { checks, barriers }), texts, target);
  return statusOf(findings);
}

function scopeOf(asked: string | true): Scope {
  if (asked === true) return "scheme";
  const scope = SCOPES.find((each) => each === asked);
  if (scope !== undefined) return scope;
  throw new InputError(
    `--barriers ${asked}: expected ${SCOPES.join(" or ")}; the scheme stands before the option`,
  );
}

/** One study per scheme, architecture and model, one after the other; each uses all cores. */
async function studyAll(
  host: Host,
  options: CheckOptions,
  scope: Scope,
  jobs: readonly CheckJob[],
): Promise<{ readonly studies: BarrierStudy[]; readonly checks: CheckResult[] }> {
  const settings = [...new Set(jobs.map(settingOf))];
  const progress = progressOf(host, options, "barriers");
  const pool = host.checkPool();
  const found: Studied[] = [];
  try {
    for (const [index, setting] of settings.entries()) {
      const own = jobs.filter((job) => settingOf(job) === setting);
      const { scheme, arch, model } = present(own[0], "a job");
      const show = reporter(pool, progress, `${scheme}, ${arch}, ${model}`);
      const request: StudyRequest = {
        ...{ scheme, arch, model, scope, jobs: own, most: MOST_SETS },
        ...claimsOf(own, host.engines().catalogue, namedBy(options)),
        onPhase: (phase, part) => show(phase, (index + part) / settings.length),
        now: () => host.now() / 1000,
      };
      found.push(await studyBarriers(pool, host.engines(), request));
    }
    return { studies: found.map(({ study }) => study), checks: found.flatMap(({ checks }) => checks) };
  } finally {
    progress.end();
    await pool.close();
  }
}

/** What the scheme does not claim is not searched, unless the user named it; a file's head is known with its results. */
function claimsOf(
  jobs: readonly CheckJob[],
  catalogue: Catalogue,
  named: Named,
): Pick<StudyRequest, "conceded" | "claims"> {
  const conceded = jobs.flatMap((job) => {
    const found = concessionOf(job, catalogue);
    return found === undefined || isAsked(found.key, named) ? [] : [{ job, reason: found.reason }];
  });
  const claims: StudyRequest["claims"] = ({ notClaimedFor }) =>
    notClaimedFor === undefined || isAsked(notClaimedFor, named);
  return { conceded, claims };
}

const settingOf = ({ scheme, arch, model }: CheckJob): string => JSON.stringify([scheme, arch, model]);

/** Shows phases as they are told, and in between what is searched. */
function reporter(pool: CheckPool, progress: Progress, label: string): (phase: string, part: number) => void {
  let now = { phase: "", part: 0 };
  const show = (): void => {
    const { checks, states } = pool.done;
    const note = `${label}: ${now.phase}; ${count(checks)} searches, ${count(states)} states`;
    progress.update(now.part, note);
  };
  pool.onProgress = show;
  return (phase, part) => {
    now = { phase, part };
    show();
  };
}

function sourcesOf(studies: readonly BarrierStudy[], engines: Engines): Barriers["sources"] {
  const files = new Set(studies.flatMap(({ sites }) => sites.map(({ file }) => file)));
  return [...files].map((file) => ({ file, text: engines.source(file) }));
}
