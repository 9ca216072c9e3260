/** What `check --coverage` adds: figures per scheme and per file, and every line that no scenario executes. */

import {
  type Coverage,
  type CoverageGap,
  type CoveragePart,
  type FileCoverage,
  isOpen,
  openGaps,
} from "../evidence/coverage.ts";
import { count, plural, share } from "./format.ts";
import { type Column, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";

export const PART_HEADS = [
  "scheme",
  "architecture",
  "kernel lines",
  "scheme lines",
  "not explained",
] as const;
export const FILE_HEADS = ["file", "lines", "executed", "not explained", "explained", "not built"] as const;

export function coverageReport(coverage: Coverage, width: number): string {
  const parts = table(columnsOf(PART_HEADS, 2), coverage.parts.map(partRow), width);
  const files = table(columnsOf(FILE_HEADS, 1), coverage.whole.map(fileRow), width);
  const gaps = gapLines(coverage.whole).flatMap((line) => wrap(printable(line), width, "    "));
  if (gaps.length > 0) gaps.push("");
  return paragraph([
    "",
    ...parts,
    "",
    ...files,
    "",
    ...gaps,
    ...wrap(coverageSentence(coverage), width, "  "),
  ]);
}

function columnsOf(heads: readonly string[], texts: number): Column[] {
  return heads.map((title, index) =>
    index < texts ? { title, align: "left", shrinkTo: 10 } : { title, align: "right" },
  );
}

export function partRow({ scheme, arch, files, bounded }: CoveragePart): string[] {
  const figure = (some: readonly FileCoverage[]): string => {
    const [executed, lines] = [sum(some, (file) => file.executed), sum(some, (file) => file.lines)];
    return `${count(executed)}/${count(lines)} ${share(executed, lines)}`;
  };
  const [kernel, own] = [files.filter(isKernel), files.filter((file) => !isKernel(file))];
  const open = count(openGaps(files).length) + (bounded > 0 ? ` (${bounded} bounded)` : "");
  return [scheme, arch, figure(kernel), figure(own), open];
}

export function fileRow({ file, lines, executed, gaps }: FileCoverage): string[] {
  const open = gaps.filter(isOpen).length;
  const absent = gaps.filter(({ kind }) => kind === "not built").length;
  return [file, lines, executed, open, gaps.length - absent - open, absent].map((cell) =>
    typeof cell === "number" ? count(cell) : cell,
  );
}

const isKernel = ({ file }: FileCoverage): boolean => file.startsWith("kernel/");

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((n, item) => n + figure(item), 0);
}

/** The gaps that programs have, one line each. */
export function gapLines(files: readonly FileCoverage[]): string[] {
  return files.flatMap(({ file, gaps }) =>
    gaps.filter(({ kind }) => kind !== "not built").map((gap) => gapText(file, gap)),
  );
}

function gapText(file: string, { line, column, func, kind, text, reason }: CoverageGap): string {
  const place = `${file}:${line}${column === undefined ? "" : `:${column}`}`;
  return `${place} ${func}, ${kind}: ${text}${reason === undefined ? "" : ` [${reason}]`}`;
}

/** What it comes to, and what "not built" is. */
export function coverageSentence({ whole }: Coverage): string {
  const open = openGaps(whole).length;
  const [executed, lines] = [sum(whole, (file) => file.executed), sum(whole, (file) => file.lines)];
  const missing = open === 0 ? "every gap has its reason" : `${plural(open, "gap")} without a reason`;
  return (
    `coverage: ${count(executed)} of ${plural(lines, "line")} executed, ${missing}. Counted are lines of the kernel and the ` +
    "schemes with something that others can see, or a branch; a gap is such a line that no path executes, or a condition " +
    "that never came out one way. Not built: in none of these programs, by an architecture's constant, a build option or " +
    "a scheme's hook (--json lists them)"
  );
}
