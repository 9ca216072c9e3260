/** From what single checks have executed to figures per file, with the lines that none executes. */

import { joinExecuted } from "../check/executed.ts";
import { type SourceLines, sourceLines } from "../compile/statements.ts";
import type {
  Coverage,
  CoverageGap,
  CoveragePart,
  ExecutedBranch,
  ExecutedFile,
  FileCoverage,
} from "../evidence/coverage.ts";
import type { Engines, JobResult } from "./engines.ts";

/** The coverage of some checks, part by part and as a whole. */
export function coverageOf(results: readonly JobResult[], engines: Pick<Engines, "source">): Coverage {
  const sources = new Map<string, SourceLines>();
  const linesOf = (file: string): SourceLines => {
    const lines = sources.get(file) ?? sourceLines({ name: file, text: engines.source(file) });
    sources.set(file, lines);
    return lines;
  };
  const measure = (some: readonly JobResult[]): FileCoverage[] =>
    joinExecuted(some.map(({ executed = [] }) => executed))
      .filter(({ file }) => isSubject(file))
      .sort((a, b) => a.file.localeCompare(b.file))
      .map((file) => fileCoverage(file, linesOf(file.file)));
  const keys = [...new Set(results.map(keyOf))];
  const parts = keys.map((key) => {
    const some = results.filter((result) => keyOf(result) === key);
    return { ...partOf(some), files: measure(some) };
  });
  return { parts, whole: measure(results) };
}

const keyOf = ({ scheme, arch }: JobResult): string => `${scheme} ${arch}`;

function partOf(results: readonly JobResult[]): Omit<CoveragePart, "files"> {
  const [{ scheme, arch } = { scheme: "", arch: "" }] = results;
  const bounded = results.filter(({ verdict }) => verdict.kind === "bounded").length;
  return { scheme, arch, checks: results.length, bounded };
}

/** What is checked, as opposed to what sets it up or drives other instruments: the kernel and the schemes. */
function isSubject(file: string): boolean {
  return !/^(scenarios|arch|lib)\/|^kernel\/(boot|replay|simulate)\.ts$/.test(file);
}

export function fileCoverage(executed: ExecutedFile, source: SourceLines): FileCoverage {
  const ran = new Set(executed.ran);
  const gaps: CoverageGap[] = [];
  const add = (line: number, kind: CoverageGap["kind"], column?: number): void => {
    const reason = source.reasons.get(line);
    const text = (source.text[line] ?? "").replace(/\s*\/\/.*$/, "").trim();
    const func = source.funcs.get(line) ?? "";
    const more = { ...(column === undefined ? {} : { column }), ...(reason === undefined ? {} : { reason }) };
    gaps.push({ line, func, kind, text, ...more });
  };
  for (const line of executed.lines) if (!ran.has(line)) add(line, "unreached");
  for (const branch of executed.branches) if (ran.has(branch.line)) addWays(branch, add);
  const built = new Set(executed.built);
  for (const { line } of source.statements) if (!built.has(line)) add(line, "not built");
  gaps.sort((a, b) => a.line - b.line);
  return { file: executed.file, lines: executed.lines.length, executed: executed.ran.length, gaps };
}

/** A condition that was never evaluated, on a line that was, comes after one that decided before it. */
function addWays(
  { line, column, wasTrue, wasFalse }: ExecutedBranch,
  add: (line: number, kind: CoverageGap["kind"], column: number) => void,
): void {
  if (!wasTrue) add(line, "never true", column);
  if (!wasFalse) add(line, "never false", column);
}
