/**
 * Two engines for one model: memory as one value per cell or as store buffers, and as an execution graph under `sc.cat` and
 * `tso.cat`. They share the machine and nothing about memory. WEAK_AGREE_RUNS=2000 (and FC_SEED) for a soak.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CheckOptions, checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Program } from "../../../src/ir/types.ts";
import { type Case, caseName, compileKts, linkCase, MUTANTS } from "../programs.ts";
import { KINDS, randomMachine } from "../random_machine.ts";
import "../../support/seed.ts";

const RUNS = Number(process.env.WEAK_AGREE_RUNS ?? 60);
const STATES = 4_000;
const MODELS = ["sc", "tso"] as const;
const GRAPHS = { sc: loadNamedModel("sc"), tso: loadNamedModel("tso") };

/** "proved", "violated: PROPERTY" or "bounded: LIMIT". */
function verdict(program: Program, cpus: number, memory: Partial<CheckOptions>, states: number): string {
  const names = { scheme: "s", scenario: "s", arch: "generic" };
  const { verdict: found } = checkProgram(program, names, {
    cpus,
    limits: { ...DEFAULT_LIMITS, states },
    partialOrder: true,
    symmetry: true,
    now: () => 0,
    ...memory,
  });
  if (found.kind === "violated") return `violated: ${found.violation.property}`;
  return found.kind === "bounded" ? `bounded: ${found.limit}` : "proved";
}

function both(
  program: Program,
  cpus: number,
  model: (typeof MODELS)[number],
  states: number,
): [string, string] {
  const graphs = { name: model, model: GRAPHS[model].model };
  const cells = { model, unsettled: true };
  return [verdict(program, cpus, cells, states), verdict(program, cpus, { graphs }, states)];
}

describe("scenarios", () => {
  const SCENARIOS: readonly Case[] = [
    { scheme: "refcount", scenario: "exit-last-cpu" },
    { scheme: "shoot-lazies", scenario: "mm-no-vmas" },
    { scheme: "no-lazy", scenario: "exec-user" },
    { scheme: "cached-ref", scenario: "exit-last-cpu" },
    { scheme: "shoot-lazies", scenario: "mmdrop-elsewhere", arch: "powerpc-hash" },
  ];

  test.each(SCENARIOS.map((item) => [caseName(item), item] as const))("%s: proved by both", (_, item) => {
    const { program, cpus } = linkCase(item);
    for (const model of MODELS) expect(both(program, cpus, model, 50_000)).toEqual(["proved", "proved"]);
  });

  /** Barriers that store buffers show. */
  const BARRIERS = ["membarrier-no-entry-barrier", "membarrier-no-ipi", "shoot-lazies-no-barrier"];
  const mutants = MUTANTS.filter(({ mutation }) => BARRIERS.includes(mutation.id));

  test.each(mutants.map((item) => [caseName(item), item] as const))("%s: found by both", (_, item) => {
    const { program, cpus } = linkCase(item);
    const [buffers, graph] = both(program, cpus, "tso", 50_000);
    expect(buffers).toMatch(/^violated/);
    expect(graph).toBe(buffers);
  });
});

describe("random machines", () => {
  test.each(KINDS)("%s", (kind) => {
    let compared = 0;
    let violated = 0;
    const choices = fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 40, size: "max" });
    const property = fc.property(choices, fc.constantFrom(...MODELS), (chosen, model) => {
      const { source, cpus } = randomMachine(kind, chosen);
      const [cells, graph] = both(compileKts(source), cpus, model, STATES);
      if (cells.startsWith("bounded") || graph.startsWith("bounded")) return;
      compared++;
      if (cells !== "proved") violated++;
      // Of several faults each search meets its own first.
      expect(`${graph.split(":")[0]} under ${model}\n${source}`).toBe(
        `${cells.split(":")[0]} under ${model}\n${source}`,
      );
    });
    fc.assert(property, { numRuns: RUNS });
    expect(compared).toBeGreaterThan(RUNS * 0.3);
    if (RUNS >= 100) expect(violated).toBeGreaterThan(0);
  });
});
