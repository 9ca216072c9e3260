/** Delivers what a command found: to stdout as text or JSON, and to the file that the user asked for. */

import { InputError } from "../base/input_error.ts";
import { toJson } from "../evidence/json.ts";
import { EVIDENCE_VERSION, type Evidence } from "../evidence/types.ts";
import { paint } from "./colours.ts";
import type { Host } from "./host.ts";
import type { CommonOptions } from "./options.ts";
import { type Target, writeTarget } from "./output.ts";

/** Evidence of one command; what is not given is empty. */
export function evidenceOf(host: Host, command: string, found: Partial<Evidence>): Evidence {
  const header = {
    schema: "lazytlb-evidence",
    version: EVIDENCE_VERSION,
    command,
    producer: host.producer,
  } as const;
  return { ...header, checks: [], replays: [], ...found };
}

/** What stdout gets when there is no `--json`. */
export interface Texts {
  readonly full: string;
  /** With `--quiet`: what must not be missed, usually nothing. */
  readonly quiet: string;
}

export async function deliver(
  host: Host,
  options: CommonOptions,
  evidence: Evidence,
  texts: Texts,
  target: Target | undefined,
): Promise<void> {
  if (target !== undefined) writeTarget(target, await fileText(target, evidence));
  host.stdout(stdoutText(host, options, evidence, texts));
}

function stdoutText(host: Host, options: CommonOptions, evidence: Evidence, texts: Texts): string {
  if (options.json === true) return toJson(evidence);
  const text = options.quiet === true ? texts.quiet : texts.full;
  return host.colours ? paint(text) : text;
}

/** The plotting library is loaded when a plot is wanted: it takes longer to load than a small check takes to run. */
async function fileText(target: Target, evidence: Evidence): Promise<string> {
  if (target.format === "json") return toJson(evidence);
  if (target.format === "html") return (await import("../report/html/page.ts")).htmlReport(evidence);
  const chart = (await import("../report/charts/main_chart.ts")).mainChart(evidence);
  if (chart !== undefined) return chart;
  throw new InputError(`--out ${target.path}: ${evidence.command} has no chart; write .html or .json`);
}
