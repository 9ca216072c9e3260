/** Hand-written events of one CPU, a microsecond apart, and what inference makes of them. */

import type { TraceInfo } from "../../src/trace/events.ts";
import type { ActionSink, EvidenceLevel, Sure, SwitchClass } from "../../src/trace/infer/actions.ts";
import type { InferOptions } from "../../src/trace/infer/infer.ts";
import type { InferenceReport } from "../../src/trace/infer/report.ts";
import { Collected } from "./collect.ts";

type Named = readonly [pid: number, comm: string];

const CPU = 0;
const INIT_MM = 1;
const CLONE_VM = 0x100;

const ACTIONS = [
  "taskAppears",
  "exitMm",
  "exec",
  "finalMmput",
  "taskGone",
  "useMm",
  "unuseMm",
  "offlineToInitMm",
  "cpuOnline",
  "correctTask",
  "correctActive",
] as const;

export function memoryWindow(window: number): InferOptions {
  return { window };
}

const INFO: TraceInfo = {
  format: "script",
  clock: "counter",
  unitsPerSecond: undefined,
  origin: 0n,
  cpus: 1,
  eventNames: new Set(["lazy/sw"]),
  kernel: undefined,
  initMm: INIT_MM,
  address: (id) => BigInt(id),
};

export class Script {
  /** The names of the actions, in order; of `switchTasks` too. */
  readonly log: string[] = [];
  private readonly seen: Collected;
  private readonly found: { cls: SwitchClass; sure: Sure }[] = [];
  private ts = 0;
  private ended = false;

  constructor(evidence: EvidenceLevel, options: InferOptions = {}) {
    const loggers = ACTIONS.map((name) => [name, () => this.log.push(name)]);
    const actions = Object.fromEntries(loggers) as ActionSink;
    this.seen = new Collected({ ...options, evidence }, actions, (entry) => {
      this.log.push("switchTasks");
      this.found.push(entry);
    });
    this.seen.sink.begin?.(INFO);
  }

  switch(prev: Named, next: Named, state = 0): this {
    this.seen.sink.schedSwitch?.(this.now(), CPU, prev[0], prev[1], state, next[0], next[1]);
    return this;
  }

  /** A TLB flush: 0 is "on task switch". `pid` is the current task. */
  flush(pid: number, reason: number): this {
    this.seen.sink.tlbFlush?.(this.now(), CPU, pid, reason, -1);
    return this;
  }

  /** Any event of the task that shows that the switch to it is over. */
  touch(pid: number): this {
    return this.flush(pid, 3);
  }

  fork(parent: number, child: number): this {
    this.seen.sink.newTask?.(this.now(), CPU + 1, parent, child, "app", 0);
    return this;
  }

  thread(parent: number, child: number, comm = "app"): this {
    this.seen.sink.newTask?.(this.now(), CPU + 1, parent, child, comm, CLONE_VM);
    return this;
  }

  rename(pid: number): this {
    this.seen.sink.rename?.(this.now(), CPU, pid, "app", "new");
    return this;
  }

  exec(pid: number): this {
    this.seen.sink.exec?.(this.now(), CPU, pid, pid);
    return this;
  }

  exit(pid: number, groupDead: boolean | undefined): this {
    this.seen.sink.exit?.(this.now(), CPU, pid, "app", groupDead);
    return this;
  }

  lost(count: number): this {
    this.seen.sink.lost?.(this.now(), CPU, count);
    return this;
  }

  lazySwitch(prev: number, prevMm: number, active: number, next: number, nextMm: number): this {
    this.seen.sink.lazySwitch?.(this.now(), CPU, prev, prevMm, active, 1, next, nextMm, 0);
    return this;
  }

  enterLazy(current: number, mm: number, pid: number): this {
    this.seen.sink.enterLazyTlb?.(this.now(), CPU, current, mm, pid, 0, 1, 1);
    return this;
  }

  switchMm(current: number, prev: number, next: number, task: number): this {
    this.seen.sink.switchMm?.(this.now(), CPU, current, prev, next, task);
    return this;
  }

  mmdropFinal(mm: number): this {
    this.seen.sink.mmdropFinal?.(this.now(), CPU, 0, mm);
    return this;
  }

  exitMmRelease(pid: number, mm: number): this {
    this.seen.sink.exitMmRelease?.(this.now(), CPU, pid, pid, mm);
    return this;
  }

  useMm(pid: number, mm: number): this {
    this.seen.sink.kthreadUseMm?.(this.now(), CPU, pid, mm);
    return this;
  }

  classes(): SwitchClass[] {
    this.end();
    return this.found.map((entry) => entry.cls);
  }

  sures(): Sure[] {
    this.end();
    return this.found.map((entry) => entry.sure);
  }

  report(): InferenceReport {
    this.end();
    return this.seen.report;
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.seen.sink.end?.({
      events: new Map(),
      total: 0,
      lost: 0,
      lostPlaces: 0,
      firstTs: 0,
      lastTs: this.ts,
    });
  }

  private now(): number {
    return ++this.ts;
  }
}
