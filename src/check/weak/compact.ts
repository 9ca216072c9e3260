/**
 * Leaves out live events that order nothing which their neighbours do not order as well.
 *
 * A CPU that goes round a loop while another has not noticed something it did before would add to the graph for ever. Left
 * out are
 * - messages that nobody took and that were sent again: only the newest can be taken;
 * - of several updates in a row that one CPU made at a location which is only ever updated, all but the first and the last:
 *   what comes before the row comes before its first, and what comes behind it behind its last;
 * - of several times that one CPU took and gave back a lock which nobody else did in between, all but the first and the last;
 * - a store between two others of its CPU that nobody can read any more, and what a CPU reads of its own before it
 *   writes there again;
 * - of several reads of one write by one CPU, of one class, all but the first and the last;
 * - a fence directly behind one of its kind.
 *
 * Taking an event away never forbids anything, whatever the model. So a proof holds without further argument. A violation
 * might rest on what was left out: it is followed again with everything kept (`check.ts`).
 */
import type { FieldUse } from "./accesses.ts";
import type { LiveGraph } from "./live_graph.ts";
import type { Liveness } from "./liveness.ts";

/**
 * What a memory keeps of live events: as little as will do; also updates that are full barriers, which order what is before
 * and behind them; or everything.
 */
export type Keep = "least" | "barriers" | "all";

/** What may be left out. */
export interface Leavable {
  /** What any CPU may still do at a cell; undefined for the cell of a message. */
  readonly use: (cell: number) => FieldUse | undefined;
  /** Reads that a register depends on. */
  readonly needed: number;
  /** Full barriers stay. */
  readonly barriers: boolean;
}

/** Clears marks of `kept`, and notes in `sources` which write a read counts as having taken. */
export function compact(
  live: LiveGraph,
  { kept, sources, stale }: Pick<Liveness, "kept" | "sources" | "stale">,
  leavable: Leavable,
): void {
  const { graph } = live;
  for (let e = 0; e < graph.n; e++) sources[e] = graph.source[e] ?? -1;
  const read = readByOthers(live, kept);
  for (let e = 0; e < graph.n; e++) {
    if (kept[e] !== 1 || (graph.place[e] ?? -1) < 1) continue;
    const uses = leavable.use(live.cell[e] ?? 0);
    if (uses === undefined) dropMessage(live, kept, read, e);
    else if (isPassed(live, stale, read, e)) kept[e] = 0;
    else if (uses.loads.length === 0 && uses.stores.length === 0) {
      dropUpdate(live, kept, sources, read, leavable, e);
      dropSection(live, kept, sources, read, leavable, e);
    }
  }
  dropReads(live, kept, leavable.needed);
  dropFences(live, kept);
}

/** Writes that a kept read of another thread takes. */
function readByOthers({ graph }: LiveGraph, kept: Uint8Array): Uint8Array {
  const read = new Uint8Array(graph.n);
  for (let e = 0; e < graph.n; e++) {
    const source = graph.source[e] ?? -1;
    if (kept[e] === 1 && source >= 0 && graph.thread[source] !== graph.thread[e]) read[source] = 1;
  }
  return read;
}

/** A store between two others of its thread that nobody reads, or can read any more. */
function isPassed({ graph }: LiveGraph, stale: Uint8Array, read: Uint8Array, e: number): boolean {
  const row = (graph.location[e] ?? 0) * graph.writes;
  const place = graph.place[e] ?? 0;
  if ((graph.partner[e] ?? -1) >= 0 || (graph.taken[e] ?? -1) >= 0 || read[e] !== 0) return false;
  if (place + 1 >= (graph.count[graph.location[e] ?? 0] ?? 0)) return false;
  const before = graph.order[row + place - 1] ?? 0;
  const behind = graph.order[row + place + 1] ?? 0;
  const own = graph.thread[e];
  return (
    graph.thread[before] === own && graph.thread[behind] === own && stale[e] === 0 && stale[behind] === 0
  );
}

function dropMessage({ graph }: LiveGraph, kept: Uint8Array, read: Uint8Array, e: number): void {
  const last = (graph.place[e] ?? 0) + 1 === (graph.count[graph.location[e] ?? 0] ?? 0);
  if (!last && read[e] === 0) kept[e] = 0;
}

