/**
 * `lazytlb check --mutate`: does the checker see the defects that it must see?
 *
 * A mutation is caught when the mutated specimen violates a property that the mutation names *and* the unmutated one
 * is proved: a checker that rejects everything catches nothing. Under a model of execution graphs a search may leave out
 * what it cannot build, and says so; there the same search must have ended without a violation, or have gone as far as that
 * of the mutated specimen had to go.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import { isOfProgram } from "../../check/mutations/weakening.ts";
import { LEFT_OUT } from "../../check/states/check.ts";
import type { CheckResult, MutationInfo, MutationOutcome } from "../../evidence/types.ts";
import { linesReport } from "../../report/lines_report.ts";
import { mutationReport } from "../../report/mutation_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { type CheckOptions, checkJob, chooseScheme, runChecks } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { Catalogue, CheckJob } from "../engines.ts";
import { DONE, VIOLATED } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../output.ts";
import { choose } from "../suggest.ts";
import { checkLine, weakenLines } from "./weaken.ts";

/** One mutation in one scenario: both sides of it. */
interface Trial {
  readonly mutation: MutationInfo;
  readonly mutated: CheckJob;
  readonly unmutated: CheckJob;
}

export async function checkMutations(
  host: Host,
  names: readonly string[],
  options: CheckOptions,
  asked: string | true,
): Promise<number> {
  if (asked !== true && isOfProgram(asked)) return checkLine(host, names, options, asked);
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { catalogue } = host.engines();
  const trials = chooseTrials(catalogue, names, options, asked);
  const outcomes = await runTrials(host, options, trials);
  const lines = asked === true ? await weakenLines(host, names, options) : [];
  const checks = outcomes.flatMap((outcome) => [outcome.mutated, outcome.unmutated]);
  const evidence = evidenceOf(host, "check", {
    checks,
    mutations: outcomes,
    ...(lines.length > 0 ? { lines } : {}),
  });
  // One mutation is asked for to see how it fails; of many, the table says enough.
  const known =
    outcomes.length === 0 ? "" : mutationReport(outcomes, { details: asked !== true }, PAGE_WIDTH);
  const none = asked === true && names.length > 0 && lines.length === 0 ? NO_LINES : "";
  const full = known + linesReport(lines, PAGE_WIDTH) + none;
  const missed = outcomes.filter((outcome) => !outcome.caught);
  await deliver(host, options, evidence, { full, quiet: missed.map(missedLine).join("") + none }, target);
  return missed.length === 0 ? DONE : VIOLATED;
}

/** Said where the table of lines would be empty: nobody should take silence for "no line is needed". */
const NO_LINES =
  "no line was weakened: no scenario asked for is proved as it stands, so there is nothing to compare with\n";

const missedLine = ({ mutation, mutated }: MutationOutcome): string =>
  `NOT CAUGHT: ${mutation.id} in ${mutated.scheme}, ${mutated.scenario}\n`;

export function mutationOf(id: string, catalogue: Catalogue): MutationInfo {
  const ids = catalogue.mutations.map((mutation) => mutation.id);
  const known = choose("mutation", id, ids);
  return present(
    catalogue.mutations.find((mutation) => mutation.id === known),
    `mutation ${known}`,
  );
}

function chooseTrials(
  catalogue: Catalogue,
  names: readonly string[],
  options: CheckOptions,
  asked: string | true,
): Trial[] {
  const mutations = asked === true ? catalogue.mutations : [mutationOf(asked, catalogue)];
  const schemes = names.map((name) => chooseScheme(name, catalogue));
  const trials = mutations
    .filter(({ scheme }) => schemes.length === 0 || schemes.includes(scheme))
    .flatMap((mutation) => trialsOf(mutation, options, catalogue));
  // A named scheme has its lines to weaken even where nobody wrote a mutation for it.
  if (trials.length === 0 && (asked !== true || schemes.length === 0))
    throw new InputError("--mutate: no mutation applies to the schemes and scenarios asked for");
  return trials;
}

function trialsOf(mutation: MutationInfo, options: CheckOptions, catalogue: Catalogue): Trial[] {
  const wanted = (name: string): boolean => options.scenario === undefined || name === options.scenario;
  // Where the defect shows, unless the user wants to see it elsewhere.
  const { arch, models: [model] = [] } = mutation;
  const setting = { ...(arch === undefined ? {} : { arch }), ...(model === undefined ? {} : { model }) };
  return mutation.scenarios.filter(wanted).map((scenario) => {
    const job = checkJob(mutation.scheme, scenario, { ...setting, ...options }, catalogue);
    const whole = options.states !== undefined || !catalogue.graphModels.includes(job.model);
    const unmutated = whole ? job : { ...job, states: UNMUTATED_STATES };
    return { mutation, unmutated, mutated: { ...job, mutation: mutation.id } };
  });
}

/** Checks both sides of every trial; an unmutated check that several trials share runs once. */
async function runTrials(
  host: Host,
  options: CheckOptions,
  trials: readonly Trial[],
): Promise<MutationOutcome[]> {
  const jobs = new Map<string, CheckJob>();
  for (const { mutated, unmutated } of trials)
    for (const job of [mutated, unmutated]) jobs.set(key(job), job);
  const results = await runChecks(host, options, [...jobs.values()]);
  const byKey = new Map(
    [...jobs.keys()].map((name, index) => [name, present(results[index], `result ${index}`)]),
  );
  return trials.map(({ mutation, mutated, unmutated }) => {
    const before = present(byKey.get(key(unmutated)), "result of an unmutated check");
    const after = present(byKey.get(key(mutated)), "result of a mutated check");
    return { mutation, mutated: after, unmutated: before, caught: isCaught(mutation, before, after) };
  });
}

const key = (job: CheckJob): string => JSON.stringify(job);

function isCaught(mutation: MutationInfo, unmutated: CheckResult, mutated: CheckResult): boolean {
  if (mutated.verdict.kind !== "violated") return false;
  if (!holds(unmutated) && !outlasts(unmutated, mutated)) return false;
  return mutation.violates.includes(mutated.verdict.violation.property);
}

/**
 * States of an unmutated search over graphs, which may not end for long: it is to show that the violation comes of the
 * mutation, and the same search goes level by level.
 */
const UNMUTATED_STATES = 25_000;

/** The unmutated search went at least as far as the mutated one had to, and found nothing. */
const outlasts = (unmutated: CheckResult, mutated: CheckResult): boolean =>
  unmutated.verdict.kind === "bounded" &&
  unmutated.verdict.limit === "states" &&
  unmutated.search.states >= mutated.search.states;

/** Limits of a search over graphs that has ended by itself. */
const ENDED = [...LEFT_OUT, "events"];

const holds = ({ verdict }: CheckResult): boolean =>
  verdict.kind === "proved" || (verdict.kind === "bounded" && ENDED.includes(verdict.limit));
