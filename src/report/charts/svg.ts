/**
 * Plots as text. Observable Plot builds a tree of SVG elements through whatever document it is given; linkedom is a
 * document that needs no browser, so that a report is finished when it is written and holds no script.
 *
 * Colours are CSS variables: the page around the SVG, or the style inside a stand-alone file, decides what they are in
 * light, in dark and on paper.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { withoutControls } from "../text.ts";

/** A finished plot. */
export interface Svg {
  readonly width: number;
  readonly height: number;
  /** The `<svg>` element. */
  readonly markup: string;
}

/** Colours of schemes, in their order; they repeat when there are more schemes. */
const SERIES = 8;
export const seriesColour = (index: number): string => `var(--series-${(index % SERIES) + 1})`;

/** What a plot is made of, as far as our charts use it. */
export type PlotOptions = Plot.PlotOptions & { readonly width: number; readonly height: number };

/** Draws a plot. `title` is read by screen readers. */
export function draw(title: string, options: PlotOptions): Svg {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const style = "background:none;overflow:visible;font:12px system-ui,sans-serif";
  const plot = Plot.plot({ ...options, document, className: "plot", ariaLabel: title });
  // Not by the option `style`, which assigns a property that linkedom's SVG elements do not let one assign.
  plot.setAttribute("style", style);
  const { width, height } = options;
  return { width, height, markup: plot.outerHTML };
}

/** A plot under its title. */
export interface Panel {
  readonly title: string;
  readonly plot: Svg;
}

const TITLE = 26;
const GUTTER = 24;

/** A stand-alone SVG file: rows of panels under a heading, with the colours of the page built in. */
export function sheet(heading: string, rows: readonly (readonly Panel[])[], colours: string): string {
  const parts = [text(heading, GUTTER, TITLE, 16)];
  let top = GUTTER + TITLE;
  let right = 0;
  for (const row of rows) {
    let left = GUTTER;
    for (const panel of row) {
      parts.push(panelMarkup(panel, left, top));
      left += panel.plot.width + GUTTER;
    }
    right = Math.max(right, left);
    top += TITLE + GUTTER + Math.max(0, ...row.map((panel) => panel.plot.height));
  }
  return withoutControls(standalone(right, top, colours, parts.join("")));
}

function panelMarkup(panel: Panel, x: number, y: number): string {
  return (
    text(panel.title, x, y + 14, 13) +
    `<svg x="${x}" y="${y + TITLE}"${panel.plot.markup.slice("<svg".length)}`
  );
}

function standalone(width: number, height: number, colours: string, body: string): string {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const style = `<style>${colours} svg{background:var(--paper);color:var(--ink);fill:currentColor}</style>`;
  return `${open}>${style}<rect width="100%" height="100%" style="fill:var(--paper)"/>${body}</svg>\n`;
}

function text(content: string, x: number, y: number, size: number): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" font-family="system-ui,sans-serif" font-size="${size}" font-weight="600" fill="currentColor">${escaped}</text>`;
}
