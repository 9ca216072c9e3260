/**
 * The kernel's own statistics of a CPU's buffer (`per_cpu/cpuN/stats`), which trace-cmd stores as text in a CPUSTAT
 * option. They are the only place that tells of events dropped because the buffer was full and not overwriting:
 *
 *     CPU: 3
 *     entries: 0
 *     overrun: 1420          overwritten before anyone read them
 *     commit overrun: 0      dropped because a nested writer had wrapped the buffer
 *     dropped events: 57239  dropped because the buffer was full
 *     read events: 599
 */

/** Events of one CPU that are not in the file. */
export interface CpuStat {
  readonly cpu: number;
  /** Oldest events, overwritten by newer ones: the gap is before what the file has, or between its pages. */
  readonly overrun: number;
  /** Newest events, which found no room: the gap is somewhere after the first record. */
  readonly dropped: number;
}

/** The statistics in an option's text; undefined when it names no CPU. */
export function parseCpuStat(text: string): CpuStat | undefined {
  const lines = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^\s*([a-zA-Z ]+):\s*(\d+)\s*$/.exec(line);
    if (match?.[1] !== undefined) lines.set(match[1].trim(), Number(match[2]));
  }
  const cpu = lines.get("CPU");
  if (cpu === undefined) return undefined;
  const dropped = (lines.get("dropped events") ?? 0) + (lines.get("commit overrun") ?? 0);
  return { cpu, overrun: lines.get("overrun") ?? 0, dropped };
}
