/**
 * Places in a specimen's text.
 *
 * A `SourceText` is one file as the compiler read it (patches applied). A `Span` is a stretch of it, with the line
 * and column counted from 1 as editors do. A span that covers several lines ends where its first line ends: a
 * diagnostic points at one line.
 */

/** A file's name and text. */
export interface SourceText {
  /** The specimen's name: relative to `model/`, or the path the user gave. */
  readonly name: string;
  readonly text: string;
}

/** A stretch of one line of a file. */
export interface Span {
  readonly file: SourceText;
  readonly line: number;
  readonly column: number;
  /** Characters, at least 1. */
  readonly length: number;
}

/** What a parser says about a node: lines from 1, columns from 0. */
export interface NodeLocation {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** The text of line `line`, without its line break. */
export function lineOf(file: SourceText, line: number): string {
  return file.text.split("\n")[line - 1]?.replace(/\r$/, "") ?? "";
}

/** The span of a parser's node. */
export function spanOf(file: SourceText, at: NodeLocation): Span {
  const oneLine = at.end.line === at.start.line;
  const end = oneLine ? at.end.column : lineOf(file, at.start.line).length;
  return {
    file,
    line: at.start.line,
    column: at.start.column + 1,
    length: Math.max(1, end - at.start.column),
  };
}

/** The first place of a file, for what concerns the file as a whole. */
export function startOf(file: SourceText): Span {
  return { file, line: 1, column: 1, length: 1 };
}
