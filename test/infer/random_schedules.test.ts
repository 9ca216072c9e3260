import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Collected } from "./collect.ts";
import { type Flavour, TinyKernel } from "./tiny_kernel.ts";

/** Fixed, so that a run is a function of the source. Any other seed must do as well. */
const SEED = 20261121;
const RUNS = 800;

const schedules = fc.record({
  flavour: fc.constantFrom<Flavour>("6.12", "7.2"),
  cpus: fc.integer({ min: 1, max: 4 }),
  choices: fc.array(fc.nat(4095), { minLength: 20, maxLength: 400 }),
});

function run(kernel: TinyKernel, choices: readonly number[]): void {
  for (const choice of choices) kernel.step(choice);
  kernel.end();
}

describe("random legal schedules of a tiny kernel", () => {
  it("are inferred exactly from the probes", () => {
    fc.assert(
      fc.property(schedules, ({ flavour, cpus, choices }) => {
        const seen = new Collected({ evidence: "kernel" });
        const kernel = new TinyKernel(seen.sink, flavour, cpus);
        run(kernel, choices);
        for (let cpu = 0; cpu < cpus; cpu++) {
          const truth = kernel.switches.filter((entry) => entry.cpu === cpu).map((entry) => entry.cls);
          expect((seen.switches[cpu] ?? []).map((entry) => entry.cls)).toEqual(truth);
        }
        expect(seen.report.finalMmput).toBe(kernel.finalMmputs);
        expect([...seen.report.conflicts]).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("are never inferred wrong from stock events where inference claims to be sure", () => {
    const counts = { all: 0, sure: 0, right: 0, unknown: 0 };
    fc.assert(
      fc.property(schedules, ({ flavour, cpus, choices }) => {
        const seen = new Collected({ evidence: "stock", window: 4096 });
        const kernel = new TinyKernel(seen.sink, flavour, cpus);
        run(kernel, choices);
        for (let cpu = 0; cpu < cpus; cpu++) {
          const truth = kernel.switches.filter((entry) => entry.cpu === cpu);
          const found = seen.switches[cpu] ?? [];
          expect(found.length).toBe(truth.length);
          found.forEach((entry, at) => {
            counts.all++;
            if (entry.cls === "unknown") counts.unknown++;
            if (entry.cls === truth[at]?.cls) counts.right++;
            if (entry.sure !== "observed" && entry.sure !== "inferred") return;
            counts.sure++;
            expect({ cpu, at, cls: entry.cls }).toEqual({ cpu, at, cls: truth[at]?.cls });
          });
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // The property would hold of an inference that is never sure, or that knows nothing. These schedules are far
    // denser in forks, exits and shootdowns than a real machine, and every kernel thread is older than the trace.
    expect(counts.sure / counts.all).toBeGreaterThan(0.15);
    expect(counts.right / counts.all).toBeGreaterThan(0.7);
    expect(counts.right + counts.unknown).toBeGreaterThan(0.9 * counts.all);
  });
});
