/**
 * Writes docs/unpublished-figures.md: what the simulator says where nobody has published a measurement.
 *
 *     npm run figures
 *
 * Every scheme on every machine, 2 to 4096 CPUs, as `lazytlb sim` does it; each section names the command. Then, for one
 * headline per question, what an error of 30 % in each constant of the machine does to it. Up to 128 CPUs, and for the
 * headlines, three seeds. Takes four to five minutes of one core.
 */

import { readdirSync, writeFileSync } from "node:fs";
import { InputError } from "../src/base/input_error.ts";
import { createEngines } from "../src/cli/instruments.ts";
import type { SimResult } from "../src/evidence/simulation.ts";
import { seconds, shortCount } from "../src/report/format.ts";
import { FIGURES, type FigureName } from "../src/sim/mp/figures.ts";
import type { ScalableName } from "../src/sim/mp/profile.ts";

const SIZES = [2, 16, 128, 1024, 4096];
const SEEDS = [1, 2, 3];
/** Machines of up to so many CPUs are simulated with each seed, larger ones with the first. */
const CHEAP = 128;
const MACHINES = readdirSync("model/machines").map((file) => file.replace(".json", ""));
const SCHEMES = [
  "refcount",
  "cached-ref",
  "loaded-mm",
  "hazard-pointers",
  "lazy-handoff",
  "exit-flush",
  "rcu-teardown",
  "cpumask-refcount",
  "shoot-lazies",
  "no-lazy",
];

/** One figure of a run, as a table has it. */
interface Column {
  readonly title: string;
  /** Undefined where nothing of the kind happened. */
  value(result: SimResult): number | undefined;
  text(value: number): string;
}

interface Question {
  readonly title: string;
  readonly text: string;
  /** By number of CPUs: larger machines take longer until something has happened. */
  readonly workload: (cpus: number) => string;
  readonly columns: readonly Column[];
  readonly headline: Headline;
}

/** The figure whose sensitivity is given. */
interface Headline {
  readonly title: string;
  readonly machine: string;
  readonly cpus: number;
  readonly schemes: readonly string[];
  of(...results: readonly SimResult[]): number;
  text(value: number): string;
}

const NOTHING = "–";
const happened = (n: number, value: number): number | undefined => (n === 0 ? undefined : value);
const perOperation = (r: SimResult, n: number): number | undefined =>
  happened(r.operations, n / r.operations);
const ipiCount = (r: SimResult): number => Object.values(r.ipis).reduce((a, b) => a + b, 0);
const rateOf = (r: SimResult): number => r.operations / r.seconds;
const micros = (s: number): string => `${(1e6 * s).toPrecision(3)} µs`;
const tenths = (n: number): string => n.toFixed(1);

const rate: Column = { title: "operations per second", value: rateOf, text: shortCount };
const exitMedian: Column = {
  title: "time in exit_mm, median",
  value: (r) => happened(r.exitLatency.count, r.exitLatency.p50),
  text: seconds,
};
const exitTail: Column = {
  title: "time in exit_mm, 99 %",
  value: (r) => happened(r.exitLatency.count, r.exitLatency.p99),
  text: seconds,
};
const deadMean: Column = {
  title: "dead mms kept, mean over time",
  value: (r) => r.dead.mean,
  text: (mean) => (mean === 0 ? "0" : mean.toPrecision(2)),
};

