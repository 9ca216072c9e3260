import { describe, expect, it } from "vitest";
import { SWITCH_CLASSES } from "../../src/evidence/types.ts";
import type { ObservedFigure } from "../../src/trace/infer/actions.ts";
import type { InferenceReport } from "../../src/trace/infer/report.ts";
import { Collected } from "./collect.ts";
import {
  bundledSamples,
  collectedSamples,
  collectedText,
  feed,
  type GroundTruth,
  type Sample,
} from "./samples.ts";
import { readTraceText } from "./trace_text.ts";

const FIGURES: readonly ObservedFigure[] = [
  "lazy_cpu_kicked_to_init_mm",
  "shootdown_ipi_recv",
  "flush_local",
  "lazy_on_dead_mm_handover",
  "finish_cpu_dropped_lazy_mm",
  "force_init_mm_dropped_lazy_mm",
  "mmdrop_final_on_lazy_switch",
  "mmdrop_final_other",
];

function histogram(counts: ReadonlyMap<number, number>): Record<string, number> {
  return Object.fromEntries([...counts].map(([lazy, times]) => [String(lazy), times]));
}

function expectTruth(report: InferenceReport, truth: GroundTruth): void {
  const found = Object.fromEntries(SWITCH_CLASSES.map((cls) => [cls, report.switches.get(cls) ?? 0]));
  expect(found).toEqual(Object.fromEntries(SWITCH_CLASSES.map((cls) => [cls, truth.truth[cls] ?? 0])));
  const figures = Object.fromEntries(FIGURES.map((name) => [name, report.observed.get(name) ?? 0]));
  expect(figures).toEqual(Object.fromEntries(FIGURES.map((name) => [name, truth.truth[name] ?? 0])));
  expect(report.exitMm).toBe(truth.truth.exit_mm ?? 0);
  expect(report.finalMmput).toBe(truth.final_mmput);
  expect(histogram(report.lazyCpusAtFinalMmput)).toEqual(truth.lazy_cpus_at_final_mmput_hist);
}

async function checkSample(sample: Sample): Promise<void> {
  let exits = 0;
  const seen = new Collected({ evidence: "kernel" }, { exitMm: () => exits++ });
  await feed(sample, seen.sink);
  expectTruth(seen.report, sample.truth);
  expect(seen.report.level).toBe("kernel");
  expect(exits).toBe(sample.truth.truth.exit_mm);
  expect(Object.fromEntries(seen.report.conflicts)).toEqual({});
  expect(seen.report.switches.get("unknown")).toBe(0);
}

describe("the probes give the ground truth exactly", () => {
  for (const sample of [...bundledSamples(), ...collectedSamples()]) {
    it(`of ${sample.name}`, () => checkSample(sample));
  }

  const exact = { "6.12-8cpu-small/exit": "exit", "6.12-8cpu-small/exec": "exec" };
  for (const [path, workload] of Object.entries(exact)) {
    const text = collectedText(`${path}.trace.txt`);
    const truth = collectedSamples().find((sample) => sample.name === path)?.truth;
    it.skipIf(text === undefined || truth === undefined)(`of ${workload} read from the text export`, () => {
      const seen = new Collected({ evidence: "kernel" });
      readTraceText(text ?? "", seen.sink);
      if (truth !== undefined) expectTruth(seen.report, truth);
    });
  }
});
