/**
 * How fast the explicit-state checker is, and what its reductions save.
 *
 *     npx tsx bench/checker.ts [SCHEME [SCENARIO… | all]]
 *
 * Per scenario and setting: states, transitions, transitions per second of CPU time, bytes per state (packed, and all
 * in: hash, parent, table), and the factor in states against no reduction at all. The settings:
 *
 *     none        every visible op a step of its own, every state stored
 *     owned       accesses that only one CPU can make are swallowed by the step before (`src/world/ownership.ts`)
 *     + ample     one CPU at a time where nothing else can interfere (`src/check/states/ample.ts`)
 *     + symmetry  one state for all renamings of CPUs and tasks (`src/check/states/symmetry.ts`)
 *
 * Each setting runs twice, the second run counts: generated code has to warm up. CPU time of this process, not wall time: machines are shared. Run it alone for figures worth quoting.
 */

import { search } from "../src/check/states/search.ts";
import { findRenamings, loopsOverCpus } from "../src/check/states/symmetry.ts";
import { readCatalogue } from "../src/cli/catalogue.ts";
import { modelFolder, specimenHost } from "../src/cli/specimen_host.ts";
import type { Program } from "../src/ir/types.ts";
import { World } from "../src/world/world.ts";
import { linkCase } from "../test/check/programs.ts";

interface Setting {
  readonly name: string;
  readonly owned: boolean;
  readonly ample: boolean;
  readonly symmetry: boolean;
}

const SETTINGS: readonly Setting[] = [
  { name: "none", owned: false, ample: false, symmetry: false },
  { name: "owned", owned: true, ample: false, symmetry: false },
  { name: "+ ample", owned: true, ample: true, symmetry: false },
  { name: "+ symmetry", owned: true, ample: true, symmetry: true },
];

const LIMITS = { states: 6_000_000, bytes: 3_000_000_000 };
const DEFAULT_CASES: readonly (readonly [string, number])[] = [
  ["exit-remote-lazy", 2],
  ["exit-remote-lazy", 3],
  ["kthread-use-mm-lazy", 2],
  ["kernel-kernel-inherit-exit", 2],
  ["fork-exit", 2],
  ["user-kthread-user-other", 2],
];

function main(): void {
  const [scheme = "refcount", ...names] = process.argv.slice(2);
  const { scenarios } = readCatalogue(modelFolder(), specimenHost());
  const chosen = names[0] === "all" ? scenarios.map((scenario) => scenario.name) : names;
  const asked = chosen.map((name): [string, number] => [
    name,
    scenarios.find((s) => s.name === name)?.cpus ?? 2,
  ]);
  console.log(`scheme ${scheme}`);
  console.log(
    "scenario                    CPUs  setting      states       transitions  M/s    B packed  B all in  factor",
  );
  for (const [scenario, cpus] of asked.length === 0 ? DEFAULT_CASES : asked) bench(scheme, scenario, cpus);
}

function bench(scheme: string, scenario: string, cpus: number): void {
  const { program } = linkCase({ scheme, scenario });
  let unreduced: number | undefined;
  for (const setting of SETTINGS) {
    const world = worldFor(program, cpus, setting);
    const renamings = setting.symmetry ? findRenamings(world) : [];
    const run = (): ReturnType<typeof search> =>
      search(world, { limits: LIMITS, renamings, partialOrder: setting.ample });
    run();
    const before = process.cpuUsage();
    const found = run();
    const used = process.cpuUsage(before);
    const rate = found.transitions / (used.user + used.system);
    const complete = found.end.kind === "exhausted";
    unreduced ??= complete ? found.states : undefined;
    const factor = unreduced === undefined || !complete ? "-" : (unreduced / found.states).toFixed(1);
    const allIn = (found.peakBytes / found.states).toFixed(0);
    console.log(
      [
        scenario.padEnd(27),
        String(cpus).padStart(4),
        ` ${setting.name.padEnd(11)}`,
        `${found.states.toLocaleString("en")}${complete ? "" : "…"}`.padStart(11),
        found.transitions.toLocaleString("en").padStart(13),
        rate.toFixed(2).padStart(6),
        String(found.wordsPerState * 4).padStart(9),
        allIn.padStart(9),
        factor.padStart(7),
      ].join(" "),
    );
  }
}

function worldFor(program: Program, cpus: number, { owned, symmetry }: Setting): World {
  const world = new World(program, { cpus, anyOrder: false, partialOrder: owned });
  const anyOrder = symmetry && loopsOverCpus(world);
  return anyOrder ? new World(program, { cpus, anyOrder, partialOrder: owned }) : world;
}

main();
