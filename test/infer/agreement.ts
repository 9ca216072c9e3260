/** How far two inferences of one trace agree, switch by switch. */

import type { Seen } from "./collect.ts";

export interface Agreement {
  all: number;
  right: number;
  unknown: number;
  wrong: number;
  /** Wrong although the inference claimed to have observed or inferred it. */
  surelyWrong: number;
  /** "found, really true" → count, of those that differ. */
  readonly confusion: Map<string, number>;
}

/**
 * Compares per CPU, in order. The probe's record of a switch is slightly later than the stock one, and before the
 * CPU's next switch; with losses either may lack its counterpart, which is passed over.
 */
export function agreement(truth: readonly Seen[][], found: readonly Seen[][]): Agreement {
  const sum: Agreement = { all: 0, right: 0, unknown: 0, wrong: 0, surelyWrong: 0, confusion: new Map() };
  found.forEach((list, cpu) => {
    let at = 0;
    const real = truth[cpu] ?? [];
    list.forEach((entry, index) => {
      while (at < real.length && (real[at]?.ts ?? 0) < entry.ts) at++;
      const match = real[at];
      const next = list[index + 1];
      if (match !== undefined && (next === undefined || match.ts < next.ts)) compare(sum, match, entry);
    });
  });
  return sum;
}

function compare(sum: Agreement, real: Seen, entry: Seen): void {
  sum.all++;
  if (entry.cls === real.cls) {
    sum.right++;
    return;
  }
  if (entry.cls === "unknown") sum.unknown++;
  else sum.wrong++;
  if (entry.sure === "observed" || (entry.sure === "inferred" && entry.cls !== "unknown")) sum.surelyWrong++;
  const key = `${entry.cls}, really ${real.cls}`;
  sum.confusion.set(key, (sum.confusion.get(key) ?? 0) + 1);
}
