/**
 * The tables of docs/weak-protocols.md: what the searches over execution graphs find, scheme by scheme and mutation by
 * mutation.
 *
 *     npx tsx scripts/weak-verdicts.ts run FILE STATES MODEL@ARCH[,…] [SCHEME,…] [SCENARIO,…]
 *     npx tsx scripts/weak-verdicts.ts mutate FILE STATES MODEL[@ARCH][,…]
 *     npx tsx scripts/weak-verdicts.ts table FILE
 *
 * `run` and `mutate` append one line of JSON per check to FILE and skip what it has already; a search ends after STATES
 * states. Mutations run where their file says, else on ARCH, else at home: where the scheme's head says. `table` prints what FILE
 * holds as Markdown: nothing in the tables is typed by hand.
 */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { checkProgram, DEFAULT_LIMITS } from "../src/check/states/check.ts";
import { readCatalogue } from "../src/cli/catalogue.ts";
import { concessionFor } from "../src/cli/claims.ts";
import { loadNamedModel } from "../src/cli/litmus/model.ts";
import { modelFolder, specimenHost } from "../src/cli/specimen_host.ts";
import type { MutationInfo, Verdict } from "../src/evidence/types.ts";
import { linkCase, MUTANTS, SCENARIOS, SCHEMES, WEAK_MUTANTS } from "../test/check/programs.ts";

/** One check, as FILE has it. */
interface Line {
  readonly scheme: string;
  readonly scenario: string;
  readonly arch: string;
  readonly model: string;
  readonly mutation?: string;
  readonly states: number;
  readonly kind: Verdict["kind"];
  /** The limit of a bounded verdict, the property of a violated one. */
  readonly detail: string;
  readonly conceded: boolean;
}

type Job = Pick<Line, "scheme" | "scenario" | "arch" | "model" | "mutation">;

const catalogue = readCatalogue(modelFolder(), specimenHost());
const mutants = [...MUTANTS, ...WEAK_MUTANTS];

function main([what = "", file = "", ...rest]: readonly string[]): void {
  if (what === "table") {
    print(linesOf(file));
    return;
  }
  const [states = "10000", where = "", schemes = "", scenarios = ""] = rest;
  const settings = where.split(",").map((text) => text.split("@"));
  const jobs =
    what === "run"
      ? runs(settings, split(schemes, SCHEMES), split(scenarios, SCENARIOS))
      : mutations(settings);
  const done = new Set(linesOf(file).map(keyOf));
  for (const job of jobs)
    if (!done.has(keyOf(job))) appendFileSync(file, `${JSON.stringify(check(job, Number(states)))}\n`);
}

const split = (names: string, all: readonly string[]): readonly string[] =>
  names === "" ? all : names.split(",");

const keyOf = ({ scheme, scenario, arch, model, mutation = "" }: Job): string =>
  [scheme, scenario, arch, model, mutation].join(" ");

