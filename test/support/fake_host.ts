/** A command line without a process: fake instruments that answer from the fixture, and what was printed. */

import { InputError } from "../../src/base/input_error.ts";
import { openCheckPool } from "../../src/cli/check_pool.ts";
import type { CheckJob, Engines } from "../../src/cli/engines.ts";
import type { Host } from "../../src/cli/host.ts";
import { checkAll, simulateAll } from "../../src/cli/pool.ts";
import { run } from "../../src/cli/program.ts";
import type { CheckResult, MutationInfo } from "../../src/evidence/types.ts";
import { checkOf, REPLAY, scenarioInfos, schemeInfos, VIOLATION } from "./evidence.ts";

/** What one command line did. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The checks that the instruments were asked for. */
  readonly jobs: readonly CheckJob[];
}

/** What the fake instruments answer, where a test wants something else than a proof. */
export interface Script {
  readonly check?: (job: CheckJob) => CheckResult;
  readonly terminal?: true;
}

export const MUTATION: MutationInfo = {
  id: "no-barrier",
  title: "the barrier is gone",
  source: "",
  story: [],
  scheme: "shoot-lazies",
  scenarios: ["exit-while-lazy-elsewhere"],
  violates: ["uaf", "root"],
  file: "mutations/no-barrier.json",
};

const TIME = { ns: 40, median: 50, samples: 9 };

/** What a machine of four CPUs in two sockets, two threads each, could have measured. */
export const MEASURED: Awaited<ReturnType<Host["measure"]>> = {
  found: {
    facts: {
      model: "AMD EPYC",
      hypervisor: true,
      lineBytes: 64,
      cpus: [0, 1, 2, 3].map((cpu) => ({ cpu, socket: cpu >> 1, core: cpu & 2, cache: `${cpu >> 1}` })),
      idle: [
        { name: "C1", latency: 2, residency: 4 },
        { name: "C6", latency: 133, residency: 600 },
      ],
    },
    alone: {
      hit: { ...TIME, ns: 1 },
      rmw: { ...TIME, ns: 6 },
      calls: { ...TIME, ns: 500 },
      pipe: { ...TIME, ns: 700 },
      round: { ...TIME, ns: 8000 },
      arithmetic: { ...TIME, ns: 6 },
    },
    pairs: [
      { distance: "core", a: 0, b: 1, times: { transfer: TIME, arithmetic: { ...TIME, ns: 8 } } },
      { distance: "remote", a: 0, b: 2, times: { transfer: { ...TIME, ns: 200 } } },
    ],
    remarks: [],
  },
  occasion: { arch: "x64", release: "6.12.9", date: "2026-01-31", producer: "lazytlb 0.1.0, Node v20" },
};

export async function runFake(argv: readonly string[], script: Script = {}): Promise<Outcome> {
  const printed = { out: "", err: "" };
  const jobs: CheckJob[] = [];
  const engines = fakeEngines(script, jobs);
  const host: Host = {
    engines: () => engines,
    litmusAll: async (_, files) =>
      files.map((file) => ({ kind: "failed", message: `${file}: no instrument` })),
    checkAll: (asked, onProgress) =>
      checkAll(asked, () => engines, { worker: new URL("file:///none"), threads: 1 }, onProgress),
    checkPool: () => openCheckPool(() => engines, { worker: new URL("file:///none"), threads: 1 }),
    simulateAll: (asked, onProgress) =>
      simulateAll(asked, () => engines, { worker: new URL("file:///none"), threads: 1 }, onProgress),
    measure: async () => MEASURED,
    stdout: (text) => {
      printed.out += text;
    },
    stderr: (text) => {
      printed.err += text;
    },
    stderrIsTerminal: script.terminal === true,
    colours: false,
    now: () => 0,
    producer: "lazytlb 0.1.0",
  };
  const status = await run(argv, host);
  return { status, ...printed, jobs };
}

/** Mutated specimens are violated, others proved. */
export function answer(job: CheckJob): CheckResult {
  const mutation = job.mutation === undefined ? {} : { mutation: job.mutation };
  const violated = { kind: "violated", violation: VIOLATION } as const;
  const verdict = job.mutation === undefined ? { kind: "proved" as const } : violated;
  return {
    ...checkOf(job.scheme, job.scenario, 1000, verdict),
    arch: job.arch,
    model: job.model,
    ...mutation,
  };
}

function fakeEngines(script: Script, jobs: CheckJob[]): Engines {
  return {
    catalogue: {
      schemes: schemeInfos(),
      scenarios: scenarioInfos(),
      mutations: [MUTATION],
      arches: ["generic", "arm64"],
      models: ["sc", "tso"],
      graphModels: ["lkmm"],
      machines: [],
      workloads: [],
      published: [],
      defaultTrace: "bundled.dat",
    },
    check(job, progress) {
      jobs.push(job);
      progress(500);
      return (script.check ?? answer)(job);
    },
    record: async () => {
      throw new Error("the fake instruments have no traces");
    },
    simulate: () => {
      throw new InputError("no simulator here");
    },
    points: () => [],
    sites: () => [],
    tellsApart: (_, a, b) => a !== b,
    source: () => "",
    replayWitness(job, witness) {
      jobs.push(job);
      if (!witness.startsWith("w1.")) throw new InputError("witness: expected w1.…");
      return checkOf(job.scheme, job.scenario, 0, { kind: "violated", violation: VIOLATION });
    },
    replay: async (job) => ({ ...REPLAY, trace: job.trace, evidence: job.evidence ?? "kernel" }),
  };
}
