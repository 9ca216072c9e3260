/**
 * What a memory that is an execution graph costs: the checker's machine on graphs, beside the same machine on one value per
 * cell (sc) and on store buffers (tso), which answer the same question in their own way.
 *
 *     npx tsx bench/weak.ts [SCHEME [SCENARIO… | all]]
 *
 * Per scenario and model: verdict, states, CPU seconds, states per second, and how many times as long as the engine of its
 * own takes under the same model. Each runs twice, the second run counts. CPU time of this process; run it alone for
 * figures worth quoting.
 */

import { checkProgram } from "../src/check/states/check.ts";
import { readCatalogue } from "../src/cli/catalogue.ts";
import { loadNamedModel } from "../src/cli/litmus/model.ts";
import { modelFolder, specimenHost } from "../src/cli/specimen_host.ts";
import type { CheckResult } from "../src/evidence/types.ts";
import type { Program } from "../src/ir/types.ts";
import { linkCase } from "../test/check/programs.ts";

const GRAPH_MODELS = ["sc", "tso", "aarch64", "power", "lkmm"] as const;
const DEFAULT_CASES = ["exit-remote-lazy", "exit-last-cpu", "mm-no-vmas", "mmdrop-elsewhere", "oom-reaper"];
const LIMITS = { states: 400_000, bytes: 2_000_000_000 };

const models = new Map(GRAPH_MODELS.map((name) => [name, loadNamedModel(name).model]));

interface Measured {
  readonly result: CheckResult;
  readonly seconds: number;
}

function main(): void {
  const [scheme = "refcount", ...names] = process.argv.slice(2);
  const { scenarios } = readCatalogue(modelFolder(), specimenHost());
  const all = scenarios.map(({ name }) => name);
  const chosen = names.length === 0 ? DEFAULT_CASES : names[0] === "all" ? all : names;
  console.log(`scheme ${scheme}, architecture generic`);
  console.log(
    "scenario                    memory          verdict                     states   CPU s  states/s  × own",
  );
  for (const name of chosen) compare(scheme, name, scenarios.find((each) => each.name === name)?.cpus ?? 2);
}

function compare(scheme: string, scenario: string, cpus: number): void {
  const { program } = linkCase({ scheme, scenario });
  const own = { sc: measure(program, scenario, cpus, "sc"), tso: measure(program, scenario, cpus, "tso") };
  print(scenario, "sc, values", own.sc, undefined);
  print(scenario, "tso, buffers", own.tso, undefined);
  for (const name of GRAPH_MODELS) {
    const peer = name === "sc" ? own.sc : own.tso;
    print(scenario, `${name}, graphs`, measure(program, scenario, cpus, name, true), peer);
  }
}

function measure(
  program: Program,
  scenario: string,
  cpus: number,
  name: (typeof GRAPH_MODELS)[number],
  graphs = false,
): Measured {
  const model = models.get(name);
  const memory =
    graphs && model !== undefined ? { graphs: { name, model } } : { model: name as "sc" | "tso" };
  const run = (): Measured => {
    const before = process.cpuUsage();
    const result = checkProgram(
      program,
      { scheme: "", scenario, arch: "generic" },
      { cpus, limits: LIMITS, partialOrder: true, symmetry: false, now: () => 0, ...memory },
    );
    const { user, system } = process.cpuUsage(before);
    return { result, seconds: (user + system) / 1e6 };
  };
  run();
  return run();
}

function print(
  scenario: string,
  memory: string,
  { result, seconds }: Measured,
  peer: Measured | undefined,
): void {
  const { verdict, search } = result;
  const said = verdict.kind === "bounded" ? `bounded: ${verdict.limit}` : verdict.kind;
  const ratio = peer === undefined ? "" : (seconds / peer.seconds).toFixed(1);
  console.log(
    scenario.padEnd(28) +
      memory.padEnd(16) +
      said.padEnd(24) +
      String(search.states).padStart(10) +
      seconds.toFixed(2).padStart(8) +
      String(Math.round(search.states / seconds)).padStart(10) +
      ratio.padStart(7),
  );
}

main();
