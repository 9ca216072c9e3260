/** Trace clocks: which one a file used, and whether its units are a time (kernel/trace/trace.c, `trace_clocks[]`). */

const NANOSECONDS = new Set(["local", "global", "perf", "mono", "mono_raw", "boot", "tai"]);
/** The clock "uptime" counts jiffies but shows them in units of USER_HZ, which is 100 on every architecture here. */
const USER_HZ = 100;

/** The clock in brackets in a line of `trace_clock`; a bare name stands for itself. */
export function selectedClock(line: string): string {
  const text = line.trim();
  return /\[([^\]]+)\]/.exec(text)?.[1] ?? (text === "" || text.includes(" ") ? "local" : text);
}

/** Units per second; undefined for clocks that count something else ("counter") or an unknown cycle ("x86-tsc"). */
export function unitsPerSecond(
  clock: string,
  tsc: { readonly multiplier: number; readonly shift: number } | undefined,
): number | undefined {
  if (NANOSECONDS.has(clock)) return 1e9;
  if (clock === "uptime") return USER_HZ;
  // The timestamps stay in cycles, exact; only their meaning in seconds is told.
  if (clock === "x86-tsc" && tsc !== undefined && tsc.multiplier > 0)
    return (1e9 * 2 ** tsc.shift) / tsc.multiplier;
  return undefined;
}
