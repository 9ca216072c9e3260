/**
 * Ordering sites: every place of a specimen that orders something, and what may stand there instead.
 *
 *     smp_mb()                       → smp_rmb(), smp_wmb()   → nothing
 *     smp_rmb(), smp_wmb(), smp_mb__before_atomic() and its kin → nothing
 *     a value-returning update       full → acquire, release → relaxed      (also test_and_set_bit and its kin)
 *     a load, an awaited condition   acquire → once
 *     a store                        release → once
 *
 * Spinlocks, interrupts, IPIs and grace periods are no sites: what they order is not what they are for. Neither is a
 * plain READ_ONCE or an update without a result, which order nothing.
 *
 * A site is a place in the source; its text may be inlined in many bodies, and all its copies change alike. As an op is
 * replaced by one op, a weakened program has the same ops at the same places: what a search of one says about a line
 * holds for the other.
 */
import type { FenceKind, Func, Op, Order, Program } from "../../ir/types.ts";

export const LEVELS = ["full", "mb", "rmb", "wmb", "acquire", "release", "relaxed", "once", "none"] as const;
/** How strong a site is; "none" is a fence that is gone. */
export type Level =
  | (typeof LEVELS)[number]
  | Exclude<FenceKind, "compiler" | "tagged" | "mb" | "rmb" | "wmb">;

export type SiteKind = "fence" | "load" | "store" | "update" | "await";

/** A place that orders something. */
export interface OrderSite {
  /** FILE:LINE:COLUMN. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function whose text it is. */
  readonly func: string;
  readonly kind: SiteKind;
  /** As the source has it. */
  readonly level: Level;
  /** One of its ops, for those who know what an op means to a model. */
  readonly op: Op;
}

/** Levels by the id of the site that is weakened to them. */
export type Weakening = ReadonlyMap<string, Level>;

/** What a site of this level may be weakened to in one step; nothing where there is no less. */
export function stepsDown(kind: SiteKind, level: Level): readonly Level[] {
  if (level === "mb") return ["rmb", "wmb"];
  if (level === "full") return ["acquire", "release"];
  if (level === "once" || level === "relaxed" || level === "none") return [];
  if (kind === "fence") return ["none"];
  return kind === "update" ? ["relaxed"] : ["once"];
}

/** Every level below, in the order of steps. */
export function levelsBelow(kind: SiteKind, level: Level): Level[] {
  const found = new Set<Level>();
  const work = [...stepsDown(kind, level)];
  for (let next = work.shift(); next !== undefined; next = work.shift()) {
    found.add(next);
    work.push(...stepsDown(kind, next));
  }
  return [...found];
}

/** Whether `a` orders no more than `b`. */
export function isAtMost(kind: SiteKind, a: Level, b: Level): boolean {
  return a === b || levelsBelow(kind, b).includes(a);
}

/** All sites of `program` in files that `wanted` accepts, by place. `setup` is left alone: it runs alone. */
export function findSites(program: Program, wanted: (file: string) => boolean): OrderSite[] {
  const setup = program.entries.get("setup");
  const sites = new Map<string, OrderSite>();
  program.funcs.forEach((body, func) => {
    if (func === setup) return;
    for (const op of body.ops) {
      const site = siteAt(program, op);
      if (site !== undefined && wanted(site.file)) sites.set(site.id, site);
    }
  });
  return [...sites.values()].sort(byPlace);
}

function byPlace(a: OrderSite, b: OrderSite): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}

function siteAt(program: Program, op: Op): OrderSite | undefined {
  const place = program.positions[op.at];
  const found = strengthOf(op);
  if (place === undefined || found === undefined) return undefined;
  const { file, line, column, func } = place;
  return { id: `${file}:${line}:${column}`, file, line, column, func, ...found, op };
}

/** What the op orders; undefined where that is nothing. */
function strengthOf(op: Op): { readonly kind: SiteKind; readonly level: Level } | undefined {
  switch (op.op) {
    case "fence":
      return op.kind === "compiler" || op.kind === "tagged" ? undefined : { kind: "fence", level: op.kind };
    case "load":
      return op.order === "acquire" ? { kind: "load", level: "acquire" } : undefined;
    case "store":
      return op.order === "release" ? { kind: "store", level: "release" } : undefined;
    case "await":
      return (op.order ?? "acquire") === "acquire" ? { kind: "await", level: "acquire" } : undefined;
    case "rmw":
    case "cmpxchg":
    case "add-unless":
      return updateStrength(op.order);
    case "mask.set":
    case "mask.clear":
      return updateStrength(op.order ?? (op.dst === undefined ? "relaxed" : "full"));
    default:
      return undefined;
  }
}

function updateStrength(order: Order): { readonly kind: SiteKind; readonly level: Level } | undefined {
  return order === "full" || order === "acquire" || order === "release"
    ? { kind: "update", level: order }
    : undefined;
}

/** The op as it is at `level`. */
export function atLevel(op: Op, level: Level): Op {
  switch (op.op) {
    case "fence":
      return { ...op, kind: fenceAt(level) };
    case "load":
    case "store":
    case "await":
    case "rmw":
    case "cmpxchg":
    case "add-unless":
    case "mask.set":
    case "mask.clear":
      return { ...op, order: level as Order };
    default:
      return op;
  }
}

/** What is left of a fence that is gone is its hold on the compiler. */
function fenceAt(level: Level): FenceKind {
  return level === "none" ? "compiler" : (level as FenceKind);
}

/** The program with every site of `weakening` weakened wherever its text was inlined. */
export function weakenSites(program: Program, weakening: Weakening): Program {
  const setup = program.entries.get("setup");
  const change = (op: Op): Op => {
    const site = siteAt(program, op);
    const level = site && weakening.get(site.id);
    return level === undefined ? op : atLevel(op, level);
  };
  const weaken = (body: Func): Func => ({ ...body, ops: body.ops.map(change) });
  return { ...program, funcs: program.funcs.map((body, func) => (func === setup ? body : weaken(body))) };
}