/** An update between two others of its thread. */
function dropUpdate(
  live: LiveGraph,
  kept: Uint8Array,
  sources: Int32Array,
  read: Uint8Array,
  { needed, barriers }: Leavable,
  e: number,
): void {
  const { graph } = live;
  const row = (graph.location[e] ?? 0) * graph.writes;
  const place = graph.place[e] ?? 0;
  const partner = graph.partner[e] ?? -1;
  if (partner < 0 || read[e] !== 0 || place + 1 >= (graph.count[graph.location[e] ?? 0] ?? 0)) return;
  const before = graph.order[row + place - 1] ?? 0;
  const behind = graph.order[row + place + 1] ?? 0;
  const own = graph.thread[e];
  const behindRead = graph.partner[behind] ?? -1;
  if (graph.thread[before] !== own || graph.thread[behind] !== own || behindRead < 0) return;
  if (live.isWaiting(partner) || live.isWaiting(behindRead)) return;
  if (((live.bit[partner] ?? 0) & needed) !== 0) return;
  if (barriers && live.classes[live.cls[partner] ?? 0]?.names.includes("Mb") === true) return;
  kept[e] = 0;
  kept[partner] = 0;
  sources[behindRead] = sources[partner] ?? -1;
}

/** Update `e` has taken a lock that its thread had given back before, has given back since, and has taken again. */
function dropSection(
  live: LiveGraph,
  kept: Uint8Array,
  sources: Int32Array,
  read: Uint8Array,
  { needed }: Leavable,
  e: number,
): void {
  const { graph } = live;
  const row = (graph.location[e] ?? 0) * graph.writes;
  const place = graph.place[e] ?? 0;
  const taking = graph.partner[e] ?? -1;
  if (taking < 0 || place + 2 >= (graph.count[graph.location[e] ?? 0] ?? 0)) return;
  const before = graph.order[row + place - 1] ?? 0;
  const giving = graph.order[row + place + 1] ?? 0;
  const again = graph.order[row + place + 2] ?? 0;
  const takingAgain = graph.partner[again] ?? -1;
  const own = [before, giving, again].every((other) => graph.thread[other] === graph.thread[e]);
  if (!own || (graph.partner[giving] ?? -1) >= 0 || takingAgain < 0) return;
  if (live.isWaiting(taking) || live.isWaiting(takingAgain) || ((live.bit[taking] ?? 0) & needed) !== 0)
    return;
  if (read[e] !== 0 || read[giving] !== 0 || kept[giving] !== 1) return;
  kept[taking] = 0;
  kept[e] = 0;
  kept[giving] = 0;
  sources[takingAgain] = sources[taking] ?? -1;
}

/** Pure reads of the same write, of the same class, in one thread. */
function dropReads({ graph, cls, bit }: LiveGraph, kept: Uint8Array, needed: number): void {
  for (let e = 0; e < graph.n; e++) {
    if (kept[e] !== 1 || (graph.source[e] ?? -1) < 0 || ((bit[e] ?? 0) & needed) !== 0) continue;
    if (isUpdate(graph, e)) continue;
    if (isOverwritten(graph, e)) {
      kept[e] = 0;
      continue;
    }
    const same = (o: number): boolean =>
      kept[o] === 1 &&
      graph.source[o] === graph.source[e] &&
      graph.thread[o] === graph.thread[e] &&
      cls[o] === cls[e] &&
      !isUpdate(graph, o);
    let before = false;
    let behind = false;
    for (let o = 0; o < graph.n; o++) {
      if (o === e || !same(o)) continue;
      if (o < e) before = true;
      else behind = true;
    }
    if (before && behind) kept[e] = 0;
  }
}

/** A read of its CPU's own write, which that CPU overwrites later: what the read comes before, that write does, too. */
function isOverwritten(graph: LiveGraph["graph"], e: number): boolean {
  const source = graph.source[e] ?? -1;
  if (graph.thread[source] !== graph.thread[e]) return false;
  for (let w = e + 1; w < graph.n; w++) {
    if (
      graph.thread[w] === graph.thread[e] &&
      graph.location[w] === graph.location[e] &&
      (graph.place[w] ?? -1) >= 0
    )
      return true;
  }
  return false;
}

function isUpdate(graph: LiveGraph["graph"], read: number): boolean {
  return (graph.partner[read + 1] ?? -1) === read;
}

function dropFences({ graph, cls, classes }: LiveGraph, kept: Uint8Array): void {
  const last = new Map<number, number>();
  for (let e = 0; e < graph.n; e++) {
    const t = graph.thread[e] ?? -1;
    if (kept[e] !== 1 || t < 0) continue;
    const before = last.get(t) ?? -1;
    const plain = (graph.location[e] ?? -1) < 0 && classes[cls[e] ?? 0]?.section === 0;
    if (plain && before >= 0 && cls[before] === cls[e]) kept[e] = 0;
    else last.set(t, e);
  }
}
