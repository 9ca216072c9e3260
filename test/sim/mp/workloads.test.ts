/** Every workload under schemes of every kind: what comes in goes out, and nothing is lost on the way. */
import { describe, expect, it } from "vitest";
import { WORKLOADS } from "../../../src/sim/mp/workloads/registry.ts";
import { kernelOf, run } from "./support.ts";

/** Small machines, short times; what is not named takes its own options. */
const SPECS: Readonly<Record<string, string>> = {
  hackbench: "hackbench:groups=1",
  walk_exit: "walk_exit:walkers=3",
  kernel_build: "kernel_build:work=200",
  memcached: "memcached:requests=2000000,flushes=100000",
};
const specOf = (name: string): string => SPECS[name] ?? name;

/** Sound on the architecture that they run on here. */
const CASES = [
  ["refcount", "x86-6.13"],
  ["hazard-pointers", "x86-6.14"],
  ["lazy-handoff", "x86-6.13"],
  ["shoot-lazies", "powerpc-radix"],
  ["cached-ref", "arm64"],
  ["no-lazy", "generic"],
] as const;

describe("workloads", () => {
  // A recorded trace has no kernel of ours: trace.test.ts.
  for (const { name } of WORKLOADS.filter((kind) => kind.name !== "trace")) {
    for (const [scheme, arch] of CASES) {
      it(`${name} under ${scheme} on ${arch} conserves what it must`, () => {
        const kernel = kernelOf({ scheme, arch, workload: specOf(name), cpus: 8 });
        for (const until of [1e9, 4e9]) {
          kernel.run(until);
          expect(kernel.machine.check()).toBeUndefined();
        }
        expect([...kernel.machine.faults]).toEqual([]);
        expect(kernel.counts.operations).toBeGreaterThan(0);
        const { memory, current } = kernel.machine;
        const users = memory.column("mm_struct", "mm_users");
        const mmOf = memory.column("task_struct", "mm");
        // mm_users is the number of tasks that have the mm, but where one is just being handed over.
        for (const task of current) {
          const mm = mmOf[task] ?? 0;
          if (mm > 1) expect(users[mm]).toBeGreaterThanOrEqual(1);
        }
      });
    }
  }

  for (const [machine, scheme] of [
    ["power8-e880", "lazy-handoff"],
    ["power8-e880", "hazard-pointers"],
    ["power8-e880", "shoot-lazies"],
    ["ampere-altra-128", "hazard-pointers"],
    ["ampere-altra-128", "lazy-handoff"],
    ["ampere-altra-128", "cached-ref"],
  ] as const) {
    it(`make progress on many CPUs whose barriers are not free: ${scheme} on ${machine}`, () => {
      const of = (name: string) =>
        run({ scheme: name, machine, workload: "fork_exit:parents=16,ms=4", cpus: 64 });
      const [with_, counted] = [of(scheme), of("refcount")];
      expect(with_.faults).toEqual([]);
      // What an exit costs more is microseconds; fork and exit themselves are a hundred.
      expect(with_.operations).toBeGreaterThan(0.7 * counted.operations);
    });
  }

  it("all processes that are born are freed, but those that live and those that a CPU keeps", () => {
    for (const scheme of ["refcount", "hazard-pointers", "shoot-lazies"]) {
      const kernel = kernelOf({ scheme, arch: "generic", workload: "fork_exit:parents=8", cpus: 8 });
      kernel.run(2e10);
      const { machine } = kernel;
      const mms = machine.memory.live(machine.program.mmStruct ?? 0);
      expect(kernel.counts.exits).toBeGreaterThan(500);
      // init_mm, the mover's, a parent and a child or two each, and a dead one per CPU at most.
      expect(mms, scheme).toBeLessThanOrEqual(2 + 8 * 4 + 8);
    }
  });

  it("counted mms are kept by CPUs that idle on them, others are not", () => {
    const kept = (scheme: string): number =>
      run({ scheme, arch: "generic", workload: "walk_exit:walkers=6,ms=20", cpus: 16 }).dead.kept.p99;
    expect(kept("refcount")).toBeGreaterThan(2 * kept("shoot-lazies"));
  });

  it("a scan at exit costs a load per CPU, if only of lines that are in the cache; a count does not", () => {
    const exit = (scheme: string, cpus: number): number =>
      run({ scheme, arch: "generic", workload: "fork_exit:parents=8,ms=10", cpus }).exitLatency.p50;
    const load = 1e-9;
    expect(exit("hazard-pointers", 256) - exit("hazard-pointers", 16)).toBeGreaterThan(200 * load);
    expect(exit("refcount", 256) - exit("refcount", 16)).toBeLessThan(50 * load);
  });

  it("sends a flush to the CPUs that run the process, and answers every one", () => {
    const result = run({ scheme: "refcount", workload: "tlb_flush2:ms=5", cpus: 16 });
    expect(Object.values(result.ipis).reduce((a, b) => a + b, 0)).toBeGreaterThan(result.operations);
    expect(result.ipiLatency.count).toBeGreaterThan(0);
    expect(result.ipiLatency.p50).toBeGreaterThan(0.8e-6);
    const broadcast = run({ scheme: "refcount", workload: "tlb_flush2:ms=5", cpus: 16, arch: "arm64" });
    expect(Object.values(broadcast.ipis)).toEqual([]);
  });
});
