/**
 * Writes docs/unpublished-figures.md: what the simulator says where nobody has published a measurement.
 *
 *     npm run figures
 *
 * Runs the command line as a user would (`lazytlb sim … --json`), one run per question and machine, and makes tables of
 * the evidence. The document names each command, so that every figure can be had again.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { SimResult } from "../src/evidence/simulation.ts";
import type { Evidence } from "../src/evidence/types.ts";
import { seconds, shortCount } from "../src/report/format.ts";

const SIZES = "16,128,1024";
const MACHINES = ["epyc-9654-2s", "power8-e880", "ampere-altra-128"];
const SCHEMES = ["refcount", "cached-ref", "hazard-pointers", "lazy-handoff", "shoot-lazies", "no-lazy"];
/** Schemes that need mm_cpumask are not sound where it is not kept. */
const UNSOUND: Readonly<Record<string, readonly string[]>> = {
  "ampere-altra-128": ["shoot-lazies"],
  "epyc-9654-2s": ["shoot-lazies"],
};

interface Column {
  readonly title: string;
  of(result: SimResult): string;
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly workload: string;
  readonly columns: readonly Column[];
}

const time = (n: number, s: number): string => (n === 0 ? "–" : seconds(s));
const rate: Column = { title: "per second", of: (r) => shortCount(r.operations / r.seconds) };
const exit: readonly Column[] = [
  { title: "exit, median", of: (r) => time(r.exitLatency.count, r.exitLatency.p50) },
  { title: "exit, 99 %", of: (r) => time(r.exitLatency.count, r.exitLatency.p99) },
];
const ipiCount = (r: SimResult): number => Object.values(r.ipis).reduce((a, b) => a + b, 0);

const QUESTIONS: readonly Question[] = [
  {
    title: "How do fork and exit scale?",
    text: "16 parents, each with one child at a time, on machines of growing size: what an exit costs more because there are more CPUs to ask.",
    workload: "fork_exit:parents=16,ms=10",
    columns: [rate, ...exit],
  },
  {
    title: "How long does an exit wait for IPIs, and whom does it wake?",
    text: "8 processes that have been on every CPU exit together: the worst case for schemes that look for lazy CPUs when an mm dies.",
    workload: "walk_exit:walkers=8,ms=60",
    columns: [
      ...exit,
      {
        title: "IPIs per exit",
        of: (r) => (r.operations === 0 ? "–" : (ipiCount(r) / r.operations).toFixed(1)),
      },
      { title: "IPI round, 99 %", of: (r) => time(r.ipiLatency.count, r.ipiLatency.p99) },
      {
        title: "idle CPUs woken per exit",
        of: (r) => (r.operations === 0 ? "–" : (r.wakeups.byIpi / r.operations).toFixed(1)),
      },
      { title: "deep wake-ups", of: (r) => shortCount(r.wakeups.deep) },
      { title: "dead mms, most", of: (r) => shortCount(r.dead.most) },
      { title: "dead for, median", of: (r) => time(r.dead.kept.count, r.dead.kept.p50) },
      { title: "dead at the end", of: (r) => shortCount(r.dead.atEnd) },
    ],
  },
  {
    title: "What does switching through idle gain, on arm64 and elsewhere?",
    text: "Pairs of threads of one process, half as many as CPUs, free to go anywhere: every byte is a switch out of idle on one CPU and into idle on another.",
    workload: "context_switch1:placement=any,ms=2",
    columns: [rate],
  },
];

function run(machine: string, workload: string): readonly SimResult[] {
  const schemes = SCHEMES.filter((scheme) => !(UNSOUND[machine] ?? []).includes(scheme));
  const args = ["sim", ...schemes, "--machine", machine, "--workload", workload, "--cpus", SIZES, "--json"];
  const { stdout, stderr, status } = spawnSync(process.execPath, ["dist/cli/main.js", ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`lazytlb ${args.join(" ")}: status ${status}\n${stderr}`);
  return (JSON.parse(stdout) as Evidence).simulations ?? [];
}

function tableOf(question: Question, results: readonly SimResult[]): string[] {
  const heads = ["scheme", "CPUs", ...question.columns.map(({ title }) => title)];
  const rows = [...results]
    .sort((a, b) => SCHEMES.indexOf(a.scheme) - SCHEMES.indexOf(b.scheme) || a.cpus - b.cpus)
    .map((r) => [r.scheme, String(r.cpus), ...question.columns.map(({ of }) => of(r))]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = line(heads.map((_, i) => (i === 0 ? "---" : "---:")));
  return [line(heads), rule, ...rows.map(line)];
}

function section(question: Question): string[] {
  const parts = MACHINES.flatMap((machine) => {
    process.stderr.write(`${question.workload} on ${machine}\n`);
    const table = tableOf(question, run(machine, question.workload));
    return [
      "",
      `**${machine}** (\`--machine ${machine} --workload ${question.workload} --cpus ${SIZES}\`)`,
      "",
      ...table,
    ];
  });
  return ["", `## ${question.title}`, "", question.text, ...parts];
}

const HEAD = [
  "# Figures that nobody has published",
  "",
  "Written by `npm run figures`; do not edit. Every figure is a simulation (`docs/simulator.md` says what that means),",
  "none a measurement. Latencies of the machines are partly assumed (`lazytlb machines --json` says which), machines",
  "of more CPUs than the profile has are more nodes of the same kind, and rows 4 and 9 of `lazytlb sim --published` show",
  "how far off the simulator can be. Read the order of magnitude and the shape over CPUs, not the digits. One seed;",
  "what an error of 30 % in a latency does is in `lazytlb sim --published --sensitivity` for the published rows only.",
  "",
  "Schemes that are not sound on an architecture are left out there: shoot-lazies needs mm_cpumask, which arm64 does not",
  "keep, and x86 up to 6.13 clears while active_mm still names the mm.",
];

const sections = QUESTIONS.flatMap(section);
writeFileSync("docs/unpublished-figures.md", `${[...HEAD, ...sections].join("\n")}\n`);
