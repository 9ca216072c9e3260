/** A profile of this host: what is measured, what is read, what is taken over. No test here depends on a time. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cpuList, hostFacts, pairsOf, shapeOf } from "../../src/cli/measure/host_facts.ts";
import { hostProfile } from "../../src/cli/measure/host_profile.ts";
import { summary } from "../../src/cli/measure/measure.ts";
import { readProfile } from "../../src/sim/mp/profile.ts";
import { machine } from "../sim/mp/support.ts";
import { MEASURED, runFake } from "../support/fake_host.ts";

const folder = mkdtempSync(join(tmpdir(), "lazytlb-measure-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CPU = "/sys/devices/system/cpu";

/** Files of a machine with so many sockets, caches per socket, cores per cache and threads per core. */
function sysfs(sockets: number, caches: number, cores: number, threads: number): Map<string, string> {
  const total = sockets * caches * cores * threads;
  const files = new Map([[`${CPU}/online`, total === 1 ? "0\n" : `0-${total - 1}\n`]]);
  const allCores = total / threads;
  for (let cpu = 0; cpu < total; cpu++) {
    // Siblings come last, as on x86.
    const core = cpu % allCores;
    const siblings = Array.from({ length: threads }, (_, t) => core + t * allCores).join(",");
    const below = Array.from({ length: cores }, (_, i) => core - (core % cores) + i);
    const sharing = below.flatMap((each) => Array.from({ length: threads }, (_, t) => each + t * allCores));
    files.set(`${CPU}/cpu${cpu}/topology/physical_package_id`, `${Math.floor(core / (caches * cores))}\n`);
    files.set(`${CPU}/cpu${cpu}/topology/thread_siblings_list`, `${siblings}\n`);
    files.set(
      `${CPU}/cpu${cpu}/cache/index3/shared_cpu_list`,
      `${sharing.sort((a, b) => a - b).join(",")}\n`,
    );
  }
  return files;
}

describe("what Linux says of a machine", () => {
  it("becomes its shape, and a pair of CPUs of each distance", () => {
    for (const [sockets, caches, cores, threads] of [
      [2, 12, 8, 2],
      [1, 1, 4, 1],
      [2, 1, 3, 2],
    ] as const) {
      const files = sysfs(sockets, caches, cores, threads);
      const { cpus } = hostFacts((path) => files.get(path));
      expect(shapeOf(cpus)).toMatchObject({
        socketsPerNode: sockets,
        l3PerSocket: caches,
        coresPerL3: cores,
        threadsPerCore: threads,
      });
      const distances = pairsOf(cpus).map(({ distance }) => distance);
      const expected = ["cache", ...(caches > 1 ? ["socket"] : []), ...(sockets > 1 ? ["remote"] : [])];
      expect(distances.sort()).toEqual([...expected, ...(threads > 1 ? ["core"] : [])].sort());
    }
  });

  it("is taken as one cache where it is irregular, and the profile says so", () => {
    const files = sysfs(1, 2, 2, 1);
    files.set(`${CPU}/cpu3/cache/index3/shared_cpu_list`, "3\n");
    const { cpus } = hostFacts((path) => files.get(path));
    expect(shapeOf(cpus)).toMatchObject({ l3PerSocket: 1, coresPerL3: 4, source: /irregular/ });
  });

  it("may be nothing at all", () => {
    const facts = hostFacts(() => undefined);
    expect(facts.cpus).toHaveLength(1);
    expect(facts.idle).toEqual([]);
    expect(cpuList("0-2,7\n")).toEqual([0, 1, 2, 7]);
  });
});

describe("a profile of this host", () => {
  const profile = hostProfile(MEASURED.found, machine("epyc-9654-2s"), MEASURED.occasion);

  it("says of each figure whether it is measured, read or taken over", () => {
    const { figures } = profile;
    expect(figures.hit).toMatchObject({ ns: 1, kind: "measured" });
    expect(figures.hit.source).toMatch(/measured 2026-01-31 by lazytlb 0\.1\.0, Node v20: .*9 samples/);
    expect(figures.xferRemote).toMatchObject({ ns: 194, kind: "measured" });
    expect(figures.pipe).toMatchObject({ ns: 200, kind: "measured" });
    expect(figures.switch).toMatchObject({ ns: 2300, kind: "measured" });
    expect(figures.deepExit).toMatchObject({ ns: 133_000, kind: "read" });
    expect(figures.xferFar).toMatchObject({ kind: "assumed", source: /^taken over from epyc-9654-2s: / });
    expect(profile.smtSpeed.speeds).toEqual([1, 0.75]);
    expect(profile.arch).toBe("x86-6.13");
    // Nothing of another machine may pass for fitted to this one.
    expect(Object.values(figures).some(({ kind }) => kind === "fitted")).toBe(false);
  });

  it("takes no wait for a CPU for the transfer of a line", () => {
    const { found, occasion } = MEASURED;
    const pairs = found.pairs.map((pair) => ({
      ...pair,
      times: { ...pair.times, transfer: { ns: 1_330_000, median: 2_000_000, samples: 3 } },
    }));
    const { figures } = hostProfile({ ...found, pairs }, machine("epyc-9654-2s"), occasion);
    expect(figures.xferRemote).toMatchObject({
      kind: "assumed",
      source: /^the CPUs were busy .* taken over/,
    });
    expect(figures.xferFar).toMatchObject({ kind: "assumed", source: /^taken over from epyc-9654-2s: / });
  });

  it("is written by --out, and read like any other", async () => {
    const file = join(folder, "host.json");
    const { status, out } = await runFake(["machines", "--measure", "--out", file]);
    expect(status).toBe(0);
    expect(out).toMatch(/xferRemote\s+194 ns\s+measured/);
    expect(readProfile(file, readFileSync(file, "utf8"))).toEqual(profile);
  });

  it("has to be a .json file", async () => {
    const { status, err } = await runFake(["machines", "--measure", "--out", join(folder, "host.svg")]);
    expect(status).toBe(2);
    expect(err).toMatch(/a profile is written as \.json, found \.svg/);
  });
});

it("a sample counts by its low quantile: other work only makes it longer", () => {
  expect(summary([9, 5, 7000, 6, 8, 5, 5, 5, 5, 5])).toEqual({ ns: 5, median: 5, samples: 10 });
});
