/**
 * Diagnostics: what is wrong with the user's text, where, why that is so, and what to write instead.
 *
 * Reporting never stops the compiler: a phase goes on with the next declaration, so that one run shows every error.
 * The same complaint at the same place is kept once (an error in a type is met again at each use), and the list is
 * sorted by file, line and column, so that the output does not depend on the order in which modules were visited.
 */

import { type CatalogueEntry, catalogue, type DiagnosticId } from "./catalogue.ts";
import { lineOf, type Span } from "./source.ts";

/** One complaint, complete without its source. */
export interface Diagnostic {
  readonly id: DiagnosticId;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters to underline, all on `line`. */
  readonly length: number;
  readonly message: string;
  /** The reason for the rule, if it needs one. */
  readonly why?: string;
  /** What to write instead, if there is something. */
  readonly instead?: string;
  /** The text of the line. */
  readonly source: string;
}

/** Values for the `{…}` of a catalogue entry. */
export type Details = Readonly<Record<string, string | number>>;

/** Collects the diagnostics of one compilation. */
export class Reporter {
  readonly #found = new Map<string, Diagnostic>();

  /** True once something was reported. */
  get failed(): boolean {
    return this.#found.size > 0;
  }

  report(id: DiagnosticId, at: Span, details: Details = {}): void {
    const diagnostic = fromCatalogue(id, at, details);
    const key = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}:${id}:${diagnostic.message}`;
    if (!this.#found.has(key)) this.#found.set(key, diagnostic);
  }

  /** Everything reported, sorted. The parser's word for something is dropped where we have one of our own. */
  all(): readonly Diagnostic[] {
    const found = [...this.#found.values()];
    const placeOf = ({ file, line, column }: Diagnostic) => `${file}:${line}:${column}`;
    const ours = new Set(found.filter(({ id }) => id !== "kts-syntax").map(placeOf));
    return found.filter((one) => one.id !== "kts-syntax" || !ours.has(placeOf(one))).sort(compare);
  }
}

/** One diagnostic of the catalogue at a place. */
export function fromCatalogue(id: DiagnosticId, at: Span, details: Details): Diagnostic {
  const entry: CatalogueEntry = catalogue[id];
  return {
    id,
    file: at.file.name,
    line: at.line,
    column: at.column,
    length: at.length,
    message: fill(entry.text, details),
    ...(entry.why === undefined ? {} : { why: fill(entry.why, details) }),
    ...(entry.instead === undefined ? {} : { instead: fill(entry.instead, details) }),
    source: lineOf(at.file, at.line),
  };
}

function fill(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

function compare(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.id < b.id ? -1 : 1);
}
