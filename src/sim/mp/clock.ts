/**
 * Who is next: one pending time per CPU, and the least of them.
 *
 * A tournament over the CPUs: node i holds the winner of its two children (nodes 2i and 2i+1), leaves hold the times.
 * An update replays the matches on the way to the root, the runner-up of one CPU is the best of the losers on its
 * way: both log₂ n steps over typed arrays, nothing is allocated, and a CPU's time may move either way. Of equal times
 * the lower CPU's comes first.
 */

export class Clock {
  /** Time of each CPU's next event; Infinity for none. */
  readonly times: Float64Array;
  private readonly leaves: number;
  /** Winner of the subtree of each inner node. */
  private readonly winner: Int32Array;

  constructor(cpus: number) {
    let leaves = 2;
    while (leaves < cpus) leaves *= 2;
    this.leaves = leaves;
    this.times = new Float64Array(leaves).fill(Infinity);
    this.winner = new Int32Array(2 * leaves);
    for (let i = 0; i < leaves; i++) this.winner[leaves + i] = i;
    for (let i = leaves - 1; i >= 1; i--) this.winner[i] = this.winner[2 * i] as number;
  }

  set(cpu: number, time: number): void {
    const { times, winner } = this;
    times[cpu] = time;
    for (let node = (this.leaves + cpu) >> 1; node >= 1; node >>= 1) {
      const left = winner[2 * node] as number;
      const right = winner[2 * node + 1] as number;
      winner[node] = (times[right] as number) < (times[left] as number) ? right : left;
    }
  }

  /** The CPU whose event comes first. */
  first(): number {
    return this.winner[1] as number;
  }

  /** The earliest time among all CPUs but `cpu`. */
  others(cpu: number): number {
    const { times, winner } = this;
    let best = Infinity;
    for (let node = this.leaves + cpu; node > 1; node >>= 1) {
      const time = times[winner[node ^ 1] as number] as number;
      if (time < best) best = time;
    }
    return best;
  }
}
