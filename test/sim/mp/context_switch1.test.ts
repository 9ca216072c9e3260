/** context_switch1: what must come out of how it is placed, not of any figure. */
import { describe, expect, it } from "vitest";
import { rate, run } from "./support.ts";

const on = (scheme: string, tasks: number, cpus = 64) =>
  run({ scheme, workload: `context_switch1:tasks=${tasks},ms=2`, cpus });

describe("context_switch1", () => {
  it("goes through idle for every byte while there are threads to spare, and hardly when there are none", () => {
    const spread = on("refcount", 32);
    expect(spread.idleSwitches / spread.switches).toBeGreaterThan(0.99);
    const doubled = on("refcount", 128);
    expect(doubled.idleSwitches / doubled.switches).toBeLessThan(0.2);
  });

  it("counts each loan once and gives it back once", () => {
    const result = on("refcount", 8);
    const count = result.lines.find(({ line }) => line.startsWith("mm_struct.mm_count"));
    expect(count).toBeDefined();
    expect(count?.transfers).toBeLessThanOrEqual(result.idleSwitches + 16);
  });

  it("leaves mm_count alone with processes of one thread on one CPU each", () => {
    const threads = run({ scheme: "refcount", workload: "context_switch1:tasks=32,ms=2", cpus: 64 });
    const processes = run({
      scheme: "refcount",
      workload: "context_switch1:tasks=32,ms=2,mode=processes",
      cpus: 64,
    });
    const stalled = (of: typeof threads): number =>
      of.lines.filter(({ line }) => line.startsWith("mm_struct.mm_count")).reduce((s, l) => s + l.stalled, 0);
    expect(stalled(processes)).toBeLessThan(stalled(threads) / 20);
    expect(rate(processes)).toBeGreaterThan(rate(threads));
  });
});
