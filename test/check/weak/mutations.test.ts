/**
 * Barriers that only weak memory needs: without one the search over graphs finds the defect, with it none; store buffers
 * find it in neither (`docs/weak-protocols.md`).
 */
import { describe, expect, test } from "vitest";
import { type CheckOptions, checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Verdict } from "../../../src/evidence/types.ts";
import { type Case, caseName, linkCase, WEAK_MUTANTS } from "../programs.ts";

/** More than any mutation takes to show; what is not mutated is searched as far. */
const STATES = 20_000;

function verdict(item: Case, memory: Pick<CheckOptions, "model" | "graphs">): Verdict {
  const { program, cpus } = linkCase(item);
  const names = { scheme: item.scheme, scenario: item.scenario, arch: item.arch ?? "generic" };
  const limits = { ...DEFAULT_LIMITS, states: STATES };
  const found = checkProgram(program, names, {
    cpus,
    limits,
    partialOrder: true,
    symmetry: true,
    now: () => 0,
    ...memory,
  });
  return found.verdict;
}

describe("mutations that only weak memory shows", () => {
  test.each(WEAK_MUTANTS.map((item) => [caseName(item), item] as const))("%s", (_, item) => {
    const { mutation, graphs: name, ...unmutated } = item;
    const graphs = { name, model: loadNamedModel(name).model };
    const broken = verdict({ ...unmutated, mutation }, { graphs });
    if (broken.kind !== "violated") throw new Error(`expected a violation, found ${broken.kind}`);
    expect(mutation.properties.violates).toContain(broken.violation.property);
    expect(verdict(unmutated, { graphs }).kind).not.toBe("violated");
    expect(verdict({ ...unmutated, mutation }, { model: "tso" }).kind).not.toBe("violated");
  });
});
