/** Build options of Linux: what is proved with them, and that a scheme chosen by one is that scheme. */

import { describe, expect, it } from "vitest";
import { checkJobs } from "../../src/cli/checks.ts";
import type { Config } from "../../src/cli/engines.ts";
import { createEngines } from "../../src/cli/instruments.ts";
import type { CheckResult } from "../../src/evidence/types.ts";

const engines = createEngines();

function check(scheme: string, scenario: string, config: Config): CheckResult {
  const { jobs } = checkJobs([scheme], { config, seed: 1, scenario }, engines.catalogue);
  const [result] = jobs.map((job) => engines.check(job, () => {}));
  if (result === undefined) throw new Error("no check");
  return result;
}

describe("PREEMPT_RT", () => {
  it.each([
    "exit-remote-lazy",
    "exit-last-cpu",
    "cpu-offline",
    "exec-user",
    "kthread-use-mm-lazy",
    "mmdrop-elsewhere",
  ])("refcount, whose last drop in the scheduler waits for a grace period, is proved in %s", (scenario) => {
    const [now, later] = [check("refcount", scenario, {}), check("refcount", scenario, { PREEMPT_RT: true })];
    expect(later.verdict).toEqual({ kind: "proved" });
    // The callback is there: it is one more thing that may happen.
    expect(later.search.states).toBeGreaterThan(now.search.states);
  });
});

describe("MMU_LAZY_TLB_SHOOTDOWN", () => {
  it.each(["exit-remote-lazy", "exit-last-cpu", "mm-no-vmas", "cpu-offline-6.12", "kthread-use-mm-lazy"])(
    "is the scheme shoot-lazies, state by state: %s",
    (scenario) => {
      const option = check("refcount", scenario, { MMU_LAZY_TLB_SHOOTDOWN: true });
      const scheme = check("shoot-lazies", scenario, {});
      const { seconds: _, ...figures } = option.search;
      const { seconds: __, ...expected } = scheme.search;
      expect(figures).toEqual(expected);
      expect(option.verdict.kind).toBe(scheme.verdict.kind);
    },
  );
});
