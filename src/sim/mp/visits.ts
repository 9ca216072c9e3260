/**
 * Lines that visit one last-level cache after the other.
 *
 * A cache that knows what the cores below it have (the shadow tags of AMD's L3, the snoop filter of Intel's) serves a
 * request for a line that one of them has without asking the line's home, and asks once for all of its cores when none
 * of them has it. So cores do not queue at the home, caches do, and a line makes a *visit* to one after the other. First
 * come, first served holds at both places: at the home among caches, below a cache among cores and the home's probe, which is
 * one more request for the line there.
 *
 *     arrival ─── completion ──▶ home ─── probe ──▶ here: who asks now waits for the next visit; the line leaves
 *                                                 when those before are done ─── data ──▶ next arrival
 *
 * So a visit serves everybody who has asked below that cache before the probe comes (gated service, in the language of
 * polling systems), and the probe comes two of the three legs of a transfer after the arrival, or after the next in turn
 * has asked. At low load a visit serves one; the more contended a line, the more it serves.
 *
 * How long a visit takes is hence known only when its probe has come. A request that has to wait is kept here (`Requests`),
 * and whoever runs the machine calls `Lines.depart` at the time of `Moves.first`.
 */

import { Moves } from "./moves.ts";
import { Requests, wider } from "./requests.ts";

const NONE = -1;

export class Visits {
  readonly moves = new Moves();
  readonly requests = new Requests();
  /** By line: when the last visit began. */
  readonly since: Float64Array;
  private readonly groups: number;
  /** By line: 1 + its row, or 0 for one that nobody has ever had to wait for. */
  private readonly rows: Int32Array;
  private used = 0;
  /** By row: the first and last cache that waits, and when the home's probe for the first of them comes. */
  private head = new Int32Array(16).fill(NONE);
  private tail = new Int32Array(16).fill(NONE);
  private probe = new Float64Array(16);
  /** By row and cache: since when it waits, what comes after it, and its list of requests. */
  private asked: Float64Array;
  private next: Int32Array;
  private first: Int32Array;
  private last: Int32Array;

  constructor(lines: number, groups: number) {
    this.groups = groups;
    this.rows = new Int32Array(lines);
    this.since = new Float64Array(lines);
    this.asked = new Float64Array(16 * groups);
    this.next = new Int32Array(16 * groups);
    this.first = new Int32Array(16 * groups);
    this.last = new Int32Array(16 * groups);
  }

  timeBegins(): void {
    this.since.fill(0);
  }

  /** Whether anybody has ever had to wait for `l`. */
  known(l: number): boolean {
    return this.rows[l] !== 0;
  }

  /** Some cache waits for `l`. */
  wanted(l: number): boolean {
    const row = (this.rows[l] as number) - 1;
    return row >= 0 && this.head[row] !== NONE;
  }

  /** The home's probe for `l` has reached the cache where it is by `now`. */
  probed(l: number, now: number): boolean {
    const row = (this.rows[l] as number) - 1;
    return row >= 0 && this.head[row] !== NONE && now > (this.probe[row] as number);
  }

  /** The cache that gets `l` next, and its list of requests. */
  nextCache(l: number): number {
    return this.head[(this.rows[l] as number) - 1] as number;
  }

  firstRequest(l: number): number {
    const row = (this.rows[l] as number) - 1;
    return this.first[row * this.groups + (this.head[row] as number)] as number;
  }

  /** Since when the next cache waits for `l`. */
  askedBy(l: number): number {
    const row = (this.rows[l] as number) - 1;
    return this.asked[row * this.groups + (this.head[row] as number)] as number;
  }

  probeOf(l: number): number {
    return this.probe[(this.rows[l] as number) - 1] as number;
  }

  /** The probe for the next in turn reaches `l` at `probe`, and the line may leave at `leaves`. */
  expect(l: number, probe: number, leaves: number): void {
    this.probe[(this.rows[l] as number) - 1] = probe;
    this.moves.add(leaves, l);
  }

  /** `request` waits below `cache` from `now` on; true when that cache is the only one that waits, and has just begun to. */
  ask(l: number, cache: number, request: number, now: number): boolean {
    const row = this.rowOf(l);
    const cell = row * this.groups + cache;
    const first = this.first[cell] as number;
    if (first !== 0) {
      this.last[cell] = this.requests.insert(first, this.last[cell] as number, request);
      return false;
    }
    this.first[cell] = request;
    this.last[cell] = request;
    this.asked[cell] = now;
    this.next[cell] = NONE;
    const before = this.tail[row] as number;
    this.tail[row] = cache;
    if (before === NONE) {
      this.head[row] = cache;
      return true;
    }
    this.next[row * this.groups + before] = cache;
    return false;
  }

  /** The line goes to the next cache: its list of requests. */
  take(l: number): number {
    const row = (this.rows[l] as number) - 1;
    const cell = row * this.groups + (this.head[row] as number);
    const requests = this.first[cell] as number;
    this.first[cell] = 0;
    const then = this.next[cell] as number;
    this.head[row] = then;
    if (then === NONE) this.tail[row] = NONE;
    this.moves.removeFirst();
    return requests;
  }

  private rowOf(l: number): number {
    const known = this.rows[l] as number;
    if (known !== 0) return known - 1;
    const row = this.used++;
    if (row === this.head.length) this.grow();
    this.rows[l] = row + 1;
    return row;
  }

  private grow(): void {
    const rows = this.head.length * 2;
    const cells = rows * this.groups;
    this.head = wider(this.head, new Int32Array(rows).fill(NONE));
    this.tail = wider(this.tail, new Int32Array(rows).fill(NONE));
    this.probe = wider(this.probe, new Float64Array(rows));
    this.asked = wider(this.asked, new Float64Array(cells));
    this.next = wider(this.next, new Int32Array(cells));
    this.first = wider(this.first, new Int32Array(cells));
    this.last = wider(this.last, new Int32Array(cells));
  }

  /** A cache waits with requests, and is counted once: for tests. */
  check(): string | undefined {
    for (let row = 0; row < this.used; row++) {
      let waiting = 0;
      for (
        let cache = this.head[row] as number;
        cache !== NONE;
        cache = this.next[row * this.groups + cache] as number
      ) {
        if (this.first[row * this.groups + cache] === 0)
          return `cache ${cache} waits for a line that no core wants`;
        if (++waiting > this.groups) return "caches wait in a ring";
      }
    }
    return undefined;
  }
}
