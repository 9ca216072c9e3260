import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEvidence } from "../../../test/support/any_evidence.ts";
import {
  checks,
  evidence,
  matrixChecks,
  mutationOutcomes,
  REPLAY,
  schemeInfos,
  TIMELINE,
} from "../../../test/support/evidence.ts";
import { expectGolden } from "../../../test/support/golden.ts";
import { keptHowLong, quantile } from "../charts/kept_how_long.ts";
import { keptOverTime, keptSteps } from "../charts/kept_over_time.ts";
import { mainChart } from "../charts/main_chart.ts";
import { findingsOf } from "../matrix_report.ts";
import { archMatrix } from "./arch_matrix.ts";
import { html } from "./markup.ts";
import { verdictMatrix } from "./matrix.ts";
import { htmlReport } from "./page.ts";
import { timelineTable } from "./timeline_table.ts";

const golden = (name: string, text: string): void =>
  expectGolden(import.meta.url, `goldens/${name}.golden.html`, text);

describe("the page", () => {
  it("escapes everything that is not ours", () => {
    const hostile = `<script>"&'`;
    expect(html`<b title="${hostile}">${hostile}</b>`.markup).toBe(
      `<b title="&lt;script&gt;&quot;&amp;'">&lt;script&gt;&quot;&amp;'</b>`,
    );
  });

  it("needs no network and runs no script, whatever the evidence", () => {
    fc.assert(
      fc.property(anyEvidence(), (found) => {
        const page = htmlReport(found);
        expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|\bon\w+="/i);
        expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/(src|href)="(?!#)/);
        expect(page.endsWith("</html>\n")).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("has the matrix, the plots and the execution that broke something", () => {
    const page = htmlReport(evidence());
    expect(page.match(/<svg/g)?.length).toBe(9);
    expect(page).toContain('id="violation-1"');
    expect(page).toContain('href="#violation-1"');
  });

  it("shows mutations beside the unmutated checks only", () => {
    const mutations = mutationOutcomes();
    const found = mutations.flatMap((outcome) => [outcome.mutated, outcome.unmutated]);
    const page = htmlReport(evidence({ command: "check", checks: found, mutations, replays: [] }));
    expect(page).toContain("proved 2/2 checks");
    expect(page).toContain("NOT CAUGHT");
  });

  it("lists schemes", () => {
    const page = htmlReport(
      evidence({ command: "schemes", checks: [], replays: [], schemes: schemeInfos() }),
    );
    expect(page).toContain("merged in v6.4");
  });
});

describe("fragments", () => {
  it("verdict matrix", () => golden("matrix", verdictMatrix(checks().slice(8, 32), []).markup));
  it("matrix of architectures", () =>
    golden(
      "arches",
      archMatrix(matrixChecks(), findingsOf(matrixChecks()))
        .map((part) => part.markup)
        .join("\n"),
    ));
  it("timeline", () => golden("timeline", timelineTable(TIMELINE).markup));
});

describe("plots", () => {
  it("a residency of nothing is a flat line", () => {
    const none = { dead: 0, keptAtEnd: 0, totalSeconds: 0, longestSeconds: 0, intervals: [] };
    expect(keptSteps(none, 2)).toEqual([
      { time: 0, kept: 0 },
      { time: 2, kept: 0 },
    ]);
    expect(quantile(none, 0.5)).toBeUndefined();
  });

  it("counts dead mms at every moment; those not freed stay", () => {
    const intervals = [
      { start: 0.1, seconds: 0.4, freed: true },
      { start: 0.2, seconds: 0, freed: true },
      { start: 0.3, seconds: 0.7, freed: false },
    ];
    const steps = keptSteps({ dead: 3, keptAtEnd: 1, totalSeconds: 1.1, longestSeconds: 0.7, intervals }, 1);
    expect(steps.map((step) => step.kept)).toEqual([0, 1, 2, 1, 1]);
  });

  it("stays small for a million deaths", () => {
    const intervals = Array.from({ length: 100_000 }, (_, n) => ({
      start: n / 1e5,
      seconds: 0.01,
      freed: true,
    }));
    const schemes = REPLAY.schemes.map((s) => ({ ...s, residency: { ...s.residency, intervals } }));
    const replay = { ...REPLAY, seconds: 2, schemes };
    expect(keptOverTime(replay).markup.length + keptHowLong(replay).markup.length).toBeLessThan(2_000_000);
  });

  it("draws any evidence as a stand-alone SVG, or nothing when there is nothing to draw", () => {
    fc.assert(
      fc.property(anyEvidence(), (found) => {
        const chart = mainChart(found);
        const drawn = (found.litmus ?? []).filter(({ drawing }) => drawing !== undefined);
        const { simulations = [], published = [] } = found;
        const curves = simulations.length + published.length;
        if (found.replays.length + found.checks.length + drawn.length + curves === 0)
          expect(chart).toBeUndefined();
        else expect(chart).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
      }),
      { numRuns: 40 },
    );
  });
});