function linesOf(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

function runs(
  settings: readonly string[][],
  schemes: readonly string[],
  scenarios: readonly string[],
): Job[] {
  return settings.flatMap(([model = "", arch = "generic"]) =>
    schemes.flatMap((scheme) => scenarios.map((scenario) => ({ scheme, scenario, arch, model }))),
  );
}

function mutations(settings: readonly string[][]): Job[] {
  return mutants.flatMap(({ scheme, scenario, arch, mutation }) => {
    // A defect that shows in one scenario is shown.
    const first = mutants.find((other) => other.mutation.id === mutation.id)?.scenario === scenario;
    if (!first || arch.startsWith("x86")) return [];
    return settings.map(([model = "", other]) => {
      const home = catalogue.schemes.find(({ name }) => name === scheme)?.facts.arch ?? "generic";
      const here = arch === "generic" ? (other ?? home) : arch;
      return { scheme, scenario, arch: here, model, mutation: mutation.id };
    });
  });
}

function check(job: Job, states: number): Line {
  const mutant = mutants.find(({ mutation }) => mutation.id === job.mutation);
  const mutation = mutant?.mutation;
  const { program, cpus } = linkCase({
    scheme: job.scheme,
    scenario: job.scenario,
    arch: job.arch,
    ...(mutation && { mutation }),
  });
  const { verdict, search } = checkProgram(program, job, {
    cpus,
    limits: { ...DEFAULT_LIMITS, states },
    partialOrder: true,
    symmetry: true,
    now: () => 0,
    graphs: { name: job.model, model: loadNamedModel(job.model).model },
    ...(mutation && { accept: catalogue.mutations.find(({ id }) => id === mutation.id)?.violates ?? [] }),
  });
  const detail =
    verdict.kind === "violated"
      ? verdict.violation.property
      : verdict.kind === "bounded"
        ? verdict.limit
        : "";
  return { ...job, states: search.states, kind: verdict.kind, detail, conceded: isConceded(job) };
}

function isConceded(job: Job): boolean {
  const scheme = catalogue.schemes.find(({ name }) => name === job.scheme);
  const scenario = catalogue.scenarios.find(({ name }) => name === job.scenario);
  const claims = [scheme?.notClaimed, scenario?.notClaimed];
  return claims.some((known) => known !== undefined && concessionFor(known, job) !== undefined);
}

function print(lines: readonly Line[]): void {
  const plain = lines.filter(({ mutation }) => mutation === undefined);
  const settings = [...new Set(plain.map(({ model, arch }) => `${model}, ${arch}`))];
  console.log("| scheme | model, architecture | checks | proved | ended by a limit | violated |");
  console.log("|---|---|---|---|---|---|");
  for (const scheme of SCHEMES)
    for (const setting of settings) {
      const here = plain.filter(
        (line) => line.scheme === scheme && `${line.model}, ${line.arch}` === setting,
      );
      if (here.length > 0) console.log(row(scheme, setting, here));
    }
  const mutated = lines.filter(({ mutation }) => mutation !== undefined);
  if (mutated.length > 0) printMutations(mutated);
}

function row(scheme: string, setting: string, lines: readonly Line[]): string {
  const proved = lines.filter(({ kind }) => kind === "proved");
  const violated = lines.filter(({ kind }) => kind === "violated");
  const names = violated.map(
    ({ scenario, detail, conceded }) => `${scenario} (${detail}${conceded ? ", not claimed" : ""})`,
  );
  const limits = new Map<string, number>();
  for (const { kind, detail } of lines)
    if (kind === "bounded") limits.set(detail, (limits.get(detail) ?? 0) + 1);
  const cut = [...limits].map(([limit, n]) => `${n} (${limit})`).join(", ");
  return `| ${scheme} | ${setting} | ${lines.length} | ${proved.length} | ${cut || "–"} | ${names.join(", ") || "–"} |`;
}

function printMutations(lines: readonly Line[]): void {
  const models = [...new Set(lines.map(({ model }) => model))];
  console.log(`\n| mutation | scenario, architecture | ${models.join(" | ")} |`);
  console.log(`|---|---|${models.map(() => "---").join("|")}|`);
  for (const id of [...new Set(lines.map(({ mutation }) => mutation))]) {
    const here = lines.filter(({ mutation }) => mutation === id);
    const info = catalogue.mutations.find((each) => each.id === id);
    const cells = models.map((model) =>
      cell(
        here.find((line) => line.model === model),
        info,
      ),
    );
    const places = [...new Set(here.map(({ scenario, arch }) => `${scenario}, ${arch}`))];
    console.log(`| \`${id}\` | ${places.join("; ")} | ${cells.join(" | ")} |`);
  }
}

function cell(line: Line | undefined, info: MutationInfo | undefined): string {
  if (line === undefined) return "–";
  if (line.kind !== "violated")
    return line.detail === "states" ? `none in ${line.states}` : `none (${line.detail})`;
  return info?.violates.some((property) => property === line.detail) === true
    ? `**${line.detail}**`
    : `other: ${line.detail}`;
}

main(process.argv.slice(2));
