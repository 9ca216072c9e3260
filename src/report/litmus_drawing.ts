/**
 * An execution graph as a drawing: one column per thread, program order downwards, the initial writes on top; every
 * other relation is an arrow with its name. As DOT, for Graphviz; and as SVG, laid out here, since the layout of an
 * execution is its threads.
 *
 * Arrows between columns leave and enter boxes at their sides, those within a column bow out of it. An arrow's label
 * stands at its middle; labels that would cover each other move apart downwards.
 */

import type { LitmusDrawing } from "../evidence/litmus.ts";
import { COLOURS } from "./charts/colours.ts";

type Edge = LitmusDrawing["edges"][number];

const COLUMN = 250;
const ROW = 64;
const BOX = { width: 170, height: 28 } as const;
const MARGIN = 30;
const HEADING = 40;

/** Relations that every drawing has; the others share what is left. */
const KNOWN: Readonly<Record<string, number>> = { rf: 4, co: 1, fr: 6, rmw: 5, addr: 8, data: 8, ctrl: 8 };
const OTHERS = 2;

/** The picture in the DOT language. */
export function litmusDot(drawing: LitmusDrawing): string {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const columns = Array.from({ length: drawing.threads }, (_, thread) => {
    const own = indicesOf(drawing, thread).map((index) => `e${index}`);
    const order = own.length < 2 ? "" : `\n    ${own.join(" -> ")} [label="po", color="gray60", weight=100];`;
    const nodes = own.map(
      (name, i) => `${name} [label=${quote(labelOf(drawing, indicesOf(drawing, thread)[i] ?? 0))}];`,
    );
    return `  subgraph cluster_${thread} { label="P${thread}"; color="gray80";\n    ${nodes.join(" ")}${order}\n  }`;
  });
  const initial = indicesOf(drawing, -1).map(
    (index) => `  e${index} [label=${quote(labelOf(drawing, index))}];`,
  );
  const edges = drawing.edges
    .filter(({ relation }) => relation !== "po")
    .map(({ from, to, relation }) => `  e${from} -> e${to} [label=${quote(relation)}, constraint=false];`);
  const head = `digraph ${quote(drawing.title)} {\n  label=${quote(drawing.title)}; labelloc=t; node [shape=box, fontname=monospace];`;
  return `${[head, ...initial, ...columns, ...edges].join("\n")}\n}\n`;
}

function indicesOf({ events }: LitmusDrawing, thread: number): number[] {
  return [...events.keys()].filter((index) => events[index]?.thread === thread);
}

function labelOf({ events }: LitmusDrawing, index: number): string {
  return events[index]?.label ?? "";
}

