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

/** One diagnostic, without a line break at the end. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, id, message, why, instead } = diagnostic;
  const lines = [`${file}:${line}:${column}: error[${id}]: ${message}`, ...excerpt(diagnostic)];
  if (why !== undefined) lines.push(`  why: ${why}`);
  if (instead !== undefined) lines.push(`  instead: ${instead}`);
  return lines.join("\n");
}

/** All of them, one after the other. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(renderDiagnostic).join("\n");
}

/** The source line with carets under the span. Tabs stay tabs, so that the carets line up. */
function excerpt({ source, line, column, length }: Diagnostic): string[] {
  if (source.trim() === "") return [];
  const number = String(line).padStart(5);
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, source.length - column + 1)));
  return [`${number} | ${source}`, `${" ".repeat(5)} | ${indent}${carets}`];
}
