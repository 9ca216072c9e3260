/** From options to check jobs, and running them under a progress bar. */

import { InputError } from "../base/input_error.ts";
import type { ScenarioInfo } from "../evidence/types.ts";
import { count } from "../report/format.ts";
import { concessionFor } from "./claims.ts";
import type { Catalogue, CheckJob, Config, JobResult } from "./engines.ts";
import type { Named } from "./exit_status.ts";
import type { Host } from "./host.ts";
import { impliedJobs, impliedResult } from "./implied.ts";
import { isModelFile } from "./litmus/model.ts";
import type { CommonOptions } from "./options.ts";
import { type Progress, progressBar, silent } from "./progress.ts";
import { choose } from "./suggest.ts";
import { requireFile } from "./user_file.ts";

/** Options that choose what to check. */
export interface CheckOptions extends CommonOptions {
  readonly scenario?: string;
  readonly arch?: string;
  readonly model?: string;
  readonly cpus?: number;
  /** States of one search, at most. */
  readonly states?: number;
  readonly config: Config;
}

/** A scheme by its name in the catalogue or by the path of a file, which must be there. */
export function chooseScheme(name: string, catalogue: Catalogue): string {
  if (!isPath(name)) return choose("scheme", name, schemeNames(catalogue));
  if (requireFile(name, "a scheme file").size === 0)
    throw new InputError(`${name}: expected a scheme file, found an empty file`);
  return name;
}

/** Which of the options name one thing, so that its answer counts whatever the scheme claims. */
export function namedBy({ scenario, arch }: CheckOptions): Named {
  return { scenario: scenario !== undefined, arch: arch !== undefined && arch !== "all" };
}

const isPath = (name: string): boolean => name.endsWith(".ts") || /[/\\]/.test(name);

export const schemeNames = (catalogue: Catalogue): string[] => catalogue.schemes.map((scheme) => scheme.name);

/** The schemes that the user named, or all. */
export function chooseSchemes(names: readonly string[], catalogue: Catalogue): string[] {
  const chosen = names.map((name) => chooseScheme(name, catalogue));
  return chosen.length === 0 ? schemeNames(catalogue) : [...new Set(chosen)];
}

/** What to run, and which scenarios cannot be run as asked. */
export interface Plan {
  readonly jobs: readonly CheckJob[];
  readonly leftOut: readonly string[];
}

/** One job per scheme, architecture, memory model and scenario, in this order. Scenarios that do not work with `--cpus` are left out. */
export function checkJobs(schemes: readonly string[], options: CheckOptions, catalogue: Catalogue): Plan {
  const asked = chooseScenarios(options, catalogue);
  const [first] = asked;
  const scenarios = asked.filter((scenario) => fits(scenario, options.cpus));
  if (scenarios.length === 0 && first !== undefined) throw new InputError(wrongCpus(first, options.cpus));
  const jobs = schemes.flatMap((scheme) =>
    settingsOf(scheme, options, catalogue).flatMap((setting) =>
      scenarios.map((scenario) => checkJob(scheme, scenario.name, { ...options, ...setting }, catalogue)),
    ),
  );
  return { jobs, leftOut: asked.filter((scenario) => !scenarios.includes(scenario)).map(({ name }) => name) };
}

/** `--arch` and `--model` take one name, several with commas, or "all". */
function settingsOf(
  scheme: string,
  options: CheckOptions,
  catalogue: Catalogue,
): { arch: string; model: string }[] {
  const { arches } = catalogue;
  const chosenArches = chooseSeveral("architecture", options.arch ?? homeArch(scheme, catalogue), arches);
  const chosenModels = chooseModels(options.model, catalogue);
  return chosenArches.flatMap((arch) => chosenModels.map((model) => ({ arch, model })));
}

/** Where a scheme is checked when the user names no architecture: `@arch` of its head, for one that needs a special one. */
export function homeArch(scheme: string, { arches, schemes }: Catalogue): string {
  return schemes.find(({ name }) => name === scheme)?.facts.arch ?? arches[0] ?? "";
}

function chooseSeveral(what: string, asked: string | undefined, known: readonly string[]): string[] {
  if (asked === "all") return [...known];
  const names = asked === undefined ? known.slice(0, 1) : asked.split(",");
  return [...new Set(names.map((name) => choose(what, name, known)))];
}

