/**
 * Answers whether a weakened scheme still holds, by checking it in scenario after scenario until one breaks.
 *
 * A scenario that executes none of the weakened sites is left out: its executions are those of the specimen, which is
 * proved. (One that executes some of them has to be checked with all: weakened, it may come to the others.) Scenarios in
 * which something has broken before come first, then those with few states. Whatever was checked is remembered.
 */

import { present } from "../../base/assert.ts";
import { weakeningOf } from "../../check/barriers/axes.ts";
import { type Lattice, type Point, pointKey } from "../../check/barriers/lattice.ts";
import type { Answer, Oracle } from "../../check/barriers/minimal_sets.ts";
import { formatWeakening } from "../../check/mutations/weakening.ts";
import { LEFT_OUT } from "../../check/states/check.ts";
import type { Limit } from "../../evidence/barriers.ts";
import type { Verdict, Violation } from "../../evidence/types.ts";
import type { CheckPool } from "../check_pool.ts";
import type { CheckJob, JobResult } from "../engines.ts";

/**
 * What a verdict leaves out of a search that was otherwise complete; undefined where it is no such verdict. Nothing is
 * proved then, but programs can be compared: what holds does so among the other executions.
 */
export function leftOutBy(verdict: Verdict): string | undefined {
  return verdict.kind === "bounded" && LEFT_OUT.includes(verdict.limit) ? verdict.detail : undefined;
}

/** A check of the specimen as it stands, in which nothing was violated, and what it has of the sites. */
export interface Ground {
  readonly job: CheckJob;
  readonly states: number;
  /** The limit that the search of the specimen as it stands has hit. Then a weaker one can be broken there, never proved. */
  readonly limit?: string;
  /** Sites that its program has. */
  readonly linked: ReadonlySet<string>;
  /** Sites that it executes; all that it has where that is not known. */
  readonly executed: ReadonlySet<string>;
}

/** A violation of a weakened specimen, and where it was found. */
export interface Shown {
  readonly ground: Ground;
  readonly mutation: string;
  readonly cpus: number;
  readonly violation: Violation;
}

/** Searches that hit limits, the first of them in `ground`. */
export interface Stuck {
  readonly ground: Ground;
  readonly limits: readonly Limit[];
}

export type Known = Answer<Shown, Stuck>;

export class Prober implements Oracle<Shown, Stuck> {
  readonly #pool: CheckPool;
  readonly #grounds: readonly Ground[];
  readonly #lattice: Lattice;
  readonly #remembered = new Map<string, Promise<JobResult>>();
  /** Points that broke, by where. */
  readonly #broken = new Map<Ground, Point[]>();
  #asking = 0;
  /** What searches have left out so far, in words. */
  readonly leftOut = new Set<string>();

  constructor(pool: CheckPool, grounds: readonly Ground[], lattice: Lattice) {
    this.#pool = pool;
    this.#grounds = grounds;
    this.#lattice = lattice;
  }

  /** Scenarios that execute a site. */
  executing(site: string): number {
    return this.#grounds.filter(({ executed }) => executed.has(site)).length;
  }

  async ask(point: Point): Promise<Known> {
    const sites = [...point.keys()];
    const grounds = this.#grounds.filter(({ executed }) => sites.some((site) => executed.has(site)));
    this.#asking++;
    try {
      return await this.#askAll(this.#inOrder(grounds, point), point);
    } finally {
      this.#asking--;
    }
  }

  async askLike(point: Point, { ground }: Shown | Stuck): Promise<Known> {
    const nothing = ![...point.keys()].some((site) => ground.linked.has(site));
    return nothing ? { kind: "proved" } : this.#answer(ground, point, await this.#check(ground, point));
  }

  /** Those in which a part of the point has broken before, then the cheapest. */
  #inOrder(grounds: readonly Ground[], point: Point): Ground[] {
    const hits = new Map(
      grounds.map((ground) => {
        const broken = this.#broken.get(ground) ?? [];
        return [ground, broken.some((part) => this.#lattice.includes(point, part)) ? 0 : 1];
      }),
    );
    return [...grounds].sort((a, b) => (hits.get(a) ?? 0) - (hits.get(b) ?? 0) || a.states - b.states);
  }

  /** Checks one after the other, or as many at a time as there are threads for this question. */
  async #askAll(grounds: readonly Ground[], point: Point): Promise<Known> {
    const waiting = [...grounds];
    const running: { readonly ground: Ground; readonly result: Promise<JobResult> }[] = [];
    const stuck: Stuck[] = [];
    for (;;) {
      const width = Math.max(1, Math.floor(this.#pool.threads / this.#asking));
      while (running.length < width && waiting.length > 0) {
        const ground = present(waiting.shift(), "a scenario");
        const result = this.#check(ground, point);
        // A violation elsewhere may end the question first; a failure then is told to whoever asks next.
        result.catch(() => {});
        running.push({ ground, result });
      }
      const next = running.shift();
      if (next === undefined) break;
      const answer = this.#answer(next.ground, point, await next.result);
      if (answer.kind === "violated") return answer;
      if (answer.kind === "unknown") stuck.push(answer.by);
    }
    const [first] = stuck;
    if (first === undefined) return { kind: "proved" };
    return { kind: "unknown", by: { ...first, limits: stuck.flatMap(({ limits }) => limits) } };
  }

  #check(ground: Ground, point: Point): Promise<JobResult> {
    const here = new Map([...point].filter(([site]) => ground.linked.has(site)));
    const key = `${ground.job.scenario} ${pointKey(here)}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const result = this.#pool.check({ ...ground.job, mutation: formatWeakening(weakeningOf(here)) });
    this.#remembered.set(key, result);
    return result;
  }

  #answer(ground: Ground, point: Point, { verdict, cpus, mutation = "" }: JobResult): Known {
    const unknown = (detail: string): Known => {
      return { kind: "unknown", by: { ground, limits: [{ scenario: ground.job.scenario, detail }] } };
    };
    const held: Known =
      ground.limit === undefined ? { kind: "proved" } : unknown(`as it stands: ${ground.limit}`);
    const leftOut = leftOutBy(verdict);
    if (leftOut !== undefined) {
      this.leftOut.add(leftOut);
      return held;
    }
    switch (verdict.kind) {
      case "proved":
        return held;
      case "violated":
        this.#broken.set(ground, [...(this.#broken.get(ground) ?? []), point]);
        return { kind: "violated", by: { ground, mutation, cpus, violation: verdict.violation } };
      default:
        return unknown(verdict.kind === "bounded" ? `${verdict.limit}: ${verdict.detail}` : verdict.message);
    }
  }
}
