/** One trace, from its bytes to the evidence: decoded and inferred once, replayed under every scheme. */

import { internalBug } from "../base/assert.ts";
import type { ByteSource } from "../base/byte_source.ts";
import type { ReplayResult, SwitchClass } from "../evidence/types.ts";
import { SWITCH_CLASSES } from "../evidence/types.ts";
import type { Program } from "../ir/types.ts";
import type { TraceInfo, TraceTotals } from "../trace/events.ts";
import type { ActionSink, EvidenceLevel } from "../trace/infer/actions.ts";
import { inferActions } from "../trace/infer/infer.ts";
import type { InferenceReport } from "../trace/infer/report.ts";
import { openTrace } from "../trace/open.ts";
import { ReplayDriver } from "./replay.ts";
import { tee } from "./tee.ts";

/** A scheme linked with the replay's entry points (`entries.ts`). */
export interface LinkedScheme {
  readonly name: string;
  readonly program: Program;
}

export interface ReplayOptions {
  /** Absent: the probes where the trace has them, else the stock events. */
  readonly evidence?: EvidenceLevel;
  /** The share of the trace that has been read, 0 to 1. */
  readonly onProgress?: (part: number) => void;
}

/** Replays `source`; `name` is what the evidence calls the trace. Bad input ends in an `InputError`. */
export async function replayTrace(
  source: ByteSource,
  name: string,
  schemes: readonly LinkedScheme[],
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const drivers = schemes.map((scheme) => new ReplayDriver(scheme.program, scheme.name));
  const summary = new Summary();
  const { evidence, onProgress } = options;
  const sink = inferActions(tee([summary, ...drivers]), evidence === undefined ? {} : { evidence });
  const totals = await openTrace(source, sink, onProgress === undefined ? {} : { onProgress });
  return summary.result(name, totals, drivers);
}

/** Keeps what inference says at the beginning and at the end. */
class Summary implements ActionSink {
  private info: TraceInfo | undefined;
  private level: EvidenceLevel = "stock";
  private report: InferenceReport | undefined;

  begin(info: TraceInfo, level: EvidenceLevel): void {
    this.info = info;
    this.level = level;
  }

  end(report: InferenceReport): void {
    this.report = report;
  }

  result(name: string, totals: TraceTotals, drivers: readonly ReplayDriver[]): ReplayResult {
    const { info, report } = this;
    if (info === undefined || report === undefined)
      return internalBug("a trace that never began or never ended");
    const scale = 1 / (info.unitsPerSecond ?? 1e9);
    const switches = Object.fromEntries(SWITCH_CLASSES.map((c) => [c, report.switches.get(c) ?? 0]));
    return {
      trace: name,
      format: info.format,
      ...(info.kernel === undefined ? {} : { kernel: info.kernel }),
      cpus: info.cpus,
      seconds: (totals.lastTs - totals.firstTs) * scale,
      evidence: this.level,
      events: totals.total,
      lost: totals.lost,
      switches: switches as Record<SwitchClass, number>,
      unknown: report.switches.get("unknown") ?? 0,
      exit_mm: report.exitMm,
      final_mmput: report.finalMmput,
      lazy_cpus_at_final_mmput: histogram(report.lazyCpusAtFinalMmput),
      schemes: drivers.map((driver) => driver.result()),
      notes: [...notesOf(info, report, totals), ...drivers.flatMap((driver) => faultNotes(driver))],
    };
  }
}

/** Lazy CPUs → times; what is not known under "unknown". */
function histogram(counts: ReadonlyMap<number, number>): Record<string, number> {
  const sorted = [...counts].sort((a, b) => a[0] - b[0]);
  return Object.fromEntries(sorted.map(([cpus, times]) => [cpus < 0 ? "unknown" : String(cpus), times]));
}

function notesOf(info: TraceInfo, report: InferenceReport, totals: TraceTotals): string[] {
  const notes = [`inference rests on ${report.evidence.join(", ")}`];
  if (info.unitsPerSecond === undefined) {
    notes.push(`the trace clock "${info.clock}" does not count time: seconds are 10⁹ clock units`);
  }
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .filter(([, n]) => n > 0)
      .map(([kind, n]) => `${n} × ${kind.replaceAll("_", " ")}`)
      .join(", ");
  if (list(report.conflicts) !== "") notes.push(`contradictions between events: ${list(report.conflicts)}`);
  if (list(report.synthetic) !== "") notes.push(`facts no event shows: ${list(report.synthetic)}`);
  if (totals.lost > 0 || totals.lostPlaces > 0) {
    notes.push(`events are missing: ${totals.lost} counted, and ${totals.lostPlaces} places without a count`);
  }
  return notes;
}

/** What did not fit the model: never silent. */
function faultNotes(driver: ReplayDriver): string[] {
  const notes = [...driver.faults()].map(
    ([what, times]) => `${driver.scheme}: ${times} × ${what} in the replay`,
  );
  if (driver.skipped > 0)
    notes.push(`${driver.scheme}: ${driver.skipped} actions without what came before them`);
  return notes;
}
