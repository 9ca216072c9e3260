/**
 * An execution graph as a drawing: one column per thread, program order downwards, the initial writes on top; every
 * other relation is an arrow with its name. As DOT, for Graphviz; and as SVG, laid out here, since the layout of an
 * execution is its threads.
 *
 * Arrows between columns leave and enter boxes at their sides, those within a column bow out of it. An arrow's label
 * stands near its middle, where there is no box and no other label. A cycle that the model refuses is drawn bold, and
 * everything else is pale then.
 */

import type { LitmusDrawing } from "../evidence/litmus.ts";
import { COLOURS } from "./charts/colours.ts";

type Edge = LitmusDrawing["edges"][number];
type DrawnEvent = LitmusDrawing["events"][number] & {
  /** A second line, in small print. */
  readonly note?: string;
};

/** What can be drawn: the execution of a litmus test, or one with names for its columns and notes on its events. */
export interface Drawing extends Omit<LitmusDrawing, "events"> {
  readonly events: readonly DrawnEvent[];
  /** One per thread; "P0", "P1" … if absent. */
  readonly heads?: readonly string[];
}

/** Sizes in pixels: of a box, and of the column and the row that it stands in. */
interface Sizes {
  readonly column: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
}

const SMALL: Sizes = { column: 250, row: 64, width: 170, height: 28 };
/** Of a character. */
const ADVANCE = 7.3;

/** Boxes without notes have one size, whatever is in them. */
function sizesOf({ events }: Drawing): Sizes {
  if (events.every(({ note }) => note === undefined)) return SMALL;
  const longest = Math.max(
    ...events.map(({ label, note = "" }) => Math.max(label.length, note.length * 0.92)),
  );
  const width = Math.max(SMALL.width, Math.ceil(longest * ADVANCE) + 20);
  return { column: width + 130, row: 88, width, height: 44 };
}

const MARGIN = 30;
const HEADING = 40;

/** The relation that is not there. */
const MISSING = "missing";
/** Relations that every drawing has; the others share what is left. */
const KNOWN: Readonly<Record<string, number>> = { rf: 4, co: 1, fr: 6, rmw: 5, addr: 8, data: 8, ctrl: 8 };
const OTHERS = 2;

/** The picture in the DOT language. */
export function litmusDot(drawing: Drawing): string {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const columns = Array.from({ length: drawing.threads }, (_, thread) => {
    const own = indicesOf(drawing, thread).map((index) => `e${index}`);
    const order = own.length < 2 ? "" : `\n    ${own.join(" -> ")} [label="po", color="gray60", weight=100];`;
    const nodes = own.map(
      (name, i) => `${name} [label=${quote(labelOf(drawing, indicesOf(drawing, thread)[i] ?? 0))}];`,
    );
    return `  subgraph cluster_${thread} { label=${quote(headOf(drawing, thread))}; color="gray80";\n    ${nodes.join(" ")}${order}\n  }`;
  });
  const initial = indicesOf(drawing, -1).map(
    (index) => `  e${index} [label=${quote(labelOf(drawing, index))}];`,
  );
  const edges = drawing.edges
    .filter(({ relation, refused }) => relation !== "po" || refused)
    .map(
      ({ from, to, relation, refused }) =>
        `  e${from} -> e${to} [label=${quote(relation)}, constraint=false${refused ? ", penwidth=3" : ""}];`,
    );
  const head = `digraph ${quote(drawing.title)} {\n  label=${quote(drawing.title)}; labelloc=t; node [shape=box, fontname=monospace];`;
  return `${[head, ...initial, ...columns, ...edges].join("\n")}\n}\n`;
}

function indicesOf({ events }: Drawing, thread: number): number[] {
  return [...events.keys()].filter((index) => events[index]?.thread === thread);
}

function labelOf({ events }: Drawing, index: number): string {
  return events[index]?.label ?? "";
}

