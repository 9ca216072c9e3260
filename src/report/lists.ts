/** The lists of what there is: schemes and scenarios. */

import type { ArchSupport, ScenarioInfo, SchemeInfo } from "../evidence/types.ts";
import { count } from "./format.ts";
import { table } from "./table.ts";
import { cut, paragraph, printable, wrap } from "./text.ts";

/** One block per scheme: its name, what it does, what the head of its file says of it. */
export function schemeList(schemes: readonly SchemeInfo[], width: number): string {
  const blocks = schemes.map((scheme) => schemeBlock(scheme, width));
  return paragraph(blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])));
}

/** Width of the names of facts, indentation included. */
const FACT = 16;

function schemeBlock(scheme: SchemeInfo, width: number): string[] {
  const head = wrap(printable(`${scheme.name}: ${scheme.title}`), width, "    ");
  const summary =
    scheme.summary === "" ? [] : wrap(printable(scheme.summary), width - 4).map((line) => `    ${line}`);
  const facts = schemeFacts(scheme).flatMap(([name, text]) => {
    const lines = wrap(printable(text), width - FACT);
    return lines.map((line, index) => (index === 0 ? `    ${name}` : "").padEnd(FACT) + line);
  });
  return [...head, ...summary, ...facts];
}

/** Facts in the order of the file, what it does not claim, and the file. */
function schemeFacts(scheme: SchemeInfo): [string, string][] {
  const notClaimed = Object.entries(scheme.notClaimed).map(([name, reason]) => `${name}: ${reason}`);
  const facts = Object.entries(scheme.facts).map(([name, text]): [string, string] => [
    cut(printable(name), FACT - 5),
    text,
  ]);
  return [
    ...facts,
    ...notClaimed.map((text): [string, string] => ["not claimed", text]),
    ...supportFacts(scheme.architectures ?? []),
    ["file", scheme.file],
  ];
}

/** Which architectures give what the scheme needs, and what the others lack; those that lack the same together. */
function supportFacts(architectures: readonly ArchSupport[]): [string, string][] {
  const groups = new Map<string, string[]>();
  for (const { arch, lacks } of architectures) {
    const key = lacks.map((lack) => `no ${lack}`).join("; ");
    groups.set(key, [...(groups.get(key) ?? []), arch]);
  }
  const given = groups.get("") ?? [];
  const lacking = [...groups]
    .filter(([lack]) => lack !== "")
    .map(([lack, names]) => `${names.join(", ")}: ${lack}`);
  return [
    ...(given.length === 0
      ? []
      : [
          [
            "given on",
            given.length === architectures.length ? "every architecture" : given.join(", "),
          ] satisfies [string, string],
        ]),
    ...lacking.map((text): [string, string] => ["lacking on", text]),
  ];
}

/** The same in one cell. */
function supportCell({ architectures = [] }: SchemeInfo): string {
  const facts = supportFacts(architectures);
  return facts.length === 0 ? "–" : facts.map(([name, text]) => `${name} ${text}`).join("; ");
}

export function scenarioList(scenarios: readonly ScenarioInfo[], width: number): string {
  const columns = [
    { title: "scenario", align: "left", shrinkTo: 12 },
    { title: "CPUs", align: "right" },
    { title: "what happens", align: "left", shrinkTo: 20 },
  ] as const;
  return paragraph(table(columns, scenarioRows(scenarios), width));
}

export function scenarioRows(scenarios: readonly ScenarioInfo[]): string[][] {
  return scenarios.map(({ name, cpus, minCpus, maxCpus, title }) => {
    const range = minCpus === maxCpus ? count(cpus) : `${count(minCpus)}–${count(maxCpus)}`;
    return [name, range, title];
  });
}

export const SCHEME_HEADS = [
  "scheme",
  "title",
  "what it does",
  "origin",
  "status",
  "state",
  "per switch",
  "at exit",
  "requires",
  "architectures",
] as const;

export function schemeRows(schemes: readonly SchemeInfo[]): string[][] {
  return schemes.map((scheme) => {
    const { name, title, summary, facts } = scheme;
    const tags = ["origin", "status", "state", "switch-cost", "exit-cost", "requires"];
    return [name, title, summary, ...tags.map((tag) => facts[tag] ?? "–"), supportCell(scheme)];
  });
}
