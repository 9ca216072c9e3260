/**
 * How fast the multiprocessor simulator is.
 *
 *     npx tsx bench/simulator.ts
 *
 * Per case, in a run long enough for V8 to have optimised it: simulated loads, stores and atomics of the specimens' text per second of CPU time, events of the queue per
 * second, and CPU seconds per virtual millisecond; then how the time of 10 virtual milliseconds of context_switch1 grows
 * with the number of CPUs. CPU time of this process, not wall time: machines are shared. A run of each case warms the
 * generated code up. Beside it, as a yardstick of the machine, the same number of reads and writes of typed arrays in a
 * plain loop.
 */

import { optimiseLargeFunctions } from "../src/cli/large_functions.ts";
import { Clock } from "../src/sim/mp/clock.ts";
import { type Case, kernelOf } from "../test/sim/mp/support.ts";

interface Bench extends Case {
  readonly title: string;
  readonly ms: number;
}

const CASES: readonly Bench[] = [
  { title: "two CPUs, one pair", scheme: "refcount", workload: "context_switch1", cpus: 2, ms: 2000 },
  { title: "no contention", scheme: "hazard-pointers", workload: "context_switch1", cpus: 384, ms: 60 },
  { title: "one contended line", scheme: "refcount", workload: "context_switch1", cpus: 384, ms: 100 },
  { title: "kernel threads", scheme: "refcount", workload: "kthread_io", cpus: 64, ms: 200 },
  { title: "scans at exit", scheme: "hazard-pointers", workload: "fork_exit:parents=512", cpus: 2048, ms: 4 },
  { title: "flush IPIs", scheme: "refcount", workload: "tlb_flush2", cpus: 64, ms: 40 },
];

const SIZES = [2, 8, 32, 128, 512, 2048, 4096];

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

function bench(of: Bench): void {
  kernelOf(of).run(of.ms * 1e8);
  const kernel = kernelOf(of);
  const seconds = cpuSeconds(() => kernel.run(of.ms * 1e9));
  const accesses = kernel.machine.counts[0] ?? 0;
  console.log(
    of.title.padEnd(22),
    String(of.cpus).padStart(5),
    `${(accesses / seconds / 1e6).toFixed(1)} M accesses/s`.padStart(18),
    `${(seconds / of.ms).toFixed(4)} s per virtual ms`.padStart(26),
  );
}

/** Reads and writes of arrays as large as those of a machine, in no order that a prefetcher could guess. */
function yardstick(): void {
  const cells = new Int32Array(1 << 16);
  const n = 50_000_000;
  let at = 1;
  const seconds = cpuSeconds(() => {
    for (let i = 0; i < n; i++) {
      at = (Math.imul(at, 1664525) + 1013904223) & 0xffff;
      cells[at] = (cells[at] ?? 0) + 1;
    }
  });
  console.log(`yardstick: ${(n / seconds / 1e6).toFixed(0)} M increments of random cells a second`);
}

function queue(): void {
  const clock = new Clock(4096);
  for (let cpu = 0; cpu < 4096; cpu++) clock.set(cpu, cpu * 977);
  const n = 3_000_000;
  let at = 1;
  const seconds = cpuSeconds(() => {
    for (let i = 0; i < n; i++) {
      const cpu = clock.take();
      at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
      clock.set(cpu, (clock.found[0] ?? 0) + (at % 6_000_000));
    }
  });
  console.log(`event queue, 4096 CPUs: ${((seconds / n) * 1e9).toFixed(0)} ns per event`);
}

function growth(): void {
  console.log("\n10 virtual ms of context_switch1 with as many threads as CPUs, power8-e880, shoot-lazies");
  for (const cpus of SIZES) {
    const kernel = kernelOf({
      scheme: "shoot-lazies",
      machine: "power8-e880",
      workload: "context_switch1",
      cpus,
    });
    const seconds = cpuSeconds(() => kernel.run(1e10));
    const rate = (kernel.machine.counts[0] ?? 0) / seconds / 1e6;
    console.log(
      `${cpus} CPUs`.padStart(10),
      `${seconds.toFixed(2)} s`.padStart(10),
      `${rate.toFixed(1)} M/s`.padStart(12),
    );
  }
}

optimiseLargeFunctions();
yardstick();
queue();
for (const of of CASES) bench(of);
growth();
