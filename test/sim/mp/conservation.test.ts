/** What every simulation must conserve, whatever it simulates. */
import { describe, expect, it } from "vitest";
import { IDLE } from "../../../src/sim/mp/breakdown.ts";
import { kernelOf, run } from "./support.ts";

const SCHEMES = ["refcount", "hazard-pointers", "shoot-lazies", "no-lazy", "lazy-handoff", "cached-ref"];

describe("a simulation of switches through idle", () => {
  for (const scheme of SCHEMES) {
    it(`conserves references and time under ${scheme}`, () => {
      const kernel = kernelOf({ scheme, workload: "context_switch1:tasks=12", cpus: 32 });
      for (const until of [1e8, 5e8, 1e9]) {
        kernel.run(until);
        expect(kernel.machine.check()).toBeUndefined();
      }
      expect([...kernel.machine.faults]).toEqual([]);
      expect(kernel.counts.operations).toBeGreaterThan(100);
      expect(kernel.machine.time[IDLE]).toBeGreaterThan(0);
      const { memory } = kernel.machine;
      const users = memory.column("mm_struct", "mm_users");
      const count = memory.column("mm_struct", "mm_count");
      const task = memory.column("task_struct", "mm");
      const active = memory.column("task_struct", "active_mm");
      const mm = task.find((each) => each > 1) ?? 0;
      expect(users[mm]).toBe(24);
      // Nobody holds a counted reference but the users as a whole and, where the scheme counts them, lazy CPUs.
      const lazy = active.filter((each, i) => each === mm && task[i] === 0).length;
      const extra = (count[mm] ?? 0) - 1;
      if (scheme === "refcount") expect(extra).toBe(lazy);
      else if (scheme === "cached-ref") expect(extra).toBeGreaterThanOrEqual(lazy);
      else expect(extra).toBe(0);
    });
  }

  it("is a function of its seed", () => {
    const once = (seed: number): unknown =>
      run({ scheme: "refcount", workload: "context_switch1:tasks=20,ms=2", cpus: 48, seed });
    expect(once(7)).toEqual(once(7));
    expect(once(7)).not.toEqual(once(8));
  });

  it("lets CPUs that have been woken go before the one in hand", () => {
    for (const seed of [1, 2, 3]) {
      const result = run({
        scheme: "shoot-lazies",
        machine: "epyc-milan-36c",
        workload: "fork_exit:parents=16,ms=5",
        cpus: 128,
        seed,
      });
      expect(result.exitLatency.count).toBeGreaterThan(0);
    }
  });

  it("books all of the CPUs' time", () => {
    const result = run({ scheme: "refcount", workload: "context_switch1:tasks=20,ms=2", cpus: 48 });
    const sum = Object.values(result.breakdown).reduce((a, b) => a + b, 0);
    // Operations that are under way at either end may be booked on the other side of it.
    expect(Math.abs(sum - result.seconds * result.cpus)).toBeLessThan(result.cpus * 1e-5);
  });
});
