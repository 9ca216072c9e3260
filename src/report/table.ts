/**
 * Tables of text. A table is as wide as what it holds, up to the page; then its flexible columns give way, the widest
 * first, and what they hold ends in "…". Columns of figures never give way: a figure cut short is a wrong figure.
 */

import { cut, printable } from "./text.ts";

/** One column. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** May be narrowed to this width when the page is too small. */
  readonly shrinkTo?: number;
}

/** Cells of one row, or a line across the table. */
export type Row = readonly string[] | "rule";

const GAP = "  ";

/** The lines of a table: titles, a rule, the rows. Nothing is wider than `width` when the figures leave room for it. */
export function table(columns: readonly Column[], rows: readonly Row[], width: number): string[] {
  const clean = rows.map((row) => (row === "rule" ? row : row.map(printable)));
  const titles = columns.map((column) => printable(column.title));
  const widths = columnWidths(columns, naturalWidths(titles, clean), width);
  const hasTitles = titles.some((title) => title !== "");
  const rule = widths.map((w) => "─".repeat(w)).join(GAP);
  const body = clean.map((row) => (row === "rule" ? rule : line(columns, widths, row)));
  return hasTitles ? [line(columns, widths, titles), rule, ...body] : body;
}

function naturalWidths(titles: readonly string[], rows: readonly Row[]): number[] {
  return titles.map((title, index) => {
    const cells = rows.map((row) => (row === "rule" ? 0 : (row[index] ?? "").length));
    return Math.max(title.length, ...cells);
  });
}

/** Narrows the widest flexible column by one until the line fits or no column can give way. */
function columnWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, w) => sum + w, GAP.length * (widths.length - 1));
  while (total() > width) {
    const widest = widestFlexible(columns, widths);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function widestFlexible(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let best: number | undefined;
  columns.forEach((column, index) => {
    const own = widths[index] ?? 0;
    if (column.shrinkTo === undefined || own <= column.shrinkTo) return;
    if (best === undefined || own > (widths[best] ?? 0)) best = index;
  });
  return best;
}

function line(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  const padded = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const cell = cut(cells[index] ?? "", width);
    return column.align === "right" ? cell.padStart(width) : cell.padEnd(width);
  });
  return padded.join(GAP).trimEnd();
}
