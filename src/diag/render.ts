/**
 * Diagnostics as text, in the form that editors and terminals turn into links:
 *
 *     schemes/mine.ts:12:15: error[kts-closure]: an arrow function is outside Kernel TypeScript
 *        12 |   const drop = () => mmdrop(mm);
 *           |                ^^^^^^^^^^^^^^^^
 *       why: calls are inlined …
 *       instead: declare a top-level function …
 */

import type { Diagnostic } from "./diagnostic.ts";

/** The longest part of a source line that is shown. */
const WIDEST = 110;
/** How much of a longer line is shown before the place. */
const LEAD = 60;

/** One diagnostic, without a line break at the end. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, id, message, why, instead } = diagnostic;
  const lines = [`${file}:${line}:${column}: error[${id}]: ${message}`, ...excerpt(diagnostic)];
  if (why !== undefined) lines.push(`  why: ${why}`);
  if (instead !== undefined) lines.push(`  instead: ${instead}`);
  return lines.map(harmless).join("\n");
}

/** A source may hold what a terminal takes for commands; a column stays a column. */
const harmless = (line: string): string => line.replace(/(?![\t\n])\p{Cc}/gu, "\ufffd");

/** All of them, one after the other. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(renderDiagnostic).join("\n");
}

/** The source line, or what is around the place in a long one, with carets under the span. Tabs stay tabs: they line up. */
function excerpt({ source, line, column, length }: Diagnostic): string[] {
  if (source.trim() === "") return [];
  const from = source.length <= WIDEST ? 0 : Math.max(0, column - 1 - LEAD);
  const shown = source.slice(from, from + WIDEST);
  const before = from === 0 ? "" : "…";
  const after = from + WIDEST < source.length ? "…" : "";
  const number = String(line).padStart(5);
  const indent = `${before}${shown.slice(0, column - 1 - from)}`.replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, shown.length - (column - 1 - from))));
  return [`${number} | ${before}${shown}${after}`, `${" ".repeat(5)} | ${indent}${carets}`];
}
