/** From ordering sites to the lattice that is searched, with levels that the model does not tell apart made one. */
import type { Op } from "../../ir/types.ts";
import {
  atLevel,
  type Level,
  levelsBelow,
  type OrderSite,
  stepsDown,
  type Weakening,
} from "../mutations/orders.ts";
import { type Axis, type Name, type Point, TOP } from "./lattice.ts";

/** Whether two ops at one place are the same to the model; see `world/same_step.ts`. */
export type SameStep = (a: Op, b: Op) => boolean;

/** A site and what the model makes of its levels. */
export interface SiteAxis {
  readonly site: OrderSite;
  /** Absent: whatever it is weakened to is the same to the model. */
  readonly axis: Axis | undefined;
  /** Per level that is searched, those that mean the same. */
  readonly alike: ReadonlyMap<Name, readonly Level[]>;
}

export function siteAxis(site: OrderSite, same: SameStep): SiteAxis {
  const below = levelsBelow(site.kind, site.level);
  const nameOf = (level: Level): Name => {
    const op = atLevel(site.op, level);
    if (level === site.level || same(site.op, op)) return TOP;
    // The weakest of its like: levels come stronger first.
    return below.findLast((other) => same(op, atLevel(site.op, other))) ?? level;
  };
  const alike = new Map<Name, Level[]>();
  for (const level of below) alike.set(nameOf(level), [...(alike.get(nameOf(level)) ?? []), level]);
  const down = new Map<Name, Name[]>();
  for (const level of [site.level, ...below]) {
    const steps = stepsDown(site.kind, level).map(nameOf);
    const known = down.get(nameOf(level)) ?? [];
    const fresh = steps.filter((step) => step !== nameOf(level));
    down.set(nameOf(level), [...new Set([...known, ...fresh])]);
  }
  const axis = (down.get(TOP) ?? []).length === 0 ? undefined : { id: site.id, down };
  return { site, axis, alike };
}

/** A point of the lattice as what is done to the program. */
export function weakeningOf(point: Point): Weakening {
  // The names of levels are levels: `siteAxis` has made them.
  return point as ReadonlyMap<string, Level>;
}
