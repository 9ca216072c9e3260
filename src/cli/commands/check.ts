/** `lazytlb check`: every interleaving of every scenario, or the one execution of a witness. */

import { InputError } from "../../base/input_error.ts";
import { isOfProgram } from "../../check/mutations/weakening.ts";
import { type Coverage, openGaps } from "../../evidence/coverage.ts";
import type { CheckResult } from "../../evidence/types.ts";
import { checkReport } from "../../report/check_report.ts";
import { coverageReport } from "../../report/coverage_report.ts";
import { isMatrix, matrixReport } from "../../report/matrix_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { violationLines } from "../../report/violation.ts";
import { type CheckOptions, checkJobs, chooseSchemes, namedBy, runChecks } from "../checks.ts";
import { coverageOf } from "../coverage.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { Catalogue, CheckJob } from "../engines.ts";
import { DONE, findingsOf, statusOf, VIOLATED } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { openTarget, type Target } from "../output.ts";
import { requirementNotes } from "../requirements.ts";
import { checkBarriers } from "./barriers.ts";
import { checkMutations, mutationOf } from "./mutate.ts";

export interface CheckCommandOptions extends CheckOptions {
  /** An id; `true` for all mutations. */
  readonly mutate?: string | true;
  readonly replay?: string;
  /** Say which lines were executed, and which by no scenario. */
  readonly coverage?: true;
  /** Which orderings are needed: `true` for those of the scheme, or a scope by name. */
  readonly barriers?: string | true;
}

export async function check(
  host: Host,
  names: readonly string[],
  options: CheckCommandOptions,
): Promise<number> {
  if (options.coverage === true && (options.replay !== undefined || options.mutate !== undefined))
    throw new InputError("--coverage: of all that is reachable; not with --replay or --mutate");
  if (options.barriers !== undefined) return checkBarriers(host, names, options, options.barriers);
  if (options.replay !== undefined) return replayWitness(host, names, options, options.replay);
  if (options.mutate !== undefined) return checkMutations(host, names, options, options.mutate);
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { catalogue } = host.engines();
  const { jobs, leftOut } = checkJobs(chooseSchemes(names, catalogue), options, catalogue);
  if (leftOut.length > 0) host.stderr(leftOutNote(leftOut, options));
  if (options.arch !== undefined && options.quiet !== true) host.stderr(supportNotes(jobs, catalogue));
  if (options.coverage === true) return checkCovered(host, options, jobs, target);
  const checks = await runChecks(host, options, jobs);
  return finish(host, options, checks, findingsOf(checks, namedBy(options)), target);
}

/** The same, and what was executed. A line that nothing executes and nobody explains ends it with status 1. */
async function checkCovered(
  host: Host,
  options: CheckOptions,
  jobs: readonly CheckJob[],
  target: Target | undefined,
): Promise<number> {
  const results = await runChecks(
    host,
    options,
    jobs.map((job) => ({ ...job, coverage: true }) as const),
  );
  const coverage = coverageOf(results, host.engines());
  const checks = results.map(({ executed: _, places: __, ...check }) => check);
  const findings = findingsOf(checks, namedBy(options));
  const status = await finish(host, options, checks, findings, target, coverage);
  return status === DONE && openGaps(coverage.whole).length > 0 ? VIOLATED : status;
}

async function finish(
  host: Host,
  options: CheckOptions,
  checks: readonly CheckResult[],
  findings: readonly CheckResult[],
  target: Target | undefined,
  coverage?: Coverage,
): Promise<number> {
  const evidence = evidenceOf(host, "check", { checks, ...(coverage === undefined ? {} : { coverage }) });
  const several = isMatrix(checks);
  const full = several ? matrixReport(checks, PAGE_WIDTH) : checkReport(checks, findings, PAGE_WIDTH);
  const covered = coverage === undefined ? "" : coverageReport(coverage, PAGE_WIDTH);
  const texts = { full: full + covered, quiet: violationLines(findings) };
  await deliver(host, options, evidence, texts, target);
  return statusOf(findings);
}

/** What the heads of the files say, before the search says what follows from it; see `requirements.ts`. */
function supportNotes(jobs: readonly CheckJob[], { schemes }: Catalogue): string {
  const notes = requirementNotes(
    jobs,
    (name) => schemes.find((each) => each.name === name)?.architectures ?? [],
  );
  return notes.map((note) => `lazytlb: note: ${note}\n`).join("");
}

/** What was not run must not look like what was proved. */
function leftOutNote(names: readonly string[], options: CheckOptions): string {
  return `lazytlb: not run, because they are not for ${options.cpus} CPUs: ${names.join(", ")}\n`;
}

/** `--replay`: one scheme, one scenario, perhaps mutated, and the string that a violation printed. */
async function replayWitness(
  host: Host,
  names: readonly string[],
  options: CheckCommandOptions,
  witness: string,
): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const result = host.engines().replayWitness(witnessJob(host, names, options), witness);
  return finish(host, options, [result], [result], target);
}

function witnessJob(host: Host, names: readonly string[], options: CheckCommandOptions): CheckJob {
  const { catalogue } = host.engines();
  if (options.mutate === true)
    throw new InputError("--replay: expected --mutate ID, found --mutate without an id");
  const line = options.mutate !== undefined && isOfProgram(options.mutate) ? options.mutate : undefined;
  const mutation =
    options.mutate === undefined || line !== undefined ? undefined : mutationOf(options.mutate, catalogue);
  const given = names.length === 0 && mutation !== undefined ? [mutation.scheme] : names;
  const schemes = chooseSchemes(given, catalogue);
  const scenario = options.scenario ?? (mutation?.scenarios.length === 1 ? mutation.scenarios[0] : undefined);
  if (schemes.length !== 1) throw new InputError(`--replay: expected one scheme, found ${schemes.length}`);
  if (scenario === undefined) throw new InputError("--replay: expected --scenario S as well, found none");
  const [job] = checkJobs(schemes, { ...options, scenario }, catalogue).jobs;
  if (job === undefined) throw new InputError("--replay: nothing to replay");
  const id = line ?? mutation?.id;
  return { ...job, ...(id === undefined ? {} : { mutation: id }) };
}
