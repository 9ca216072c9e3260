/**
 * The replay against the kernel: on a kernel that counts its lazy users, the `refcount` model driven by the trace must
 * arrive at the counts that the kernel's own probes recorded, and the other schemes at what follows from their design.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { readCatalogue } from "../../src/cli/catalogue.ts";
import { homeArch } from "../../src/cli/checks.ts";
import { modelFolder, specimenHost } from "../../src/cli/specimen_host.ts";
import { compile } from "../../src/compile/compile.ts";
import type { ReplayResult, SchemeReplay } from "../../src/evidence/types.ts";
import type { Program } from "../../src/ir/types.ts";
import { REPLAY_ENTRIES, REPLAY_ROOT } from "../../src/sim/entries.ts";
import { type LinkedScheme, replayTrace } from "../../src/sim/replay_trace.ts";
import { bundledSamples, collectedSamples, type Sample } from "../infer/samples.ts";

const host = specimenHost();

const catalogue = readCatalogue(modelFolder(), host);

/** On the architecture that the scheme is made for. */
function link(name: string): LinkedScheme {
  const result = compile({
    host,
    root: REPLAY_ROOT,
    scheme: `schemes/${name}.ts`,
    arch: `arch/${homeArch(name, catalogue)}.ts`,
    entries: REPLAY_ENTRIES,
    config: new Map(),
  });
  if (!result.ok) throw new Error(`${name} does not link`);
  const program: Program = result.value;
  return { name, program };
}

const SCHEMES = catalogue.schemes.map(({ name }) => link(name));

/** Schemes that let a CPU be lazy on a dead mm for as long as counting does: on the same CPUs, through the same switches. */
const AS_LAZY = ["refcount", "cached-ref", "cpumask-refcount", "lazy-handoff"];
/** Schemes under which nobody is lazy on a dead mm once its last reference is gone. */
const PROMPT = ["no-lazy", "shoot-lazies", "hazard-pointers", "loaded-mm", "exit-flush", "exit-flush-forced"];
/** Schemes that free an mm under a CPU that uses it, in any trace with a lazy CPU and a death; see their heads. */
const UNSOUND = ["lightweight", "rcu-teardown"];

async function replay(sample: Sample, evidence?: "stock"): Promise<ReplayResult> {
  const source = memorySource(readFileSync(sample.dat), sample.name);
  return replayTrace(source, sample.name, SCHEMES, evidence === undefined ? {} : { evidence });
}

function of(result: ReplayResult, scheme: string): SchemeReplay {
  const found = result.schemes.find((each) => each.scheme === scheme);
  if (found === undefined) throw new Error(`no replay of ${scheme}`);
  return found;
}

function compared(replayed: SchemeReplay): Record<string, { predicted: number; observed: number }> {
  return Object.fromEntries(
    replayed.compared.map(({ figure, predicted, observed }) => [figure, { predicted, observed }]),
  );
}

/** What the counting scheme must get exactly right. */
function expectPredictions(result: ReplayResult, sample: Sample): void {
  const figures = compared(of(result, "refcount"));
  const { truth } = sample;
  expect(figures.lazy_on_dead_mm_handover?.predicted ?? 0).toBe(truth.truth.lazy_on_dead_mm_handover ?? 0);
  expect(figures.lazy_cpus_at_final_mmput?.predicted ?? 0).toBe(truth.lazy_cpus_at_final_mmput_total);
  // `mm_count_minus_model_hist` of the ground truth counts references that are no lazy ones: the model cannot know them.
  const others = Object.entries(truth.mm_count_minus_model_hist).reduce(
    (sum, [extra, n]) => sum + Number(extra) * n,
    0,
  );
  const count = figures.mm_count_at_final_mmput;
  expect((count?.observed ?? 0) - (count?.predicted ?? 0)).toBe(others);
}

/** The other schemes that leave CPUs lazy as counting does must see what the kernel saw of it. */
function expectLazies(result: ReplayResult, sample: Sample): void {
  for (const name of AS_LAZY) {
    const figures = compared(of(result, name));
    expect(figures.lazy_cpus_at_final_mmput?.predicted ?? 0, name).toBe(
      sample.truth.lazy_cpus_at_final_mmput_total,
    );
    expect(figures.lazy_on_dead_mm_handover?.predicted ?? 0, name).toBe(
      sample.truth.truth.lazy_on_dead_mm_handover ?? 0,
    );
  }
}

