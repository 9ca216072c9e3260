/**
 * Barriers that only weak memory needs: without one the search over graphs finds the defect, with it none; store buffers
 * find it in neither (`docs/weak-protocols.md`).
 */
import { describe, expect, test } from "vitest";
import { type CheckOptions, checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { CheckResult } from "../../../src/evidence/types.ts";
import { type Case, caseName, linkCase, WEAK_MUTANTS } from "../programs.ts";

/** Three searches; machines are shared. */
const PATIENCE = 300_000;
/** More than any mutation takes to show. */
const STATES = 25_000;

function check(item: Case, memory: Pick<CheckOptions, "model" | "graphs">, states: number): CheckResult {
  const { program, cpus } = linkCase(item);
  const names = { scheme: item.scheme, scenario: item.scenario, arch: item.arch ?? "generic" };
  const limits = { ...DEFAULT_LIMITS, states };
  return checkProgram(program, names, {
    cpus,
    limits,
    partialOrder: true,
    symmetry: true,
    now: () => 0,
    ...memory,
  });
}

describe("mutations that only weak memory shows", () => {
  test.each(WEAK_MUTANTS.map((item) => [caseName(item), item] as const))(
    "%s",
    (_, item) => {
      const { mutation, graphs: name, ...unmutated } = item;
      const graphs = { name, model: loadNamedModel(name).model };
      const { verdict, search } = check({ ...unmutated, mutation }, { graphs }, STATES);
      if (verdict.kind !== "violated") throw new Error(`expected a violation, found ${verdict.kind}`);
      expect(mutation.properties.violates).toContain(verdict.violation.property);
      // What is not mutated, as far as it took; `check --mutate` searches it to the end.
      expect(check(unmutated, { graphs }, search.states).verdict.kind).not.toBe("violated");
      expect(check({ ...unmutated, mutation }, { model: "tso" }, STATES).verdict.kind).not.toBe("violated");
    },
    PATIENCE,
  );
});
