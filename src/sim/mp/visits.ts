/**
 * Lines that are handed on below a last-level cache before they leave it.
 *
 * A cache that knows what the cores below it have (the shadow tags of AMD's L3, the snoop filter of Intel's) serves a
 * request for a line that one of them has without asking the line's home. So cores do not queue at the home, caches do: the
 * line makes a *visit* to one cache after the other. Two things bound a visit. It begins when the line arrives. It
 * ends when the home's next probe takes the line away; the home sends that when it has heard that the line has arrived,
 * and the next in turn has asked: two of the three legs that a transfer consists of (completion, probe, data).
 *
 *     arrival ─── completion ──▶ home ─── probe ──▶ departure ─── data ──▶ next arrival
 *            └── the cores here hand the line on: `stay` of the latency ──┘
 *
 * Who asks below a cache where the line is, or to which it is already under way, takes part in that visit if it will be
 * done before the departure; otherwise its cache queues at the home like any other. All of this is decided when a request is
 * made, as in `lines.ts`: a visit's departure is fixed by the first request of another cache.
 *
 * A visit that is not the last one of its line is a row here: one per cache and line, kept only for lines that anybody has
 * ever had to wait for.
 */

const NONE = -1;

export class Visits {
  private readonly groups: number;
  /** By line: 1 + its first row, or 0. */
  private readonly rows: Int32Array;
  /** By line: when the last visit began. */
  readonly since: Float64Array;
  /** By row: until when the cores there have the line among themselves, who of them has it last, when it leaves. */
  private tail = new Float64Array(64);
  private leaves = new Float64Array(64);
  private last = new Int32Array(64).fill(NONE);
  private used = 0;

  constructor(lines: number, groups: number) {
    this.groups = groups;
    this.rows = new Int32Array(lines);
    this.since = new Float64Array(lines);
  }

  timeBegins(): void {
    this.since.fill(0);
    this.tail.fill(0);
    this.leaves.fill(0);
    this.last.fill(NONE);
  }

  /**
   * `core` of cache `group` asks at `now` for line `l`, which is elsewhere by the end of the queue, to have it for `cost`.
   * When it gets it within a visit that is to come or under way; −1 when there is none in which it would be done.
   */
  join(l: number, group: number, core: number, now: number, cost: number, near: number): number {
    const rows = this.rows[l] as number;
    if (rows === 0) return NONE;
    const row = rows - 1 + group;
    const leaves = this.leaves[row] as number;
    if (leaves <= now) return NONE;
    const start = Math.max(now, this.tail[row] as number);
    const done = this.last[row] === core ? start : start + near;
    if (done + cost > leaves) return NONE;
    this.tail[row] = done + cost;
    this.last[row] = core;
    return done;
  }

  /** The last visit of `l`, to `group`, will end at `leaves`; `core` is the last there that has asked, and has it until `tail`. */
  close(l: number, group: number, core: number, tail: number, leaves: number, contended: boolean): void {
    let rows = this.rows[l] as number;
    if (rows === 0) {
      if (!contended) return;
      rows = this.fresh();
      this.rows[l] = rows;
    }
    const row = rows - 1 + group;
    this.tail[row] = tail;
    this.leaves[row] = leaves;
    this.last[row] = core;
  }

  private fresh(): number {
    const from = this.used;
    this.used += this.groups;
    if (this.used > this.tail.length) {
      const size = Math.max(2 * this.tail.length, this.used);
      this.tail = wider(this.tail, new Float64Array(size));
      this.leaves = wider(this.leaves, new Float64Array(size));
      this.last = wider(this.last, new Int32Array(size).fill(NONE));
    }
    return from + 1;
  }

  /** Nobody keeps a line beyond its departure: for tests. */
  check(): string | undefined {
    for (let row = 0; row < this.used; row++) {
      if ((this.tail[row] as number) > (this.leaves[row] as number))
        return `a line is kept for ${(this.tail[row] as number) - (this.leaves[row] as number)} ps too long`;
    }
    return undefined;
  }
}

function wider<A extends Int32Array | Float64Array>(old: A, fresh: A): A {
  fresh.set(old);
  return fresh;
}
