/**
 * What the heads say that a scheme needs and an architecture gives, against what the search finds: where something is
 * lacking some scenario breaks the scheme, and where nothing is none of these does.
 */

import { describe, expect, it } from "vitest";
import { checkJobs } from "../../src/cli/checks.ts";
import { createEngines } from "../../src/cli/instruments.ts";
import type { ArchSupport } from "../../src/evidence/types.ts";

const engines = createEngines();
const { schemes } = engines.catalogue;

/** Cheap, and between them every way in which a mask or a flush may miss a lazy CPU or leave a bit. */
const SCENARIOS = ["exit-remote-lazy", "mm-no-vmas", "munmap-lazy"];
const NEEDY = ["shoot-lazies", "loaded-mm", "cpumask-refcount", "exit-flush-forced"];

function isBroken(scheme: string, arch: string, scenario: string): boolean {
  const { jobs } = checkJobs([scheme], { config: {}, seed: 1, arch, scenario }, engines.catalogue);
  return jobs.some((job) => engines.check(job, () => {}).verdict.kind === "violated");
}

const PAIRS = NEEDY.flatMap((name) => {
  const support: readonly ArchSupport[] = schemes.find((each) => each.name === name)?.architectures ?? [];
  return support.map(({ arch, lacks }) => ({ scheme: name, arch, lacking: lacks.length > 0 }));
});

describe("declared requirements", () => {
  it.each(PAIRS)(
    "are borne out: $scheme on $arch, lacking something: $lacking",
    ({ scheme, arch, lacking }) => {
      expect(SCENARIOS.some((scenario) => isBroken(scheme, arch, scenario))).toBe(lacking);
    },
  );
});