// ---- SVG -----------------------------------------------------------------------------------------------------

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The same as a stand-alone SVG file. */
export function litmusSvg(drawing: Drawing): string {
  const sizes = sizesOf(drawing);
  const places = placeEvents(drawing, sizes);
  const initial = indicesOf(drawing, -1).length;
  const columns = Math.max(drawing.threads, initial, 1);
  const rows = Math.max(1, ...places.map(({ y }) => y)) + sizes.height;
  const [width, height] = [2 * MARGIN + columns * sizes.column, rows + MARGIN + sizes.row / 2];
  const title = linesOf(drawing.title, width - 2 * MARGIN);
  const down = (title.length - 1) * LINE;
  const labels = new Labels(places, sizes);
  const pale = drawing.edges.some(({ refused }) => refused) ? ' class="refuses"' : "";
  const body = [
    ...title.map((line, i) => text({ x: MARGIN, y: 24 + i * LINE }, line, "heading")),
    `<g${pale} transform="translate(0 ${down})">`,
    ...Array.from({ length: drawing.threads }, (_, thread) =>
      text(
        { x: MARGIN + (thread + 0.5) * sizes.column, y: headingOf(initial, sizes) },
        headOf(drawing, thread),
        "thread",
      ),
    ),
    ...drawing.edges.map((edge) => arrow(edge, places, drawing, sizes, labels)),
    ...drawing.events.map((event, i) => box(places[i] ?? { x: 0, y: 0 }, event, sizes)),
    ...labels.markup(),
    "</g>",
  ];
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + down}" width="${width}" height="${height + down}">`;
  return `${open}<style>${COLOURS}${STYLE}</style>${markers()}<rect width="100%" height="100%" style="fill:var(--paper)"/>${body.join("")}</svg>\n`;
}

const STYLE =
  "text{font:12px ui-monospace,monospace;fill:var(--ink);text-anchor:middle}" +
  ".heading{font:600 16px system-ui,sans-serif;text-anchor:start}.thread{font-weight:600}svg .note{font-size:11px;fill:var(--soft)}" +
  ".event{fill:var(--wash);stroke:var(--line)}.edge{fill:none;stroke-width:1.4}.po{stroke:var(--line)}" +
  ".refuses .edge:not(.po){opacity:.4}.refuses .edge.refused{stroke-width:3;opacity:1}" +
  `.edge.${MISSING}{stroke-dasharray:6 4}` +
  "text.relation{font-size:11px;paint-order:stroke;stroke:var(--paper);stroke-width:4px}";

/** Where the headings of the columns are. */
function headingOf(initial: number, { row }: Sizes): number {
  return HEADING + 24 + (initial > 0 ? row : 0);
}

function headOf({ heads }: Drawing, thread: number): string {
  return heads?.[thread] ?? `P${thread}`;
}

/** The middle of each event's box. */
function placeEvents(drawing: Drawing, { column, row: height }: Sizes): Point[] {
  const initial = indicesOf(drawing, -1);
  const next = new Map<number, number>();
  return drawing.events.map(({ thread }, index) => {
    if (thread < 0) return { x: MARGIN + (initial.indexOf(index) + 0.5) * column, y: HEADING + 24 };
    const row = next.get(thread) ?? 0;
    next.set(thread, row + 1);
    const top = headingOf(initial.length, { ...SMALL, row: height });
    return { x: MARGIN + (thread + 0.5) * column, y: top + (row + 0.6) * height };
  });
}

function box({ x, y }: Point, { label, note }: DrawnEvent, { width, height }: Sizes): string {
  const corner = `x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}"`;
  const rect = `<rect class="event" rx="4" ${corner}/>`;
  if (note === undefined) return `${rect}${text({ x, y: y + 4 }, label, "label")}`;
  return `${rect}${text({ x, y: y - 3 }, label, "label")}${text({ x, y: y + 13 }, note, "note")}`;
}

function arrow(edge: Edge, places: readonly Point[], drawing: Drawing, sizes: Sizes, labels: Labels): string {
  const [from, to] = [places[edge.from], places[edge.to]];
  if (from === undefined || to === undefined) return "";
  if (edge.relation === "po" && (!edge.refused || Math.abs(to.y - from.y - sizes.row) < 1)) {
    const shape = `M${from.x} ${from.y + sizes.height / 2}L${to.x} ${to.y - sizes.height / 2}`;
    if (!edge.refused) return path(shape, "po", "", "po");
    return path(shape, "refused", `stroke:${colourOf("po")}`, markerOf("po"));
  }
  const sameColumn = drawing.events[edge.from]?.thread === drawing.events[edge.to]?.thread && from.x === to.x;
  const style = `stroke:${colourOf(edge.relation)}`;
  const kind = edge.relation === MISSING ? MISSING : edge.refused ? "refused" : "";
  if (sameColumn) {
    const side = from.x + sizes.width / 2;
    const bow = side + Math.min(MOST_BOW, 20 + Math.abs(to.y - from.y) / 6);
    labels.add([{ x: (side + bow) / 2 + 8, y: (from.y + to.y) / 2 }], edge.relation);
    return path(
      `M${side} ${from.y}C${bow} ${from.y} ${bow} ${to.y} ${side} ${to.y}`,
      kind,
      style,
      markerOf(edge.relation),
    );
  }
  const direction = to.x > from.x ? 1 : -1;
  const [x1, x2] = [from.x + (direction * sizes.width) / 2, to.x - (direction * sizes.width) / 2];
  const along = ALONG.map((at) => ({ x: x1 + (x2 - x1) * at, y: from.y + (to.y - from.y) * at }));
  labels.add(along, edge.relation);
  return path(`M${x1} ${from.y}L${x2} ${to.y}`, kind, style, markerOf(edge.relation));
}

