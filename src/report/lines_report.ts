/** What `check SCHEME --mutate` prints of its lines: what was weakened, and which scenario broke. */

import type { LineOutcome } from "../evidence/types.ts";
import { count, plural } from "./format.ts";
import { type Column, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";

const COLUMNS: readonly Column[] = [
  { title: "place", align: "left", shrinkTo: 24 },
  { title: "function", align: "left", shrinkTo: 12 },
  { title: "weakened", align: "left", shrinkTo: 20 },
  { title: "needed in", align: "left", shrinkTo: 12 },
  { title: "breaks", align: "left", shrinkTo: 6 },
  { title: "steps", align: "right" },
];

export function linesReport(lines: readonly LineOutcome[], width: number): string {
  if (lines.length === 0) return "";
  return paragraph(["", ...table(COLUMNS, lines.map(lineRow), width), "", ...summary(lines, width)]);
}

function lineRow({ file, line, func, text, needed, tried, bounded }: LineOutcome): string[] {
  const nowhere =
    bounded > 0 ? `not found (${tried} tried, ${bounded} bounded)` : `no scenario (${tried} tried)`;
  return [
    `${file.split("/").at(-1)}:${line}`,
    func,
    text,
    needed?.scenario ?? nowhere,
    needed?.property ?? "–",
    needed === undefined ? "–" : count(needed.steps),
  ];
}

function summary(lines: readonly LineOutcome[], width: number): string[] {
  const needed = lines.filter((line) => line.needed !== undefined).length;
  const models = [...new Set(lines.map((line) => line.model))].join(", ");
  const words =
    `${needed} of ${plural(lines.length, "line")} needed under ${models}: without the line as it is, that scenario breaks. ` +
    "Of the others no scenario within the bound tells: the line may be superfluous, ordered by something else under this " +
    "memory model, or needed for a property that no scenario looks at. To see an execution: --mutate ID, with the ids from --json";
  return wrap(printable(words), width, "  ");
}
