/**
 * Events as text lines: every call of the sink becomes `TS [CPU] method arguments`. What two readings must agree on,
 * and what goldens hold.
 */

import type { ByteSource } from "../../src/base/byte_source.ts";
import type { TraceInfo, TraceSink, TraceTotals } from "../../src/trace/events.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";

/** All methods of the sink that take an event. */
export const METHODS = [
  "schedSwitch",
  "wakeup",
  "migrate",
  "fork",
  "newTask",
  "rename",
  "exec",
  "exit",
  "tlbFlush",
  "ipiSendCpu",
  "ipiSendMask",
  "irqEntry",
  "lazySwitch",
  "enterLazyTlb",
  "switchMm",
  "mmdropFinal",
  "mmput",
  "exitMmap",
  "exitMmRelease",
  "execMmRelease",
  "wakeUpNewTask",
  "kthreadUseMm",
  "kthreadUnuseMm",
  "flushTlbMmRange",
  "flushTlbFunc",
  "nativeFlushTlbMulti",
  "leaveMm",
  "finishCpu",
  "idleTaskExit",
  "lost",
] as const satisfies readonly (keyof TraceSink)[];

export interface Reading {
  readonly info: TraceInfo;
  readonly totals: TraceTotals;
  readonly lines: readonly string[];
}

/** Reads a whole trace into lines, or only the events of some methods. */
export async function readLines(
  source: ByteSource,
  methods: readonly (keyof TraceSink)[] = METHODS,
): Promise<Reading> {
  const lines: string[] = [];
  let info: TraceInfo | undefined;
  const sink: TraceSink = { begin: (value) => (info = value) };
  for (const method of methods)
    Object.assign(sink, { [method]: (...args: unknown[]) => lines.push(line(method, args)) });
  const totals = await readTraceDat(source, sink);
  if (info === undefined) throw new Error("begin was not called");
  return { info, totals, lines };
}

function line(method: string, [ts, cpu, ...rest]: readonly unknown[]): string {
  return [`${ts}`, `[${cpu}]`, method, ...rest.map(String)].join(" ");
}
