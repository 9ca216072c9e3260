/**
 * Every line of the kernel model and of our schemes is executed by some scenario, or says why not; and no line says so
 * that is executed.
 *
 * A line may be missing from the few checks here that others would execute. `check --coverage --arch all` runs them all.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { checkJobs } from "../../src/cli/checks.ts";
import { coverageOf } from "../../src/cli/coverage.ts";
import type { CheckJob, Config } from "../../src/cli/engines.ts";
import { createEngines } from "../../src/cli/instruments.ts";
import { modelFolder } from "../../src/cli/specimen_host.ts";
import { sourceLines } from "../../src/compile/statements.ts";
import type { Coverage } from "../../src/evidence/coverage.ts";

const engines = createEngines();

/** Scheme, architecture, scenarios. Any set that leaves no line out will do; this one is cheap. */
const PLAN: readonly (readonly [string, string, string])[] = [
  [
    "refcount",
    "generic",
    "membarrier-exit membarrier-switch membarrier-use-mm efi-call nmi-active-mm text-poke",
  ],
  ["refcount", "x86-6.14", "nmi-active-mm text-poke"],
  ["refcount", "arm64", "exit-flush-lazy ldt-lazy rdpmc-lazy"],
  ["refcount", "loongarch", "exit-flush-lazy"],
  ["refcount", "powerpc-radix", "cpu-offline exit-last-cpu"],
  ["refcount", "x86-6.13", "exit-last-cpu munmap-lazy oom-reaper"],
  ["refcount", "x86-6.14", "cpu-offline flush-while-switching mm-no-vmas munmap-lazy"],
  ["refcount", "x86-invlpgb", "cpu-offline-6.12 kthread-use-mm-lazy ldt-lazy mprotect-lazy rdpmc-lazy"],
  ["cached-ref", "generic", "cpu-offline cpu-offline-6.12 exec-user kthread-use-mm-lazy munmap-lazy"],
  [
    "cpumask-refcount",
    "mips",
    "cpu-offline cpu-offline-6.12 exec-at-boot exec-user kthread-use-mm-lazy mm-no-vmas two-processes-exit",
  ],
  ["exit-flush", "generic", "cpu-offline exec-user"],
  ["exit-flush-forced", "generic", "cpu-offline exec-user mm-no-vmas"],
  ["hazard-pointers", "generic", "cpu-offline-6.12 exec-user kthread-use-mm-lazy"],
  [
    "lazy-handoff",
    "generic",
    "cpu-offline cpu-offline-6.12 kthread-use-mm-lazy kthread-use-mm-other mm-no-vmas rdpmc-lazy",
  ],
  ["lightweight", "generic", "cpu-offline-6.12 kthread-use-mm-lazy kthread-use-mm-other rdpmc-lazy"],
  [
    "loaded-mm",
    "generic",
    "exec-at-boot flush-while-switching fork-exit kthread-use-mm-lazy mprotect-lazy munmap-tables-lazy oom-reaper",
  ],
  ["no-lazy", "generic", "cpu-offline-6.12 exit-flush-lazy kthread-use-mm-lazy"],
  ["rcu-teardown", "generic", "cpu-offline exit-last-cpu"],
  ["shoot-lazies", "generic", "exec-user kthread-use-mm-lazy mmdrop-elsewhere"],
];

function jobsOf(scheme: string, arch: string, wanted: string, config: Config = {}): CheckJob[] {
  const { jobs } = checkJobs([scheme], { config, seed: 1, arch }, engines.catalogue);
  return jobs.filter(({ scenario }) => wanted.split(" ").includes(scenario));
}

let coverage: Coverage;
beforeAll(() => {
  const jobs = [
    ...PLAN.flatMap(([scheme, arch, wanted]) => jobsOf(scheme, arch, wanted)),
    ...jobsOf("refcount", "generic", "exit-remote-lazy", { PREEMPT_RT: true }),
    ...jobsOf("refcount", "generic", "exec-at-boot", { MMU_LAZY_TLB_SHOOTDOWN: true }),
    ...jobsOf("shoot-lazies", "generic", "exit-last-cpu", { DEBUG_VM_SHOOT_LAZIES: true }),
    ...jobsOf("hazard-pointers", "generic", "exit-last-cpu", { DEBUG_VM_SHOOT_LAZIES: true }),
  ];
  const results = jobs.map((job) => engines.check({ ...job, coverage: true }, () => {}));
  coverage = coverageOf(results, engines);
}, 300_000);

const subjects = ["kernel", "schemes"].flatMap((folder) =>
  readdirSync(join(modelFolder(), folder)).map((file) => `${folder}/${file}`),
);

describe("the kernel model and the schemes", () => {
  it("are executed wholly, but for lines that say why not", () => {
    const open = coverage.whole.flatMap(({ file, gaps }) =>
      gaps.filter(({ reason }) => reason === undefined).map((gap) => `${file}:${gap.line} ${gap.kind}`),
    );
    expect(open).toEqual([]);
  });

  it("have no file that no scenario executes", () => {
    const known = coverage.whole.filter(({ executed }) => executed > 0).map(({ file }) => file);
    const others = subjects.filter((file) => !known.includes(file));
    // Declarations; what `setup` runs; what a replay and a simulation call.
    expect(others).toEqual(["kernel/boot.ts", "kernel/replay.ts", "kernel/rq.ts", "kernel/simulate.ts"]);
  });

  it("give no reason for what is executed", () => {
    for (const file of subjects) {
      const { reasons, statements } = sourceLines({ name: file, text: engines.source(file) });
      const gaps = coverage.whole.find((each) => each.file === file)?.gaps ?? [];
      const explained = new Set(gaps.map(({ line }) => line));
      // One reason may stand for several lines: each text must have its gap.
      for (const reason of new Set(reasons.values())) {
        const lines = statements.filter(({ line }) => reasons.get(line) === reason).map(({ line }) => line);
        const all = [...lines, ...[...reasons].filter(([, text]) => text === reason).map(([line]) => line)];
        expect(
          all.some((line) => explained.has(line)),
          `${file}: ${reason}`,
        ).toBe(true);
      }
    }
  });
});
