/**
 * What a set of sites may be weakened to: a product of small orders.
 *
 * A *point* says of each site how weak it is; a site that it does not name is as the source has it. Weaker is larger:
 * the empty point is the specimen, `bottom` of it all the last. Steps between levels are those of `orders.ts`, but for
 * levels that mean the same to the memory model: of those the weakest stands for all, and a level that means what the
 * source means is no weakening.
 */

/** How weak a site is: a level of `orders.ts` to those who build the lattice, a name to those who search it. */
export type Name = string;

/** One site: its levels below the source's, as the model tells them apart. */
export interface Axis {
  readonly id: string;
  /** Per level, what is one step weaker; from `TOP` on, each level once. */
  readonly down: ReadonlyMap<Name, readonly Name[]>;
}

/** The level that the source has. */
export const TOP: Name = "";

/** Levels by site, without those at `TOP`. */
export type Point = ReadonlyMap<string, Name>;

export class Lattice {
  readonly axes: readonly Axis[];
  private readonly byId: ReadonlyMap<string, Axis>;
  /** Per site and level, all levels that are as weak or weaker. */
  private readonly below = new Map<string, ReadonlySet<Name>>();

  constructor(axes: readonly Axis[]) {
    this.axes = axes;
    this.byId = new Map(axes.map((axis) => [axis.id, axis]));
    for (const axis of axes)
      for (const level of levelsOf(axis)) this.below.set(key(axis.id, level), reach(axis, level));
  }

  /** All levels of a site, stronger before weaker. */
  levels(site: string): readonly Name[] {
    const axis = this.byId.get(site);
    return axis === undefined ? [] : levelsOf(axis);
  }

  /** `b` is as weak as `a`, or weaker. */
  isWeaker(site: string, a: Name, b: Name): boolean {
    return this.below.get(key(site, a))?.has(b) === true;
  }

  /** `b` relaxes whatever `a` does: what breaks under `a` breaks under `b`. */
  includes(b: Point, a: Point): boolean {
    for (const [site, level] of a) if (!this.isWeaker(site, level, b.get(site) ?? TOP)) return false;
    return true;
  }

  /** Points one step weaker, each with the site that makes the difference. */
  further(point: Point): { readonly site: string; readonly level: Name; readonly point: Point }[] {
    return this.axes.flatMap(({ id, down }) =>
      (down.get(point.get(id) ?? TOP) ?? []).map((level) => ({
        site: id,
        level,
        point: withLevel(point, id, level),
      })),
    );
  }

  /**
   * The weakest points below `point` (stronger, or equal) that do not include `conflict`: one site of the conflict is
   * stronger than that, and as weak as it can be nevertheless.
   */
  escapes(point: Point, conflict: Point): Point[] {
    const found: Point[] = [];
    for (const [site, broken] of conflict) {
      const now = point.get(site) ?? TOP;
      const free = this.levels(site).filter(
        (level) => this.isWeaker(site, level, now) && !this.isWeaker(site, broken, level),
      );
      const weakest = free.filter((a) => !free.some((b) => b !== a && this.isWeaker(site, a, b)));
      for (const level of weakest) found.push(withLevel(point, site, level));
    }
    return found;
  }

  /** Every site as weak as it can be; where a site has several weakest levels, each. */
  bottoms(): Point[] {
    let points: Point[] = [new Map()];
    for (const axis of this.axes) {
      const last = levelsOf(axis).filter((level) => (axis.down.get(level) ?? []).length === 0);
      points = points.flatMap((point) => last.map((level) => withLevel(point, axis.id, level)));
    }
    return points;
  }
}

/** The point with one site at another level. */
export function withLevel(point: Point, site: string, level: Name): Point {
  const next = new Map(point);
  if (level === TOP) next.delete(site);
  else next.set(site, level);
  return next;
}

/** Points with the same key are equal. */
export function pointKey(point: Point): string {
  return JSON.stringify([...point].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const key = (site: string, level: Name): string => `${level} ${site}`;

function levelsOf(axis: Axis): Name[] {
  return [...reach(axis, TOP)];
}

/** `level` and everything below it, nearest first. */
function reach(axis: Axis, level: Name): Set<Name> {
  const found = new Set([level]);
  for (const each of found) for (const next of axis.down.get(each) ?? []) found.add(next);
  return found;
}