const QUESTIONS: readonly Question[] = [
  {
    title: "How do fork and exit scale, and how many dead mms stay?",
    text: "16 parents, each with one child at a time, on machines of growing size: what an exit costs more because there are more CPUs to ask, and what stays behind.",
    workload: () => "fork_exit:parents=16,ms=5",
    columns: [rate, exitMedian, exitTail, deadMean],
    headline: {
      title: "median of an exit under hazard-pointers, 1024 CPUs of epyc-9654-2s",
      machine: "epyc-9654-2s",
      cpus: 1024,
      schemes: ["hazard-pointers"],
      of: (r) => r?.exitLatency.p50 ?? 0,
      text: micros,
    },
  },
  {
    title: "How long does an exit wait for IPIs, and whom does it wake?",
    text: "4 processes that have been on every CPU exit together: the worst case for schemes that look for lazy CPUs when an mm dies.",
    workload: (cpus) => `walk_exit:walkers=4,ms=${cpus <= 16 ? 10 : cpus <= 128 ? 20 : cpus / 8}`,
    columns: [
      exitTail,
      { title: "IPIs per exit", value: (r) => perOperation(r, ipiCount(r)), text: tenths },
      {
        title: "from sending IPIs to the last answer, 99 %",
        value: (r) => happened(r.ipiLatency.count, r.ipiLatency.p99),
        text: seconds,
      },
      { title: "idle CPUs woken per exit", value: (r) => perOperation(r, r.wakeups.byIpi), text: tenths },
      {
        title: "wake-ups from the deep idle state, per exit",
        value: (r) => perOperation(r, r.wakeups.deep),
        text: tenths,
      },
      {
        title: "until a dead mm is freed, median",
        value: (r) => happened(r.dead.kept.count, r.dead.kept.p50),
        text: seconds,
      },
      deadMean,
    ],
    headline: {
      title: "from sending IPIs to the last answer (99 %) under shoot-lazies, 128 CPUs of power8-e880",
      machine: "power8-e880",
      cpus: 128,
      schemes: ["shoot-lazies"],
      of: (r) => r?.ipiLatency.p99 ?? 0,
      text: micros,
    },
  },
  {
    title: "What does switching through idle gain, on arm64 and elsewhere?",
    text: "Pairs of threads of one process, half as many as CPUs, free to go anywhere: every byte is a switch out of idle on one CPU and into idle on another.",
    workload: () => "context_switch1:placement=any,ms=1",
    columns: [rate],
    headline: {
      title: "hazard-pointers over refcount, messages per second, 128 CPUs of ampere-altra-128",
      machine: "ampere-altra-128",
      cpus: 128,
      schemes: ["hazard-pointers", "refcount"],
      of: (a, b) => (a === undefined || b === undefined ? 0 : rateOf(a) / rateOf(b)),
      text: (ratio) => `× ${ratio.toFixed(2)}`,
    },
  },
];

// ---- tables ---------------------------------------------------------------------------------------------------

const engines = createEngines();

