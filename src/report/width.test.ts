/** No report is wider than the page, whatever the evidence holds. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEvidence } from "../../test/support/any_evidence.ts";
import { REPLAY } from "../../test/support/evidence.ts";
import { barriersReport } from "./barriers_report.ts";
import { checkReport } from "./check_report.ts";
import { compareReport } from "./compare_report.ts";
import { scenarioList, schemeList } from "./lists.ts";
import { mutationReport } from "./mutation_report.ts";
import { replayReport } from "./replay_report.ts";
import { machineList, profileReport, publishedReport, simReport } from "./sim_report.ts";
import { cut, cutFront, PAGE_WIDTH, printable, wrap } from "./text.ts";

/** The witness and the command that replays it are to be copied, so they are never broken. */
const COPIED = /^(witness: |replay: {2})/;

function expectFits(text: string): void {
  for (const line of text.split("\n")) {
    if (COPIED.test(line)) continue;
    expect(line.length, line).toBeLessThanOrEqual(PAGE_WIDTH);
    expect(line).toBe(printable(line));
  }
}

describe("the page", () => {
  it("is never overrun, and holds no control characters", () => {
    fc.assert(
      fc.property(anyEvidence(), (evidence) => {
        expectFits(compareReport(evidence, PAGE_WIDTH));
        expectFits(checkReport(evidence.checks, evidence.checks, PAGE_WIDTH));
        expectFits(mutationReport(evidence.mutations ?? [], { details: true }, PAGE_WIDTH));
        for (const replay of evidence.replays) expectFits(replayReport(replay, PAGE_WIDTH));
        expectFits(schemeList(evidence.schemes ?? [], PAGE_WIDTH));
        expectFits(simReport(evidence.simulations ?? [], PAGE_WIDTH));
        expectFits(profileReport(evidence.simulations ?? [], PAGE_WIDTH));
        expectFits(publishedReport(evidence.published ?? [], PAGE_WIDTH));
        expectFits(machineList(evidence.machines ?? [], evidence.workloads ?? [], PAGE_WIDTH));
        expectFits(scenarioList(evidence.scenarios ?? [], PAGE_WIDTH));
        if (evidence.barriers !== undefined) expectFits(barriersReport(evidence.barriers, PAGE_WIDTH));
      }),
      { numRuns: 200 },
    );
  });

  it("takes any name for the cause of an IPI", () => {
    const replay = REPLAY;
    const [first, second] = replay?.schemes ?? [];
    if (first === undefined || second === undefined) throw new Error("no replay");
    const odd = { ...first, total: { ...first.total, ipis: { toString: 3 } } };
    const text = replayReport({ ...replay, schemes: [odd, second] }, PAGE_WIDTH);
    expect(text).toMatch(/by toString +3 +0/);
  });

  it("wraps without losing a character but spaces", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 5, max: 40 }), (text, width) => {
        const lines = wrap(text, width, "  ");
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  it("cuts at either end", () => {
    expect([cut("abcdef", 4), cutFront("abcdef", 4), cut("abcd", 4)]).toEqual(["abc…", "…def", "abcd"]);
  });

  it("prints one column per character: no escapes, no wide or combining characters", () => {
    expect(printable("a\u001b[31mb\n日本e\u0301→😀")).toBe("a?[31mb???e?→?");
  });
});
