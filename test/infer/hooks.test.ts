/**
 * Kernels without tprobes (6.1) have no `lazy/sw`; `enter_lazy_tlb` and `switch_mm` show the switches there. No such
 * trace has ground truth, so traces that have both sources are read with `lazy/sw` taken away.
 */

import { describe, expect, it } from "vitest";
import type { TraceSink } from "../../src/trace/events.ts";
import { agreement } from "./agreement.ts";
import { Collected } from "./collect.ts";
import { bundledSamples, collectedSamples, feed } from "./samples.ts";

function withoutSwitchProbe(sink: TraceSink): TraceSink {
  const { lazySwitch: _taken, ...rest } = sink;
  const begin: TraceSink["begin"] = (info) => {
    const eventNames = new Set([...info.eventNames].filter((name) => name !== "lazy/sw"));
    sink.begin?.({ ...info, eventNames, address: (id) => info.address(id) });
  };
  return { ...rest, begin };
}

// 7.2 inlines enter_lazy_tlb.
const samples = [...bundledSamples(), ...collectedSamples()].filter(({ name }) => !name.startsWith("7.2"));

describe("the arch hooks alone", () => {
  for (const sample of samples) {
    it(`classify ${sample.name} as the switch probe does, but for what predates the trace`, async () => {
      const probe = new Collected({ evidence: "kernel" });
      const hooks = new Collected({ evidence: "kernel" });
      await feed(sample, probe.sink);
      await feed(sample, withoutSwitchProbe(hooks.sink));
      // The hook comes after the probe, so that it is the one to be matched with what is not later.
      const found = agreement(hooks.switches, probe.switches);
      const differ = [...found.confusion].filter(([key]) => !key.endsWith("really unknown"));
      expect(hooks.report.level).toBe("kernel");
      expect(Object.fromEntries(differ)).toEqual({});
      expect(hooks.report.switches.get("unknown")).toBeLessThanOrEqual(16);
      expect(found.all).toBeGreaterThanOrEqual(0.99 * [...probe.switches].flat().length);
    });
  }
});