// ---- SVG -----------------------------------------------------------------------------------------------------

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The same as a stand-alone SVG file. */
export function litmusSvg(drawing: LitmusDrawing): string {
  const places = placeEvents(drawing);
  const initial = indicesOf(drawing, -1).length;
  const columns = Math.max(drawing.threads, initial, 1);
  const rows = Math.max(1, ...places.map(({ y }) => y)) + BOX.height;
  const [width, height] = [2 * MARGIN + columns * COLUMN, rows + MARGIN + ROW / 2];
  const labels = new Labels();
  const body = [
    text({ x: MARGIN, y: 24 }, drawing.title, "heading"),
    ...Array.from({ length: drawing.threads }, (_, thread) =>
      text({ x: MARGIN + thread * COLUMN + COLUMN / 2, y: headingOf(initial) }, `P${thread}`, "thread"),
    ),
    ...drawing.edges.map((edge) => arrow(edge, places, drawing, labels)),
    ...drawing.events.map(({ label }, i) => box(places[i] ?? { x: 0, y: 0 }, label)),
    ...labels.markup(),
  ];
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`;
  return `${open}<style>${COLOURS}${STYLE}</style>${markers()}<rect width="100%" height="100%" style="fill:var(--paper)"/>${body.join("")}</svg>\n`;
}

const STYLE =
  "text{font:12px ui-monospace,monospace;fill:var(--ink);text-anchor:middle}" +
  ".heading{font:600 16px system-ui,sans-serif;text-anchor:start}.thread{font-weight:600}" +
  ".event{fill:var(--wash);stroke:var(--line)}.edge{fill:none;stroke-width:1.4}.po{stroke:var(--line)}" +
  "text.relation{font-size:11px;paint-order:stroke;stroke:var(--paper);stroke-width:4px}";

/** Where the headings of the columns are. */
function headingOf(initial: number): number {
  return HEADING + 24 + (initial > 0 ? ROW : 0);
}

/** The middle of each event's box. */
function placeEvents(drawing: LitmusDrawing): Point[] {
  const initial = indicesOf(drawing, -1);
  const next = new Map<number, number>();
  return drawing.events.map(({ thread }, index) => {
    if (thread < 0) return { x: MARGIN + (initial.indexOf(index) + 0.5) * COLUMN, y: HEADING + 24 };
    const row = next.get(thread) ?? 0;
    next.set(thread, row + 1);
    return { x: MARGIN + (thread + 0.5) * COLUMN, y: headingOf(initial.length) + (row + 0.6) * ROW };
  });
}

function box({ x, y }: Point, label: string): string {
  const corner = `x="${x - BOX.width / 2}" y="${y - BOX.height / 2}" width="${BOX.width}" height="${BOX.height}"`;
  return `<rect class="event" rx="4" ${corner}/>${text({ x, y: y + 4 }, label, "label")}`;
}

function arrow(edge: Edge, places: readonly Point[], drawing: LitmusDrawing, labels: Labels): string {
  const [from, to] = [places[edge.from], places[edge.to]];
  if (from === undefined || to === undefined) return "";
  if (edge.relation === "po")
    return path(`M${from.x} ${from.y + BOX.height / 2}L${to.x} ${to.y - BOX.height / 2}`, "po", "", "po");
  const sameColumn = drawing.events[edge.from]?.thread === drawing.events[edge.to]?.thread && from.x === to.x;
  const style = `stroke:${colourOf(edge.relation)}`;
  if (sameColumn) {
    const side = from.x + BOX.width / 2;
    const bow = side + 20 + Math.abs(to.y - from.y) / 6;
    labels.add({ x: (side + bow) / 2 + 8, y: (from.y + to.y) / 2 }, edge.relation);
    return path(
      `M${side} ${from.y}C${bow} ${from.y} ${bow} ${to.y} ${side} ${to.y}`,
      "",
      style,
      headOf(edge.relation),
    );
  }
  const direction = to.x > from.x ? 1 : -1;
  const [x1, x2] = [from.x + (direction * BOX.width) / 2, to.x - (direction * BOX.width) / 2];
  labels.add({ x: (x1 + x2) / 2, y: (from.y + to.y) / 2 }, edge.relation);
  return path(`M${x1} ${from.y}L${x2} ${to.y}`, "", style, headOf(edge.relation));
}

function path(shape: string, kind: string, style: string, head: string): string {
  return `<path class="edge ${kind}" d="${shape}" style="${style}" marker-end="url(#head-${head})"/>`;
}

/** One arrowhead per colour: a head that takes its line's colour is beyond many viewers. */
function markers(): string {
  const shape = '<path d="M0 0L8 4L0 8z"';
  const box = 'viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"';
  const heads = [...HEADS].map(
    ([name, colour]) => `<marker id="head-${name}" ${box}>${shape} style="fill:${colour}"/></marker>`,
  );
  return `<defs>${heads.join("")}</defs>`;
}

const HEADS: ReadonlyMap<string, string> = new Map([
  ["po", "var(--line)"],
  ...[...new Set([...Object.values(KNOWN), OTHERS])].map((n) => [`${n}`, `var(--series-${n})`] as const),
]);

function headOf(relation: string): string {
  return `${KNOWN[relation] ?? OTHERS}`;
}

function colourOf(relation: string): string {
  return `var(--series-${headOf(relation)})`;
}

function text({ x, y }: Point, content: string, kind: string, style = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${kind}" x="${x}" y="${y}"${style === "" ? "" : ` style="${style}"`}>${escaped}</text>`;
}

/** Names of arrows, kept apart. */
class Labels {
  readonly #placed: { readonly at: Point; readonly name: string }[] = [];

  add(wanted: Point, name: string): void {
    let at = wanted;
    while (
      this.#placed.some((other) => Math.abs(other.at.y - at.y) < 12 && Math.abs(other.at.x - at.x) < 40)
    ) {
      at = { x: at.x, y: at.y + 12 };
    }
    this.#placed.push({ at, name });
  }

  markup(): string[] {
    return this.#placed.map(({ at, name }) => text(at, name, "relation", `fill:${colourOf(name)}`));
  }
}
