/**
 * What both versions of the format boil down to: the parts of a trace.dat that matter for reading events, with the
 * places of the per-CPU data but not the data. `v6.ts` and `v7.ts` fill it; nothing after them asks for the version.
 */

import type { CpuStat } from "./cpu_stat.ts";
import type { EventFormat } from "./event_format.ts";

/** Where the ring-buffer pages of one CPU are. */
export interface CpuRegion {
  readonly cpu: number;
  readonly offset: number;
  /** Bytes in the file: compressed chunks with their headers, or plain pages. */
  readonly size: number;
}

/** One trace buffer: the top instance, whose name is empty, or a named instance. */
export interface TraceBuffer {
  readonly name: string;
  readonly clock: string;
  /** Bytes of a ring-buffer page; undefined in version 6, where `header_page` tells it. */
  readonly pageSize: number | undefined;
  readonly regions: readonly CpuRegion[];
  /** True when the regions are chunks, each compressed by itself. */
  readonly chunked: boolean;
}

/** The metadata, filled while the file is walked. */
export interface TraceFile {
  /** `header_page` as the kernel gave it. */
  headerPage: string;
  /** Formats of all events by id. */
  formats: Map<number, EventFormat>;
  /** Address of `init_mm` where kallsyms has it. */
  initMm: bigint | undefined;
  /** The line of trace_clock, the clock in use in brackets: "[local] global …". */
  traceClock: string | undefined;
  /** `uname -srvm`-like line: sysname, nodename, release, machine. */
  uname: string | undefined;
  /** CPUs of the machine, where an option says so. */
  cpuCount: number | undefined;
  /** What to add to timestamps to get those that `trace-cmd report` shows, in nanoseconds. */
  clockOffset: bigint | undefined;
  /** How x86-tsc cycles become nanoseconds: `cycles * multiplier / 2^shift`. */
  tscScale: { readonly multiplier: number; readonly shift: number } | undefined;
  /** Statistics of the kernel's buffers at the end of the recording. */
  stats: CpuStat[];
  buffers: TraceBuffer[];
}

export function emptyTraceFile(): TraceFile {
  return {
    headerPage: "",
    formats: new Map(),
    initMm: undefined,
    traceClock: undefined,
    uname: undefined,
    cpuCount: undefined,
    clockOffset: undefined,
    tscScale: undefined,
    stats: [],
    buffers: [],
  };
}
