/** When lines may leave the cache where they are: a binary heap of (time, line), one entry per line that is waited for. */

export class Moves {
  private times = new Float64Array(64);
  private lines = new Int32Array(64);
  private used = 0;
  /** [0]: when the first line may leave; Infinity when nobody waits for any. */
  readonly due = new Float64Array(1).fill(Infinity);

  firstLine(): number {
    return this.lines[0] as number;
  }

  add(time: number, line: number): void {
    if (this.used === this.times.length) this.grow();
    let at = this.used++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.after(this.times[above] as number, this.lines[above] as number, time, line)) break;
      this.put(at, this.times[above] as number, this.lines[above] as number);
      at = above;
    }
    this.put(at, time, line);
    this.due[0] = this.times[0] as number;
  }

  /** The first line may leave only at `time`. */
  postpone(time: number): void {
    this.sink(time, this.firstLine());
  }

  removeFirst(): void {
    const last = --this.used;
    if (last > 0) this.sink(this.times[last] as number, this.lines[last] as number);
    else this.due[0] = Infinity;
  }

  /** Puts an entry at the top and lets it sink to its place. */
  private sink(time: number, line: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.used) break;
      const right = below + 1;
      if (right < this.used && this.precedes(right, below)) below = right;
      if (!this.after(time, line, this.times[below] as number, this.lines[below] as number)) break;
      this.put(at, this.times[below] as number, this.lines[below] as number);
      at = below;
    }
    this.put(at, time, line);
    this.due[0] = this.times[0] as number;
  }

  private precedes(a: number, b: number): boolean {
    return this.after(
      this.times[b] as number,
      this.lines[b] as number,
      this.times[a] as number,
      this.lines[a] as number,
    );
  }

  private after(time: number, line: number, otherTime: number, otherLine: number): boolean {
    return time > otherTime || (time === otherTime && line > otherLine);
  }

  private put(at: number, time: number, line: number): void {
    this.times[at] = time;
    this.lines[at] = line;
  }

  private grow(): void {
    const times = new Float64Array(this.used * 2);
    const lines = new Int32Array(this.used * 2);
    times.set(this.times);
    lines.set(this.lines);
    this.times = times;
    this.lines = lines;
  }
}
