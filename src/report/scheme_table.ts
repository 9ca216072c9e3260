/**
 * Tables with one column per scheme and one row per figure: figures have long names and units, schemes are few.
 * When there are too many schemes for the page, the table continues below with the next ones.
 */

import { FIGURE_WIDTH } from "./format.ts";
import { type Column, type Row, table } from "./table.ts";
import { cut, printable } from "./text.ts";

/** One figure of every scheme. Without cells it is a heading. */
export interface FigureRow {
  readonly label: string;
  /** One per scheme, in the order of the schemes. */
  readonly cells?: readonly string[];
}

/** Widest column of labels, and of a scheme. */
const LABEL = 42;
const SCHEME = 18;
const GAP = 2;

export function schemeTable(schemes: readonly string[], rows: readonly FigureRow[], width: number): string[] {
  const columns = schemes.map((scheme, index) => ({
    title: cut(printable(scheme), SCHEME),
    cells: rows.map((row) => printable(row.cells?.[index] ?? "")),
  }));
  const labels = rows.map((row) => cut(printable(row.label), LABEL));
  return pages(columns, width - Math.max(0, ...labels.map((label) => label.length)))
    .map((page) => pageLines(labels, page, width))
    .flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** One scheme. */
interface SchemeColumn {
  readonly title: string;
  readonly cells: readonly string[];
}

/** As many columns on each page as fit into `width`, at least one. */
function pages(columns: readonly SchemeColumn[], width: number): SchemeColumn[][] {
  const result: SchemeColumn[][] = [[]];
  let left = width;
  for (const column of columns) {
    const own = GAP + Math.max(column.title.length, ...column.cells.map((cell) => cell.length));
    const page = result.at(-1) ?? [];
    if (own > left && page.length > 0) {
      result.push([column]);
      left = width - own;
    } else {
      page.push(column);
      left -= own;
    }
  }
  return result;
}

function pageLines(labels: readonly string[], columns: readonly SchemeColumn[], width: number): string[] {
  const heads: Column[] = columns.map(({ title }) => ({ title, align: "right", shrinkTo: FIGURE_WIDTH }));
  const rows: Row[] = labels.map((label, index) => [
    label,
    ...columns.map(({ cells }) => cells[index] ?? ""),
  ]);
  return table([{ title: "", align: "left", shrinkTo: LABEL }, ...heads], rows, width);
}
