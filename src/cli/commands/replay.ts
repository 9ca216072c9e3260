/** `lazytlb replay`: what each scheme would have done on a recorded workload. */

import { InputError } from "../../base/input_error.ts";
import type { ReplayResult } from "../../evidence/types.ts";
import { replayReport } from "../../report/replay_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { chooseSchemes, progressOf } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import type { Config, ReplayJob } from "../engines.ts";
import { DONE } from "../exit_status.ts";
import type { Host } from "../host.ts";
import type { CommonOptions } from "../options.ts";
import { openTarget } from "../output.ts";
import { choose } from "../suggest.ts";

export interface ReplayOptions extends CommonOptions {
  readonly evidence?: string;
  readonly config: Config;
}

export async function replay(
  host: Host,
  trace: string,
  names: readonly string[],
  options: ReplayOptions,
): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const schemes = chooseSchemes(names, host.engines().catalogue);
  const result = await runReplay(host, options, replayJob(trace, schemes, options));
  const evidence = evidenceOf(host, "replay", { replays: [result] });
  await deliver(host, options, evidence, { full: replayReport(result, PAGE_WIDTH), quiet: "" }, target);
  return DONE;
}

export function replayJob(trace: string, schemes: readonly string[], options: ReplayOptions): ReplayJob {
  const kind = evidenceKind(options.evidence);
  const { config, seed } = options;
  return { trace, schemes, config, seed, ...(kind === undefined ? {} : { evidence: kind }) };
}

function evidenceKind(asked: string | undefined): "stock" | "kernel" | undefined {
  if (asked === undefined || asked === "stock" || asked === "kernel") return asked;
  choose("evidence", asked, ["stock", "kernel"]);
  throw new InputError(`--evidence ${asked}: expected stock or kernel`);
}

export async function runReplay(host: Host, options: CommonOptions, job: ReplayJob): Promise<ReplayResult> {
  const progress = progressOf(host, options, "replay");
  try {
    return await host.engines().replay(job, (part) => progress.update(part, job.trace));
  } finally {
    progress.end();
  }
}