/** "all" is those with a search of their own: the others take longer, and are asked for by name or by path. */
function chooseModels(asked: string | undefined, { models, graphModels }: Catalogue): string[] {
  if (asked === "all") return [...models];
  const names = asked === undefined ? models.slice(0, 1) : asked.split(",");
  return [...new Set(names.map((name) => chooseModel(name, { models, graphModels })))];
}

function chooseModel(
  name: string,
  { models, graphModels }: Pick<Catalogue, "models" | "graphModels">,
): string {
  return isModelFile(name) ? name : choose("memory model", name, [...models, ...graphModels]);
}

function chooseScenarios(options: CheckOptions, { scenarios }: Catalogue): readonly ScenarioInfo[] {
  if (options.scenario === undefined) return scenarios;
  const known = scenarios.map((scenario) => scenario.name);
  const chosen = choose("scenario", options.scenario, known);
  return scenarios.filter((scenario) => scenario.name === chosen);
}

function fits(scenario: ScenarioInfo, cpus: number | undefined): boolean {
  return cpus === undefined || (cpus >= scenario.minCpus && cpus <= scenario.maxCpus);
}

function wrongCpus({ name, minCpus, maxCpus }: ScenarioInfo, cpus: number | undefined): string {
  const range = minCpus === maxCpus ? `${minCpus}` : `${minCpus} to ${maxCpus}`;
  return `--cpus ${cpus}: expected ${range} for scenario ${name}`;
}

export function checkJob(
  scheme: string,
  scenario: string,
  options: CheckOptions,
  catalogue: Catalogue,
): CheckJob {
  const { arches } = catalogue;
  return {
    scheme,
    scenario,
    arch: choose("architecture", options.arch ?? homeArch(scheme, catalogue), arches),
    model: chooseModel(options.model ?? catalogue.models[0] ?? "", catalogue),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.states === undefined ? {} : { states: options.states }),
    config: options.config,
    seed: options.seed,
  };
}

/** Runs the jobs; results in their order. What the proof of another job answers is not searched again. */
export async function runChecks(
  host: Host,
  options: CommonOptions,
  jobs: readonly CheckJob[],
): Promise<JobResult[]> {
  const progress = progressOf(host, options, "checks");
  const implied = impliedJobs(jobs, (job) => concessionOf(job, host.engines().catalogue) !== undefined);
  const results: JobResult[] = [];
  let before = { done: 0, states: 0 };
  const run = async (indices: readonly number[]): Promise<void> => {
    let now = before;
    const chosen = indices.flatMap((index) => jobs[index] ?? []);
    const found = await host.checkAll(chosen, ({ done, states }) => {
      now = { done: before.done + done, states: before.states + states };
      progress.update(
        now.done / jobs.length,
        `${now.done}/${jobs.length} checks, ${count(now.states)} states`,
      );
    });
    found.forEach((result, i) => {
      results[indices[i] ?? 0] = result;
    });
    before = now;
  };
  try {
    await run([...jobs.keys()].filter((index) => !implied.has(index)));
    const open = [...implied].filter(([index, by]) => !adopt(results, jobs, index, by));
    before = { ...before, done: jobs.length - open.length };
    await run(open.map(([index]) => index));
    return results;
  } finally {
    progress.end();
  }
}

/** What the scheme, or the scenario for all schemes, does not claim of what the check asks. */
export function concessionOf(
  job: CheckJob,
  { schemes, scenarios }: Catalogue,
): ReturnType<typeof concessionFor> {
  const scheme = schemes.find(({ name }) => name === job.scheme);
  const scenario = scenarios.find(({ name }) => name === job.scenario);
  return concessionFor(scheme?.notClaimed ?? {}, job) ?? concessionFor(scenario?.notClaimed ?? {}, job);
}

/** Answers the job at `index` from the result at `by`; false when that is no answer. */
function adopt(results: JobResult[], jobs: readonly CheckJob[], index: number, by: number): boolean {
  const job = jobs[index];
  const other = results[by];
  const result = job && other && impliedResult(job, other);
  if (result === undefined) return false;
  results[index] = result;
  return true;
}

/** A bar where it is wanted: on a terminal, and unless stdout is for a program or the user wants silence. */
export function progressOf(host: Host, options: CommonOptions, label: string): Progress {
  const wanted = host.stderrIsTerminal && options.quiet !== true && options.json !== true;
  return wanted ? progressBar(label, host.stderr, host.now) : silent;
}
