/**
 * All minimal sets of orderings: the weakest points of a lattice that break nothing.
 *
 * Weakening a site only adds executions, so what breaks at a point breaks at every weaker one. The search goes the way
 * of minimal hitting sets ("dualize and advance", Gunopulos et al., TODS 2003): it keeps the *conflicts* found so far,
 * points that break something and would not with any of their sites stronger, and the weakest points that include none
 * of them. One of those is asked about. If it is proved, it is a minimal set: whatever is weaker includes a conflict.
 * If it is violated, the violation is shrunk to a new conflict. When every point that is left is proved, all minimal
 * sets are found. The number of questions is that of conflicts and minimal sets together.
 *
 * An answer may also be `unknown`, where a search hit a limit. Then nothing is claimed: the point is shrunk and put
 * aside as if it were a conflict, but marked, and what rests on it is "not known".
 */
import { type Lattice, type Name, type Point, pointKey, TOP, withLevel } from "./lattice.ts";

/** What is known of a point. `W` is what shows a violation, `U` what stood in the way of an answer. */
export type Answer<W, U> =
  | { readonly kind: "proved" }
  | { readonly kind: "violated"; readonly by: W }
  | { readonly kind: "unknown"; readonly by: U };

/** Answers questions about points, by searching or by remembering. */
export interface Oracle<W, U> {
  ask(point: Point): Promise<Answer<W, U>>;
  /** The same, looking only where `like` was found. */
  askLike(point: Point, like: W | U): Promise<Answer<W, U>>;
}

export interface Conflict<W, U> {
  readonly point: Point;
  readonly answer: Bad<W, U>;
}

type Bad<W, U> = Exclude<Answer<W, U>, { readonly kind: "proved" }>;

export interface Found<W, U> {
  /** Points that are proved and below which everything includes a conflict. */
  readonly minimal: readonly Point[];
  readonly conflicts: readonly Conflict<W, U>[];
  /** Every minimal set is in `minimal`; false where the search was cut short, or an answer unknown. */
  readonly complete: boolean;
  /** How many points were asked about. */
  readonly asked: number;
}

export interface MinimalOptions {
  /** So many points are asked about at most. */
  readonly most: number;
  readonly onAsk?: (asked: number) => void;
}

/** Candidates that are kept at most; with more the search ends, incomplete. */
const MOST_CANDIDATES = 4096;

export async function minimalSets<W, U>(
  lattice: Lattice,
  oracle: Oracle<W, U>,
  options: MinimalOptions,
): Promise<Found<W, U>> {
  const conflicts: Conflict<W, U>[] = [];
  const minimal = new Map<string, Point>();
  let candidates: Point[] = lattice.bottoms();
  let asked = 0;
  for (;;) {
    const open = candidates.find((point) => !minimal.has(pointKey(point)));
    if (open === undefined) break;
    if (asked === options.most || candidates.length > MOST_CANDIDATES)
      return { minimal: [...minimal.values()], conflicts, complete: false, asked };
    asked++;
    options.onAsk?.(asked);
    const answer = await oracle.ask(open);
    if (answer.kind === "proved") {
      minimal.set(pointKey(open), open);
      continue;
    }
    const conflict = await shrink(lattice, oracle, { point: open, answer });
    conflicts.push(conflict);
    candidates = without(lattice, candidates, conflict.point);
  }
  const complete = conflicts.every(({ answer }) => answer.kind === "violated");
  return { minimal: [...minimal.values()], conflicts, complete, asked };
}

/** The weakest points at or below the candidates that do not include `conflict`. */
function without(lattice: Lattice, candidates: readonly Point[], conflict: Point): Point[] {
  const kept = candidates.filter((point) => !lattice.includes(point, conflict));
  const fresh = new Map<string, Point>();
  for (const point of candidates) {
    if (!lattice.includes(point, conflict)) continue;
    for (const next of lattice.escapes(point, conflict)) fresh.set(pointKey(next), next);
  }
  const all = [...kept, ...fresh.values()];
  return all.filter((a) => !all.some((b) => b !== a && lattice.includes(b, a)));
}

/**
 * Makes a point that is not proved as strong as it can be while it still is not, in the same place, site by site. What
 * is violated stays violated.
 */
async function shrink<W, U>(
  lattice: Lattice,
  oracle: Oracle<W, U>,
  { point: start, answer: first }: Conflict<W, U>,
): Promise<Conflict<W, U>> {
  let point = start;
  let answer = first;
  for (const site of start.keys()) {
    for (const level of strongerLevels(lattice, site, start.get(site) ?? TOP)) {
      const stronger = withLevel(point, site, level);
      if (stronger.size === 0) continue;
      const now = await oracle.askLike(stronger, answer.by);
      if (now.kind === "proved" || (now.kind === "unknown" && answer.kind === "violated")) continue;
      point = stronger;
      answer = now;
      break;
    }
  }
  return { point, answer };
}

/** Levels of the site above `level`, the strongest first. */
function strongerLevels(lattice: Lattice, site: string, level: Name): Name[] {
  return lattice.levels(site).filter((each) => each !== level && lattice.isWeaker(site, each, level));
}
