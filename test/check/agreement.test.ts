/** The checker and the naive engine agree: on the scenarios, on the mutations, and on random machines. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkProgram } from "../../src/check/states/check.ts";
import { followWitness, parseWitness } from "../../src/check/states/witness.ts";
import type { Program } from "../../src/ir/types.ts";
import { CPU } from "../../src/world/layout.ts";
import { MOVE_BITS, World } from "../../src/world/world.ts";
import { check, compare, disagreement, REDUCTIONS } from "./agree.ts";
import { explore, type Turn } from "./naive.ts";
import { CASES, type Case, caseName, compileKts, linkCase, MUTANTS } from "./programs.ts";
import { KINDS, type RandomMachine, randomMachine } from "./random_machine.ts";

/** States that the naive engine may take per program here; `scripts/soak-check.ts` allows more. */
const SMALL = 29_000;
/** States of the checker, with reductions, beyond which a scenario is left to the soak. */
const CHEAP = 2_600;

/** Compares one scenario; undefined when it is too big for the naive engine. */
function compareCase(item: Case): string | undefined {
  const { program, cpus } = linkCase(item);
  const options = { cpus, anyOrder: false, everyOp: false, forgetDead: true, limit: SMALL };
  const checked = check(program, cpus, { partialOrder: true, symmetry: false }, CHEAP);
  if (checked.verdict === "bounded: states") return undefined;
  const naive = explore(program, options);
  if (!naive.complete) return undefined;
  const complaint = disagreement(naive, checked);
  return complaint ?? `agree: ${[...naive.broken].sort().join(", ") || "proved"}`;
}

/** The turns that CPUs take along a witness. */
function scheduleOf(program: Program, cpus: number, text: string): Turn[] {
  const witness = parseWitness(text, program);
  const world = new World(program, { cpus, ...witness });
  const schedule: Turn[] = [];
  let cpu: number | undefined;
  followWitness(world, witness, (state, move) => {
    if (cpu !== undefined) {
      const info = world.machine.info[world.stepAt(state, cpu)];
      const at = info && { func: info.func, pc: info.pc + (info.resume ? 1 : 0) };
      const until = { task: state[cpu * world.layout.cpuStride + CPU.cur] ?? 0, at };
      schedule.push({ cpu, until });
    }
    cpu = move >> MOVE_BITS;
  });
  if (cpu !== undefined) schedule.push({ cpu });
  return schedule;
}

describe("scenarios", () => {
  test("the same verdict and the same final states in every scenario that is small enough", () => {
    const results = CASES.map((item) => ({ name: caseName(item), result: compareCase(item) }));
    const compared = results.filter(({ result }) => result !== undefined);
    const skipped = results.filter(({ result }) => result === undefined).map(({ name }) => name);
    console.log(`naive engine: ${compared.length} scenarios compared, too big: ${skipped.join("; ")}`);
    const unclaimed = "shoot-lazies in cpu-offline-6.12";
    for (const { name, result } of compared) {
      expect(`${name}: ${result}`).toBe(`${name}: agree: ${name === unclaimed ? "root" : "proved"}`);
    }
    expect(compared.length).toBeGreaterThanOrEqual(16);
  });

  // The naive engine is sequentially consistent.
  const plain = MUTANTS.filter(({ model }) => model === "sc");
  test.each(plain.map((item) => [caseName(item), item] as const))(
    "%s: the naive engine finds the same along the witness",
    (_, item) => {
      const { program, cpus } = linkCase(item);
      const names = { scheme: item.scheme, scenario: item.scenario, arch: item.arch };
      const limits = { states: 2_000_000, bytes: 1e9 };
      const now = (): number => 0;
      const { verdict } = checkProgram(program, names, {
        cpus,
        limits,
        partialOrder: true,
        symmetry: false,
        now,
      });
      if (verdict.kind !== "violated") throw new Error(`${verdict.kind}, not violated`);
      const schedule = scheduleOf(program, cpus, verdict.violation.witness);
      const options = { cpus, anyOrder: false, everyOp: true, forgetDead: true, limit: 400_000 };
      const naive = explore(program, { ...options, schedule, until: verdict.violation.property });
      expect([...naive.broken]).toContain(verdict.violation.property);
    },
  );
});

describe("reductions", () => {
  const cheap = CASES.filter(({ scheme }) => scheme === "refcount" || scheme === "shoot-lazies").filter(
    ({ scenario }) =>
      ["exit-last-cpu", "exit-remote-lazy", "exec-user", "mm-no-vmas", "mmdrop-elsewhere"].includes(scenario),
  );

  test.each(cheap.map((item) => [caseName(item), item] as const))(
    "%s: proved with and without",
    (_, item) => {
      const { program, cpus } = linkCase(item);
      const runs = REDUCTIONS.map((reductions) => check(program, cpus, reductions));
      expect(runs.map(({ verdict }) => verdict)).toEqual(["proved", "proved", "proved", "proved"]);
      const [none, , partialOrder] = runs;
      expect(partialOrder?.states).toBeLessThan(none?.states ?? 0);
      expect([...(partialOrder?.finals.keys() ?? [])].sort()).toEqual(
        [...(none?.finals.keys() ?? [])].sort(),
      );
    },
  );

  test.each(
    MUTANTS.filter(({ scenario }) => cheap.some((c) => c.scenario === scenario)).map(
      (m) => [caseName(m), m] as const,
    ),
  )("%s: violated with and without", (_, item) => {
    const { program, cpus } = linkCase(item);
    const verdicts = REDUCTIONS.map((reductions) => check(program, cpus, reductions).verdict);
    for (const verdict of verdicts) expect(verdict).not.toMatch(/proved|bounded/);
  });
});

describe("random machines", () => {
  const RUNS: Readonly<Record<RandomMachine["kind"], number>> = { bare: 120, scheduled: 60, symmetric: 100 };

  test.each(KINDS)("%s", (kind) => {
    let skipped = 0;
    let violated = 0;
    const property = fc.property(
      fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 40, size: "max" }),
      (choices) => {
        const { source, cpus } = randomMachine(kind, choices);
        const found = compare(compileKts(source), cpus, SMALL / 2, kind !== "scheduled");
        if (found.skipped) skipped++;
        if (found.naive.broken.size > 0) violated++;
        expect(found.complaint === undefined ? "" : `${found.complaint}\n${source}`).toBe("");
      },
    );
    fc.assert(property, { seed: 7, numRuns: RUNS[kind] });
    // Most must have been compared, and some must be wrong: else the test would test nothing.
    expect(skipped).toBeLessThan(RUNS[kind] * 0.4);
    expect(violated).toBeGreaterThan(RUNS[kind] * 0.03);
  });
});
