/** The lists of what there is: schemes and scenarios. */

import type { ScenarioInfo, SchemeInfo } from "../evidence/types.ts";
import { count } from "./format.ts";
import { table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";

/** One block per scheme: its name, what it does, where it stands. */
export function schemeList(schemes: readonly SchemeInfo[], width: number): string {
  const indent = "    ";
  const blocks = schemes.map((scheme) => {
    const details = [scheme.title, scheme.status, scheme.file].filter((text) => text !== "");
    const lines = details.flatMap((text) => wrap(printable(text), width - indent.length, "  "));
    return [printable(scheme.name), ...lines.map((line) => indent + line)];
  });
  return paragraph(blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])));
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
  return scenarios.map(({ name, cpus, title }) => [name, count(cpus), title]);
}

export function schemeRows(schemes: readonly SchemeInfo[]): string[][] {
  return schemes.map(({ name, title, status, file }) => [name, title, status, file]);
}