function path(shape: string, kind: string, style: string, head: string): string {
  return `<path class="edge ${kind}" d="${shape}" style="${style}" marker-end="url(#head-${head})"/>`;
}

/** One arrowhead per colour: a head that takes its line's colour is beyond many viewers. */
function markers(): string {
  const shape = '<path d="M0 0L8 4L0 8z"';
  const box =
    'viewBox="0 0 8 8" refX="8" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"';
  const heads = [...HEADS].map(
    ([name, colour]) => `<marker id="head-${name}" ${box}>${shape} style="fill:${colour}"/></marker>`,
  );
  return `<defs>${heads.join("")}</defs>`;
}

const HEADS: ReadonlyMap<string, string> = new Map([
  ["po", "var(--line)"],
  [MISSING, "var(--bad)"],
  ...[...new Set([...Object.values(KNOWN), OTHERS])].map((n) => [`${n}`, `var(--series-${n})`] as const),
]);

function markerOf(relation: string): string {
  if (relation === MISSING) return MISSING;
  return `${KNOWN[relation] ?? OTHERS}`;
}

function colourOf(relation: string): string {
  if (relation === MISSING) return "var(--bad)";
  return `var(--series-${markerOf(relation)})`;
}

function text({ x, y }: Point, content: string, kind: string, style = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${kind}" x="${x}" y="${y}"${style === "" ? "" : ` style="${style}"`}>${escaped}</text>`;
}

/** Height of a line of the title, and width of its characters. */
const LINE = 22;
const TITLE_ADVANCE = 9.2;

/** A text in lines of at most so many pixels, broken at spaces. */
function linesOf(title: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of title.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || longer.length * TITLE_ADVANCE > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** How far a bow is pulled out of its column at most: it comes three quarters of the way, and stays between columns. */
const MOST_BOW = 85;

/** Where on an arrow its name may stand, best first. */
const ALONG = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];

/** Names of arrows, kept apart. */
class Labels {
  readonly #boxes: readonly Point[];
  readonly #sizes: Sizes;
  readonly #placed: { readonly at: Point; readonly name: string }[] = [];

  constructor(boxes: readonly Point[], sizes: Sizes) {
    this.#boxes = boxes;
    this.#sizes = sizes;
  }

  /** Puts a name to the first free place, or below the first one. */
  add(wanted: readonly Point[], name: string): void {
    const outside = wanted.filter((place) => !this.#meetsBox(place));
    let at = outside.find((place) => !this.#meetsLabel(place, name));
    if (at === undefined) {
      at = outside[0] ?? wanted[0] ?? { x: 0, y: 0 };
      while (this.#meetsLabel(at, name)) at = { x: at.x, y: at.y + 12 };
    }
    this.#placed.push({ at, name });
  }

  #meetsLabel(at: Point, name: string): boolean {
    return this.#placed.some(
      (other) =>
        Math.abs(other.at.y - at.y) < 12 &&
        Math.abs(other.at.x - at.x) < ((other.name.length + name.length) * ADVANCE) / 2,
    );
  }

  #meetsBox(at: Point): boolean {
    const { width, height } = this.#sizes;
    return this.#boxes.some(
      (box) => Math.abs(box.x - at.x) < width / 2 + 12 && Math.abs(box.y - at.y) < height / 2 + 4,
    );
  }

  markup(): string[] {
    return this.#placed.map(({ at, name }) => text(at, name, "relation", `fill:${colourOf(name)}`));
  }
}
