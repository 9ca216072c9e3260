/** `lazytlb sim`: what schemes cost on a machine that one does not have, and how that compares with what is published. */

import { InputError } from "../../base/input_error.ts";
import type { PublishedResult, SimResult } from "../../evidence/simulation.ts";
import { profileReport, publishedReport, simReport } from "../../report/sim_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { compared, type PublishedRow, runsOf } from "../../sim/mp/published.ts";
import { traceFile } from "../../sim/mp/workloads/registry.ts";
import { chooseSchemes, progressOf } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { Catalogue, Config, SimJob } from "../engines.ts";
import { DONE, VIOLATED } from "../exit_status.ts";
import type { Host } from "../host.ts";
import type { CommonOptions } from "../options.ts";
import { openTarget } from "../output.ts";
import { sensitivityJobs, sensitivityOf } from "../sensitivity.ts";
import { choose } from "../suggest.ts";

export interface SimOptions extends CommonOptions {
  readonly machine?: string;
  readonly workload?: string;
  readonly cpus?: readonly number[];
  readonly arch?: string;
  readonly published?: true;
  readonly sensitivity?: true;
  readonly profile?: true;
  readonly config: Config;
}

export async function sim(host: Host, names: readonly string[], options: SimOptions): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  if (options.published === true) return published(host, options, target);
  const jobs = await recorded(host, simJobs(names, options, host.engines().catalogue));
  const results = await run(host, options, jobs);
  const full = simReport(results, PAGE_WIDTH) + (options.profile ? profileReport(results, PAGE_WIDTH) : "");
  const evidence = evidenceOf(host, "sim", { simulations: results });
  const quiet = results.flatMap((each) => each.faults.map((fault) => `${each.scheme}: ${fault}\n`)).join("");
  await deliver(host, options, evidence, { full, quiet }, target);
  return results.some((each) => each.faults.length > 0) ? VIOLATED : DONE;
}

async function run(host: Host, options: CommonOptions, jobs: readonly SimJob[]): Promise<SimResult[]> {
  const progress = progressOf(host, options, "sim");
  try {
    return await host.simulateAll(jobs, ({ done, total }) => {
      progress.update(total === 0 ? 1 : done / total, `${done}/${total} runs`);
    });
  } finally {
    progress.end();
  }
}

/** One job per number of CPUs and scheme, the largest machines first so that the last worker does not wait for one. */
function simJobs(names: readonly string[], options: SimOptions, catalogue: Catalogue): SimJob[] {
  const { machine, workload, config, seed } = options;
  if (machine === undefined || workload === undefined)
    throw new InputError(
      `sim: expected --machine and --workload (lazytlb machines lists both), or --published; found ${machine === undefined ? "no --machine" : "no --workload"}`,
    );
  const schemes = chooseSchemes(names, catalogue);
  const sizes = options.cpus ?? [undefined];
  const arch =
    options.arch === undefined ? {} : { arch: choose("architecture", options.arch, catalogue.arches) };
  return sizes.flatMap((cpus) =>
    schemes.map((scheme) => ({
      scheme,
      machine,
      workload,
      ...arch,
      ...(cpus === undefined ? {} : { cpus }),
      config,
      seed,
    })),
  );
}

/** The workload `trace` is read once for all its runs. */
async function recorded(host: Host, jobs: readonly SimJob[]): Promise<readonly SimJob[]> {
  const file = traceFile(jobs[0]?.workload ?? "");
  if (file === undefined) return jobs;
  const recording = await host.engines().record(file);
  return jobs.map((job) => ({ ...job, recording }));
}

// ---- published ------------------------------------------------------------------------------------------------

async function published(
  host: Host,
  options: SimOptions,
  target: ReturnType<typeof openTarget> | undefined,
): Promise<number> {
  const { catalogue } = host.engines();
  const rows = catalogue.published.filter(
    (row) => options.machine === undefined || row.machine === options.machine,
  );
  if (rows.length === 0) throw new InputError(`--machine ${options.machine}: no published row is about it`);
  const jobs = rows.flatMap((row) => jobsOf(row, options));
  const extra = options.sensitivity === true ? rows.map((row) => sensitivityJobs(row, options)) : [];
  const results = await run(host, options, [...jobs, ...extra.flat()]);
  const found = join(rows, jobs, extra, results, catalogue);
  const evidence = evidenceOf(host, "sim", { published: found });
  const outside = found.flatMap((row) => row.points.filter((point) => point.within === false));
  const quiet = outside.map((point) => `outside: ${point.label}\n`).join("");
  await deliver(host, options, evidence, { full: publishedReport(found, PAGE_WIDTH), quiet }, target);
  return outside.length > 0 ? VIOLATED : DONE;
}

function jobsOf(row: PublishedRow, { config, seed }: SimOptions): SimJob[] {
  const seeds = Array.from({ length: row.runs ?? 1 }, (_, i) => seed + i);
  return seeds.flatMap((each) =>
    runsOf(row).map(({ machine, workload, cpus, setting }) => ({
      scheme: setting.scheme,
      ...(setting.arch === undefined ? {} : { arch: setting.arch }),
      machine,
      workload,
      ...(cpus === undefined ? {} : { cpus }),
      config,
      seed: each,
    })),
  );
}

function join(
  rows: readonly PublishedRow[],
  jobs: readonly SimJob[],
  extra: readonly (readonly SimJob[])[],
  results: readonly SimResult[],
  { machines }: Catalogue,
): PublishedResult[] {
  let next = 0;
  let nextExtra = jobs.length;
  return rows.map((row, index) => {
    const own = results.slice(next, next + runsOf(row).length * (row.runs ?? 1));
    next += own.length;
    const more = results.slice(nextExtra, nextExtra + (extra[index]?.length ?? 0));
    nextExtra += more.length;
    const constants = machines.find(({ name }) => name === row.machine)?.constants ?? [];
    return compared(row, own, constants, sensitivityOf(row, more));
  });
}
