/** What is printed, as goldens: one fixed body of evidence, every report of it. */

import { describe, expect, it } from "vitest";
import {
  checks,
  evidence,
  matrixChecks,
  mutationOutcomes,
  REPLAY,
  scenarioInfos,
  schemeInfos,
  TIMELINE,
} from "../../test/support/evidence.ts";
import { expectGolden } from "../../test/support/golden.ts";
import type { Timeline } from "../evidence/types.ts";
import { checkReport } from "./check_report.ts";
import { compareReport } from "./compare_report.ts";
import { scenarioList, schemeList } from "./lists.ts";
import { matrixReport } from "./matrix_report.ts";
import { mutationReport } from "./mutation_report.ts";
import { replayReport } from "./replay_report.ts";
import { PAGE_WIDTH } from "./text.ts";
import { timelineText } from "./timeline.ts";
import { isConceded } from "./verdict.ts";
import { violationLines } from "./violation.ts";

const golden = (name: string, text: string): void =>
  expectGolden(import.meta.url, `goldens/${name}.golden.txt`, text);

describe("reports", () => {
  it("compare: one column per scheme", () => golden("compare", compareReport(evidence(), PAGE_WIDTH)));
  it("check: one line per scheme and scenario, violations in full", () =>
    golden(
      "check",
      checkReport(
        checks(),
        checks().filter((check) => !isConceded(check)),
        PAGE_WIDTH,
      ),
    ));
  it("check --arch all --model all: a matrix per model, and what is broken", () =>
    golden("matrix", matrixReport(matrixChecks(), PAGE_WIDTH)));
  it("check --quiet: what must not be missed", () => golden("check-quiet", violationLines(checks())));
  it("check --mutate: expected and found", () =>
    golden("mutate", mutationReport(mutationOutcomes(), { details: false }, PAGE_WIDTH)));
  it("check --mutate ID: the story and the execution", () =>
    golden("mutate-one", mutationReport(mutationOutcomes().slice(0, 1), { details: true }, PAGE_WIDTH)));
  it("replay: totals, observed, per mm", () => golden("replay", replayReport(REPLAY, PAGE_WIDTH)));
  it("schemes", () => golden("schemes", schemeList(schemeInfos(), PAGE_WIDTH)));
  it("scenarios", () => golden("scenarios", scenarioList(scenarioInfos(), PAGE_WIDTH)));
});

/** The timeline on a machine with more CPUs: row n moves to CPU n modulo `cpus`. */
function onCpus(cpus: number): Timeline {
  return { ...TIMELINE, cpus, rows: TIMELINE.rows.map((row, index) => ({ ...row, cpu: index % cpus })) };
}

describe("timelines", () => {
  it.each([1, 2, 3, 4])("has a column for each of %i CPUs", (cpus) =>
    golden(`timeline-${cpus}`, timelineText(onCpus(cpus), PAGE_WIDTH)),
  );
  it("is a list where columns would be too narrow", () =>
    golden("timeline-8", timelineText(onCpus(8), PAGE_WIDTH)));
  it("marks the row that broke the property, once", () => {
    const marked = timelineText(TIMELINE, PAGE_WIDTH)
      .split("\n")
      .filter((line) => line.includes("✗"));
    expect(marked).toHaveLength(1);
    expect(marked[0]).toContain("frees mm#2");
  });
});
