/**
 * `lazytlb check SCHEME --mutate`: which lines of the scheme, and of the kernel paths around it, are needed?
 *
 * Every barrier, atomic, interrupt-off region and pair of neighbouring accesses is weakened by itself and checked in the
 * scenarios that execute it, cheap ones first, until one of them breaks. Under TSO unless another model is asked for:
 * under sequential consistency no barrier is ever needed.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Point } from "../../check/mutations/automatic.ts";
import { isWeakening, parseWeakening } from "../../check/mutations/weakening.ts";
import type { CheckResult, LineOutcome } from "../../evidence/types.ts";
import { checkReport } from "../../report/check_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { violationLines } from "../../report/violation.ts";
import { type CheckOptions, checkJobs, chooseSchemes, runChecks } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { CheckJob } from "../engines.ts";
import { DONE, VIOLATED } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../output.ts";

const DEFAULT_MODEL = "tso";

/** A point, and the proved checks whose programs have it, cheapest first. */
interface Trial {
  readonly point: Point;
  readonly jobs: CheckJob[];
  bounded: number;
  tried: number;
  needed?: LineOutcome["needed"];
}

/** All lines of the named schemes; none without a name. */
export async function weakenLines(
  host: Host,
  names: readonly string[],
  options: CheckOptions,
): Promise<LineOutcome[]> {
  const outcomes: LineOutcome[] = [];
  for (const scheme of names.length === 0 ? [] : chooseSchemes(names, host.engines().catalogue)) {
    outcomes.push(...(await weakenScheme(host, scheme, options)));
  }
  return outcomes;
}

/** One line, or sites weakened together, in every scenario that has it: for looking at how it fails. */
export async function checkLine(
  host: Host,
  names: readonly string[],
  options: CheckOptions,
  id: string,
): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const engines = host.engines();
  const schemes = chooseSchemes(names, engines.catalogue);
  const { jobs } = checkJobs(schemes, withModel(options), engines.catalogue);
  const has = isWeakening(id)
    ? (job: CheckJob) => parseWeakening(id, engines.sites(job, "all")).size > 0
    : (job: CheckJob) => engines.points(job).some((point) => point.id === id);
  const with_ = jobs.filter(has);
  if (with_.length === 0)
    throw new InputError(`--mutate ${id}: no scheme and scenario asked for has such a line`);
  const checks = await runChecks(
    host,
    options,
    with_.map((job) => ({ ...job, mutation: id })),
  );
  const broken = checks.filter((check) => check.verdict.kind === "violated");
  const texts = { full: checkReport(checks, broken, PAGE_WIDTH), quiet: violationLines(broken) };
  await deliver(host, options, evidenceOf(host, "check", { checks }), texts, target);
  return broken.length > 0 ? DONE : VIOLATED;
}

function withModel(options: CheckOptions): CheckOptions {
  return { ...options, model: options.model ?? DEFAULT_MODEL };
}

async function weakenScheme(host: Host, scheme: string, options: CheckOptions): Promise<LineOutcome[]> {
  const engines = host.engines();
  const { jobs } = checkJobs([scheme], withModel(options), engines.catalogue);
  const sound = await provedJobs(host, options, jobs);
  const trials = collectTrials(sound, (job) => engines.points(job));
  for (let round = 0; trials.some((trial) => isOpen(trial, round)); round++) {
    const open = trials.filter((trial) => isOpen(trial, round));
    const checks = await runChecks(
      host,
      options,
      open.map((trial) => jobOf(trial, round)),
    );
    open.forEach((trial, index) => {
      note(trial, present(checks[index], "a result"));
    });
  }
  return trials.map((trial) => outcomeOf(scheme, present(sound[0], "a check").model, trial));
}

/** The checks that prove the unweakened scheme, those with the fewest states first. */
async function provedJobs(host: Host, options: CheckOptions, jobs: readonly CheckJob[]): Promise<CheckJob[]> {
  const checks = await runChecks(host, options, jobs);
  const proved = jobs.flatMap((job, i) => {
    const check = checks[i];
    return check?.verdict.kind === "proved" ? [{ job, states: check.search.states }] : [];
  });
  return proved.sort((a, b) => a.states - b.states).map(({ job }) => job);
}

function collectTrials(jobs: readonly CheckJob[], pointsOf: (job: CheckJob) => readonly Point[]): Trial[] {
  const trials = new Map<string, Trial>();
  for (const job of jobs) {
    for (const point of pointsOf(job)) {
      const trial = trials.get(point.id) ?? { point, jobs: [], bounded: 0, tried: 0 };
      trial.jobs.push(job);
      trials.set(point.id, trial);
    }
  }
  const rank = ({ point }: Trial): number => (point.file.startsWith("kernel/") ? 1 : 0);
  return [...trials.values()].sort(
    (a, b) => rank(a) - rank(b) || a.point.file.localeCompare(b.point.file) || a.point.line - b.point.line,
  );
}

function isOpen(trial: Trial, round: number): boolean {
  return trial.needed === undefined && round < trial.jobs.length;
}

function jobOf(trial: Trial, round: number): CheckJob {
  return { ...present(trial.jobs[round], "a scenario"), mutation: trial.point.id };
}

function note(trial: Trial, check: CheckResult): void {
  trial.tried++;
  if (check.verdict.kind === "bounded") trial.bounded++;
  if (check.verdict.kind !== "violated") return;
  const { property, witness, timeline } = check.verdict.violation;
  trial.needed = { scenario: check.scenario, property, witness, steps: timeline.rows.at(-1)?.step ?? 0 };
}

function outcomeOf(scheme: string, model: string, { point, needed, tried, bounded }: Trial): LineOutcome {
  const { id, file, line, func, text } = point;
  return {
    id,
    scheme,
    model,
    file,
    line,
    func,
    text,
    tried,
    bounded,
    ...(needed === undefined ? {} : { needed }),
  };
}
