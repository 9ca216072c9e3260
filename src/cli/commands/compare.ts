/** `lazytlb compare`: the main job. Every scheme in every scenario, and every scheme on one trace, side by side. */

import { compareReport } from "../../report/compare_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { violationLines } from "../../report/violation.ts";
import { type CheckOptions, checkJobs, namedBy, runChecks, schemeNames } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import { findingsOf, statusOf } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../output.ts";
import { type ReplayOptions, replayJob, runReplay } from "./replay.ts";

/** Where the report goes when the user names no file. */
const REPORT = "lazytlb-report.html";

export type CompareOptions = CheckOptions & ReplayOptions;

export async function compare(
  host: Host,
  trace: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const path = options.out ?? (options.json === true ? undefined : REPORT);
  const target = path === undefined ? undefined : openTarget(path);
  const { catalogue } = host.engines();
  const schemes = schemeNames(catalogue);
  // The replay first: a trace that cannot be read should not cost a minute of checking.
  const replayed = await runReplay(
    host,
    options,
    replayJob(trace ?? catalogue.defaultTrace, schemes, options),
  );
  const checks = await runChecks(host, options, checkJobs(schemes, options, catalogue).jobs);
  const findings = findingsOf(checks, namedBy(options));
  const evidence = evidenceOf(host, "compare", { checks, replays: [replayed] });
  const written = path === undefined ? "" : `\nreport: ${path}\n`;
  const full = compareReport(evidence, PAGE_WIDTH) + written;
  await deliver(host, options, evidence, { full, quiet: violationLines(findings) }, target);
  return statusOf(findings);
}
