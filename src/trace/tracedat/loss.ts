/**
 * The account of lost records. Two sources tell of them and overlap: flags and counts in pages, which say where but
 * only for events that were overwritten, and the kernel's per-CPU statistics, which have everything but no place.
 * So per CPU: overwritten records are the larger of both figures, and dropped ones come on top.
 */

import type { CpuStat } from "./cpu_stat.ts";
import type { Gap } from "./cpu_stream.ts";

interface Account {
  /** Overwritten, by the statistics. */
  overrun: number;
  /** Never written, by the statistics. */
  dropped: number;
  /** Overwritten, by the pages. */
  counted: number;
  settled: boolean;
}

export class LossLedger {
  /** Records known to be lost. */
  lost = 0;
  /** Places where a page said only that records were lost. */
  places = 0;
  readonly #accounts = new Map<number, Account>();

  constructor(stats: readonly CpuStat[]) {
    for (const stat of stats) {
      const account = this.#account(stat.cpu);
      account.overrun += stat.overrun;
      account.dropped += stat.dropped;
    }
  }

  /** Takes note of a gap that a page told of. */
  seen(cpu: number, gap: Gap): void {
    this.#account(cpu).counted += gap.count;
    this.lost += gap.count;
    this.places += gap.places;
  }

  /** What the statistics of a CPU have beyond its pages. Settles the account: to be asked once, at its end. */
  rest(cpu: number): number {
    const account = this.#account(cpu);
    if (account.settled) return 0;
    account.settled = true;
    const rest = Math.max(0, account.overrun - account.counted) + account.dropped;
    this.lost += rest;
    return rest;
  }

  /** CPUs with losses that no record came to carry: nothing of them is in the file. */
  unreported(): number[] {
    return [...this.#accounts].filter(([, account]) => !account.settled).map(([cpu]) => cpu);
  }

  #account(cpu: number): Account {
    const known = this.#accounts.get(cpu);
    if (known !== undefined) return known;
    const account = { overrun: 0, dropped: 0, counted: 0, settled: false };
    this.#accounts.set(cpu, account);
    return account;
  }
}