/** Whoever keeps an mm longer than counting has a reason: a reference that outlives its loan, a bit, a grace period. */
function expectKept(result: ReplayResult): void {
  const counted = of(result, "refcount").residency;
  expect(of(result, "lazy-handoff").residency.totalSeconds).toBeLessThanOrEqual(counted.totalSeconds + 1e-9);
  for (const name of ["cached-ref", "cpumask-refcount"])
    expect(of(result, name).residency.totalSeconds, name).toBeGreaterThanOrEqual(counted.totalSeconds - 1e-9);
  for (const { scheme, residency } of result.schemes)
    expect(residency.dead, scheme).toBe(of(result, "refcount").residency.dead);
}

function expectFreed(result: ReplayResult): void {
  const { frees_on_lazy_switch: lazily, frees_elsewhere: elsewhere } = compared(of(result, "refcount"));
  const predicted = (lazily?.predicted ?? 0) + (elsewhere?.predicted ?? 0);
  expect(predicted).toBe((lazily?.observed ?? 0) + (elsewhere?.observed ?? 0));
}

/** What the other schemes are for. */
function expectDesigns(result: ReplayResult): void {
  for (const name of PROMPT) {
    const { residency, total } = of(result, name);
    expect(residency.keptAtEnd, name).toBe(0);
    expect(residency.totalSeconds, name).toBe(0);
    expect(total.sharedRmw, name).toBeLessThanOrEqual(of(result, "refcount").total.sharedRmw);
  }
  const kept = compared(of(result, "refcount")).lazy_cpus_at_final_mmput?.predicted ?? 0;
  const sent = (name: string, cause: string): number => of(result, name).total.ipis[cause] ?? 0;
  expect(sent("no-lazy", "cleanup_lazy_tlbs")).toBe(0);
  // Hazard pointers send to CPUs that are lazy and to no others; an mm's last user may be one of them.
  expect(sent("hazard-pointers", "hp_retire")).toBeLessThanOrEqual(kept + result.final_mmput);
  expect(of(result, "shoot-lazies").total.scanLoads).toBeLessThanOrEqual(
    of(result, "hazard-pointers").total.scanLoads,
  );
  expect(of(result, "no-lazy").total.rootLoads).toBeGreaterThanOrEqual(
    of(result, "refcount").total.rootLoads,
  );
}

function expectSums(result: ReplayResult): void {
  for (const { perMm, total, scheme } of result.schemes) {
    const sum = (pick: (m: (typeof perMm)[number]) => number): number =>
      perMm.reduce((all, m) => all + pick(m), 0);
    expect(
      sum((m) => m.counters.sharedRmw),
      scheme,
    ).toBe(total.sharedRmw);
    expect(
      sum((m) => m.counters.rootLoads),
      scheme,
    ).toBe(total.rootLoads);
    expect(
      sum((m) => m.counters.barriers),
      scheme,
    ).toBe(total.barriers);
    const switches = sum((m) => Object.values(m.switches).reduce((a, b) => a + b, 0));
    expect(switches, scheme).toBe(Object.values(result.switches).reduce((a, b) => a + b, 0));
  }
}

function expectNoFaults(result: ReplayResult): void {
  const faults = result.notes.filter((note) => note.includes("in the replay"));
  expect(faults.filter((note) => !UNSOUND.some((name) => note.startsWith(`${name}: `)))).toEqual([]);
}

const lossless = (sample: Sample): boolean =>
  sample.truth.lost === 0 && !/dropped|overwritten/.test(sample.name);

describe("a replay with kernel evidence", () => {
  const samples = [...bundledSamples(), ...collectedSamples()].filter(lossless);

  for (const sample of samples) {
    it(`predicts what the kernel counted in ${sample.name}`, async () => {
      const result = await replay(sample);
      expect(result.evidence).toBe("kernel");
      expectPredictions(result, sample);
      expectLazies(result, sample);
      expectKept(result);
      expectDesigns(result);
      expectSums(result);
      expectNoFaults(result);
      if (!sample.name.includes("rt-8cpu")) expectFreed(result);
    });
  }
});

describe("a replay with stock evidence", () => {
  for (const sample of bundledSamples().filter(lossless)) {
    it(`counts ${sample.name} without a fault of the model`, async () => {
      const result = await replay(sample, "stock");
      expect(result.evidence).toBe("stock");
      expectNoFaults(result);
      expectSums(result);
      expect(result.schemes.every((scheme) => scheme.compared.length === 0)).toBe(true);
    });
  }
});
