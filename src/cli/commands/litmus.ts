/** `lazytlb litmus`: litmus tests under a memory model, printed as herd7 prints them. */

import { InputError } from "../../base/input_error.ts";
import { litmusDot, litmusSvg } from "../../report/litmus_drawing.ts";
import { litmusReport, litmusSummary } from "../../report/litmus_report.ts";
import { progressOf } from "../checks.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import { BAD_INPUT, DONE } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { litmusFiles } from "../litmus/files.ts";
import { DEFAULT_MODEL, modelNames } from "../litmus/model.ts";
import type { LitmusAnswer, LitmusJob } from "../litmus/runner.ts";
import type { CommonOptions } from "../options.ts";
import { openFile, openTarget, writeTarget } from "../output.ts";

export interface LitmusCommandOptions extends CommonOptions {
  readonly model?: string;
  readonly macros?: string;
  readonly unroll: number;
  readonly steps?: number;
  readonly merge?: true;
  readonly why?: true;
  readonly dot?: string;
  readonly svg?: string;
}

export async function litmus(
  host: Host,
  paths: readonly string[],
  options: LitmusCommandOptions,
): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const drawings = drawingFiles(options);
  const files = litmusFiles(paths);
  if (drawings.length > 0 && files.length !== 1) {
    throw new InputError(`--${drawings[0]?.format}: expected one test to draw, found ${files.length}`);
  }
  const start = host.now();
  const answers = await runWithProgress(
    host,
    options,
    files,
    drawings.length > 0 || drawsReport(target?.format),
  );
  const results = answers.flatMap((answer) => (answer.kind === "done" ? [answer.result] : []));
  const failures = answers.flatMap((answer) => (answer.kind === "failed" ? [answer.message] : []));
  // Our own models leave out what means nothing to them; in a user's it may be a tag that is spelled differently.
  const unheard = modelNames().includes(options.model ?? DEFAULT_MODEL)
    ? []
    : [...new Set(results.flatMap((result) => result.unheard))].sort();
  if (unheard.length > 0) host.stderr(`lazytlb: the model does not mention ${unheard.join(", ")}\n`);
  for (const message of failures) host.stderr(`lazytlb: ${message}\n`);
  for (const { path, format } of drawings) {
    const drawing = results[0]?.drawing;
    if (drawing !== undefined)
      writeTarget({ path }, format === "dot" ? litmusDot(drawing) : litmusSvg(drawing), `--${format}`);
    else if (failures.length === 0)
      throw new InputError(`--${format}: expected an execution to draw, found none`);
  }
  const evidence = evidenceOf(host, "litmus", { litmus: results });
  await deliver(host, options, evidence, { full: litmusReport(results), quiet: "" }, target);
  if (files.length > 1 && options.quiet !== true) {
    host.stderr(litmusSummary(results, failures.length, (host.now() - start) / 1000));
  }
  return failures.length > 0 ? BAD_INPUT : DONE;
}

/** Reports that show executions. */
function drawsReport(format: string | undefined): boolean {
  return format === "svg" || format === "html";
}

function drawingFiles({ dot, svg }: LitmusCommandOptions): { path: string; format: "dot" | "svg" }[] {
  return [
    ...(dot === undefined ? [] : [{ path: openFile("--dot", dot), format: "dot" as const }]),
    ...(svg === undefined ? [] : [{ path: openFile("--svg", svg), format: "svg" as const }]),
  ];
}

async function runWithProgress(
  host: Host,
  options: LitmusCommandOptions,
  files: readonly string[],
  draw: boolean,
): Promise<LitmusAnswer[]> {
  const job: LitmusJob = {
    model: options.model ?? DEFAULT_MODEL,
    ...(options.macros === undefined ? {} : { macros: options.macros }),
    unroll: options.unroll,
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    merge: options.merge === true,
    why: options.why === true,
    draw,
  };
  const progress = progressOf(host, options, "litmus");
  try {
    return await host.litmusAll(job, files, (done) =>
      progress.update(done / files.length, `${done}/${files.length} tests`),
    );
  } finally {
    progress.end();
  }
}
