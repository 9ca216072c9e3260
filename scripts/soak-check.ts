/**
 * Holds the checker against the naive engine for as long as asked: `npx tsx scripts/soak-check.ts [SECONDS [SEED]]`.
 *
 * The same comparisons as in `test/check/agreement.test.ts`, with ever new random machines and, first, with scenarios
 * that are too big for the tests. A failure prints the machine and what does not agree, and ends with status 1.
 */

import fc from "fast-check";
import { check, compare, disagreement, tryToExplore } from "../test/check/agree.ts";
import { CASES, caseName, compileKts, linkCase } from "../test/check/programs.ts";
import { KINDS, randomMachine } from "../test/check/random_machine.ts";

const SECONDS = Number(process.argv[2] ?? 600);
const SEED = Number(process.argv[3] ?? 1);
const RUNS_PER_ROUND = 100;
/** States of the naive engine, per scenario and per random machine. */
const SCENARIO_STATES = 400_000;
const MACHINE_STATES = 60_000;

function soakScenarios(end: number): void {
  for (const item of CASES) {
    if (performance.now() > end) return;
    const { program, cpus } = linkCase(item);
    const checked = check(program, cpus, { partialOrder: true, symmetry: false }, SCENARIO_STATES / 8);
    const options = { cpus, anyOrder: false, everyOp: false, forgetDead: true, limit: SCENARIO_STATES };
    const naive = checked.verdict === "bounded: states" ? undefined : tryToExplore(program, options);
    if (naive === undefined || !naive.complete) {
      console.log(`${caseName(item)}: too big, or not modelled`);
      continue;
    }
    const complaint = disagreement(naive, checked);
    if (complaint !== undefined) throw new Error(`${caseName(item)}: ${complaint}`);
    console.log(`${caseName(item)}: agreed, ${naive.states} states against ${checked.states}`);
  }
}

function soakMachines(seed: number): { compared: number; violated: number } {
  let compared = 0;
  let violated = 0;
  const choices = fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 60, size: "max" });
  for (const kind of KINDS) {
    const property = fc.property(choices, (list) => {
      const { source, cpus } = randomMachine(kind, list);
      const found = compare(compileKts(source), cpus, MACHINE_STATES, kind !== "scheduled");
      if (!found.skipped) compared++;
      if (found.naive.broken.size > 0) violated++;
      if (found.complaint !== undefined) throw new Error(`${found.complaint}\n${source}`);
    });
    fc.assert(property, { seed, numRuns: RUNS_PER_ROUND });
  }
  return { compared, violated };
}

const end = performance.now() + SECONDS * 1000;
soakScenarios(end);
for (let seed = SEED; performance.now() < end; seed++) {
  const { compared, violated } = soakMachines(seed);
  console.log(
    `seed ${seed}: ${compared} of ${RUNS_PER_ROUND * KINDS.length} machines compared, ${violated} violated`,
  );
}