/** One run per seed; none where the scheme does not fit the architecture. */
function run(machine: string, scheme: string, workload: string, cpus: number): readonly SimResult[] {
  const seeds = cpus <= CHEAP ? SEEDS : SEEDS.slice(0, 1);
  try {
    return seeds.map((seed) => engines.simulate({ scheme, machine, workload, cpus, config: {}, seed }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`${scheme} on ${machine}: ${error.message}\n`);
    return [];
  }
}

/** Seeds that differ by less are not told apart. */
const APART = 0.05;

/** The median of the seeds, and how far they go where they go far. */
function cell({ value, text }: Column, results: readonly SimResult[]): string {
  if (results.some(({ faults }) => faults.length > 0)) return "faults";
  const values = results.map(value).filter((each) => each !== undefined);
  return values.length === 0 ? NOTHING : spread(values, text);
}

function spread(values: readonly number[], text: (value: number) => string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 0;
  const [low = middle, high = middle] = [sorted[0], sorted.at(-1)];
  const apart = high - low > APART * middle && text(low) !== text(high);
  return apart ? `${text(middle)} (${text(low)} to ${text(high)})` : text(middle);
}

function tables(question: Question, machine: string): string[] {
  const rows = SCHEMES.map((scheme) => ({
    scheme,
    results: SIZES.map((cpus) => run(machine, scheme, question.workload(cpus), cpus)),
  }));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return question.columns.flatMap((column) => [
    "",
    line([column.title, ...SIZES.map((cpus) => `${cpus} CPUs`)]),
    line(["---", ...SIZES.map(() => "---:")]),
    ...rows.map(({ scheme, results }) => line([scheme, ...results.map((result) => cell(column, result))])),
  ]);
}

function section(question: Question): string[] {
  const specs = [...new Set(SIZES.map((cpus) => question.workload(cpus)))].map((spec) => `\`${spec}\``);
  const parts = MACHINES.flatMap((machine) => {
    process.stderr.write(`${question.title} ${machine}\n`);
    return ["", `### ${machine}`, ...tables(question, machine)];
  });
  const command = `\`lazytlb sim SCHEME --machine MACHINE --cpus N --workload W\`, W being ${specs.join(", ")}`;
  return ["", `## ${question.title}`, "", question.text, "", command, ...sensitivity(question), ...parts];
}

// ---- sensitivity ----------------------------------------------------------------------------------------------

const CONSTANTS: readonly ScalableName[] = [...(Object.keys(FIGURES) as FigureName[]), "stay"];
/** Less than this is not worth a line. */
const FELT = 0.02;

function sensitivity({ headline, workload }: Question): string[] {
  const { machine, cpus, schemes } = headline;
  const value = (scale?: { readonly name: ScalableName; readonly factor: number }, seed = 1): number =>
    headline.of(
      ...schemes.map((scheme) =>
        engines.simulate({
          scheme,
          machine,
          workload: workload(cpus),
          cpus,
          config: {},
          seed,
          ...(scale === undefined ? {} : { scale }),
        }),
      ),
    );
  const bySeed = SEEDS.map((seed) => value(undefined, seed));
  const here = bySeed[0] ?? Number.NaN;
  const rows = CONSTANTS.map((name) => ({
    name,
    low: value({ name, factor: 0.7 }),
    high: value({ name, factor: 1.3 }),
  }));
  const reach = ({ low, high }: { readonly low: number; readonly high: number }): number =>
    Math.max(Math.abs(low - here), Math.abs(high - here)) / here;
  const felt = rows.filter((row) => reach(row) >= FELT).sort((a, b) => reach(b) - reach(a));
  const all = rows.flatMap(({ low, high }) => [low, high]);
  return [
    "",
    `Headline: ${headline.title}: **${headline.text(here)}** (three seeds: ${headline.text(Math.min(...bySeed))} to ${headline.text(Math.max(...bySeed))}); with any one constant 30 % off, ${headline.text(Math.min(...all))} to ${headline.text(Math.max(...all))}.`,
    "",
    "| with this constant | 30 % lower | 30 % higher |",
    "| --- | ---: | ---: |",
    ...felt.map(({ name, low, high }) => `| ${name} | ${headline.text(low)} | ${headline.text(high)} |`),
    "",
    `Every other constant changes it by less than ${100 * FELT} %.`,
  ];
}

// ---- the document ---------------------------------------------------------------------------------------------

const HEAD = [
  "# Figures that nobody has published",
  "",
  "Written by `npm run figures`; do not edit. Every figure is a simulation (`docs/simulator.md` says what that means),",
  "none a measurement. Latencies of the machines are partly assumed (`lazytlb machines --json` says which), machines",
  "of more CPUs than the profile has are more nodes of the same kind, and `lazytlb sim --published` shows how far off the",
  "simulator can be. Read the order of magnitude and the shape over CPUs, not the digits. Up to 128 CPUs a figure is",
  "the median of three seeds, with their range where they differ by more than 5 %; larger machines are simulated with one. What an",
  "error of 30 % in a constant does is given for one headline of each question.",
  "",
  "`faults`: the scheme breaks on the machine's architecture in this very run (`shoot-lazies` needs an mm_cpumask that is",
  "cleared no earlier than active_mm, which neither arm64 nor x86 up to 6.13 has). No faults is no proof: `lazytlb compare`",
  "says what is sound where. `–`: nothing of the kind happened in the window. Of the schemes that `lazytlb schemes` lists,",
  "lightweight and exit-flush-forced are not here.",
  "",
  "| machine | what it is |",
  "| --- | --- |",
];

const catalogue = engines.catalogue.machines;
const machines = MACHINES.map((name) => {
  const found = catalogue.find((each) => each.name === name);
  return `| ${name} | ${found?.title ?? ""}, ${found?.arch ?? ""} |`;
});
const lines = [...HEAD, ...machines];
for (const question of QUESTIONS) {
  lines.push(...section(question));
  writeFileSync("docs/unpublished-figures.md", `${lines.join("\n")}\n`);
}
