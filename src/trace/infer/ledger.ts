/**
 * The one place that actions pass on their way out: counts them for the report, keeps the tables of tasks and
 * address spaces true to them, and hands them to the consumer. Both kinds of inference decide *what* happened and
 * say it here; so the figures of the report are the figures of the stream.
 */

import type { TraceCpu, TraceInfo } from "../events.ts";
import {
  type ActionSink,
  type EvidenceLevel,
  type MmId,
  NO_MM,
  type ObservedFigure,
  type Sure,
  SWITCH_CLASSES,
  type SwitchClass,
  type TaskId,
  type TaskKind,
  UNKNOWN_MM,
} from "./actions.ts";
import { type MmOrigin, MmTable } from "./mms.ts";
import type { ConflictKind, InferenceReport, SyntheticKind } from "./report.ts";
import { TaskTable } from "./tasks.ts";

const SURES: readonly Sure[] = ["observed", "inferred", "assumed", "unknown"];

/** Adds one under a key. */
function bump<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export class Ledger {
  readonly tasks = new TaskTable();
  readonly mms = new MmTable();
  /** Set by the inference: what it used. */
  readonly evidence = new Set<string>();
  longestWindow = 0;
  /** exit_mm where a probe counts them apart from the action, else −1 and the actions are counted. */
  exitMmProbed = -1;

  private readonly sink: ActionSink;
  private readonly level: EvidenceLevel;
  private readonly switches: Record<SwitchClass, number> = {
    user_kern: 0,
    kern_kern: 0,
    kern_user_same: 0,
    kern_user_other: 0,
    user_user_same: 0,
    user_user_other: 0,
    unknown: 0,
  };
  private readonly bySure: Record<Sure, number> = { observed: 0, inferred: 0, assumed: 0, unknown: 0 };
  private readonly conflicts = new Map<ConflictKind, number>();
  private readonly synthetic = new Map<SyntheticKind, number>();
  private readonly figures = new Map<ObservedFigure, number>();
  private readonly lazyCpus = new Map<number, number>();
  private exits = 0;
  private finals = 0;
  private lostPlaces = 0;
  private lostEvents = 0;

  constructor(sink: ActionSink, level: EvidenceLevel) {
    this.sink = sink;
    this.level = level;
  }

  begin(info: TraceInfo): void {
    this.sink.begin?.(info, this.level);
  }

  conflict(kind: ConflictKind): void {
    bump(this.conflicts, kind);
  }

  synthesise(kind: SyntheticKind): void {
    bump(this.synthetic, kind);
  }

  /** A task that predates its first event. */
  appear(ts: number, cpu: TraceCpu, pid: number, comm: string, kind: TaskKind, mm: MmId, sure: Sure): TaskId {
    const task = this.tasks.create(pid, cpu, comm);
    this.introduce(ts, task, kind, mm, sure);
    return task;
  }

  /** Says of a task that already has an id what it is. */
  introduce(ts: number, task: TaskId, kind: TaskKind, mm: MmId, sure: Sure): void {
    const comm = this.tasks.comm(task);
    this.tasks.describe(task, kind, mm, sure);
    this.synthesise("task_predates_trace");
    this.mms.join(mm, task, comm);
    this.sink.taskAppears?.(ts, task, this.tasks.pids[task] ?? 0, comm, kind, mm, sure);
  }

  /** An mm named for the first time. */
  newMm(ts: number, origin: MmOrigin, born: boolean, sure: Sure, users: number | undefined): MmId {
    const mm = this.mms.create(ts, origin, sure);
    if (!born) this.synthesise("mm_predates_trace");
    this.sink.mmAppears?.(ts, mm, born, users);
    return mm;
  }

  cpuStarts(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, activeMm: MmId, sure: Sure): void {
    this.sink.cpuStarts?.(ts, cpu, task, mm, activeMm, sure);
  }

  switchTasks(
    ts: number,
    cpu: TraceCpu,
    prev: TaskId,
    next: TaskId,
    prevMm: MmId,
    activeMm: MmId,
    nextMm: MmId,
    cls: SwitchClass,
    sure: Sure,
  ): void {
    this.switches[cls]++;
    this.bySure[sure]++;
    if (activeMm >= 0) this.mms.lastTs[activeMm] = ts;
    if (nextMm >= 0) this.mms.lastTs[nextMm] = ts;
    this.sink.switchTasks?.(ts, cpu, prev, next, prevMm, activeMm, nextMm, cls, sure);
  }

  /** The child already has an id. */
  fork(
    ts: number,
    cpu: TraceCpu,
    parent: TaskId,
    child: TaskId,
    childMm: MmId,
    shares: boolean,
    sure: Sure,
  ): void {
    this.tasks.describe(child, childMm === NO_MM ? "kernel" : "user", childMm, sure);
    this.mms.join(childMm, child, this.tasks.comm(child));
    this.sink.fork?.(ts, cpu, parent, child, childMm, shares, sure);
  }

  /** Returns how many known holders the mm has left. */
  exitMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): number {
    this.exits++;
    this.tasks.mm.set(task, NO_MM);
    this.tasks.sure[task] = sure;
    this.sink.exitMm?.(ts, cpu, task, mm, sure);
    return this.mms.leave(mm);
  }

  taskGone(ts: number, cpu: TraceCpu, task: TaskId): void {
    this.sink.taskGone?.(ts, cpu, task);
  }

  /** Returns how many known holders the old mm has left. */
  exec(ts: number, cpu: TraceCpu, task: TaskId, oldMm: MmId, newMm: MmId, sure: Sure): number {
    this.tasks.describe(task, "user", newMm, "inferred");
    this.mms.join(newMm, task, this.tasks.comm(task));
    this.sink.exec?.(ts, cpu, task, oldMm, newMm, sure);
    return this.mms.leave(oldMm);
  }

  useMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): void {
    this.tasks.mm.set(task, mm);
    this.sink.useMm?.(ts, cpu, task, mm, sure);
  }

  unuseMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): void {
    this.tasks.mm.set(task, NO_MM);
    this.sink.unuseMm?.(ts, cpu, task, mm, sure);
  }

  finalMmput(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, lazyCpus: number, sure: Sure): void {
    this.finals++;
    bump(this.lazyCpus, lazyCpus);
    this.mms.ended.set(mm, 1);
    this.mms.lastTs[mm] = ts;
    this.sink.finalMmput?.(ts, cpu, task, mm, lazyCpus, sure);
  }

  mmdropFinal(ts: number, cpu: TraceCpu, mm: MmId, onLazySwitch: boolean): void {
    this.mms.lastTs[mm] = ts;
    this.observed(ts, cpu, onLazySwitch ? "mmdrop_final_on_lazy_switch" : "mmdrop_final_other", mm, 1);
    this.sink.mmdropFinal?.(ts, cpu, mm, onLazySwitch);
  }

  offlineToInitMm(ts: number, cpu: TraceCpu, lazyMm: MmId, dropsNow: boolean, sure: Sure): void {
    this.sink.offlineToInitMm?.(ts, cpu, lazyMm, dropsNow, sure);
  }

  finishCpu(ts: number, cpu: TraceCpu, deadCpu: TraceCpu, lazyMm: MmId, sure: Sure): void {
    this.sink.finishCpu?.(ts, cpu, deadCpu, lazyMm, sure);
  }

  cpuOnline(ts: number, cpu: TraceCpu): void {
    this.sink.cpuOnline?.(ts, cpu);
  }

  /** The task held `mm` all along. */
  correctTask(ts: number, task: TaskId, mm: MmId, sure: Sure): void {
    const old = this.tasks.mm.get(task);
    this.tasks.mm.set(task, mm);
    if (old !== UNKNOWN_MM) this.mms.leave(old);
    this.mms.join(mm, task, this.tasks.comm(task));
    this.sink.correctTask?.(ts, task, old, mm, sure);
  }

  correctActive(ts: number, cpu: TraceCpu, oldMm: MmId, newMm: MmId, sure: Sure): void {
    this.sink.correctActive?.(ts, cpu, oldMm, newMm, sure);
  }

  observed(ts: number, cpu: TraceCpu, figure: ObservedFigure, mm: MmId, value: number): void {
    bump(this.figures, figure);
    this.sink.observed?.(ts, cpu, figure, mm, value);
  }

  lost(ts: number, cpu: TraceCpu, count: number | undefined): void {
    this.lostPlaces++;
    this.lostEvents += count ?? 0;
    this.sink.lost?.(ts, cpu, count);
  }

  end(): void {
    this.sink.end?.(this.report());
  }

  private report(): InferenceReport {
    return {
      level: this.level,
      evidence: [...this.evidence],
      switches: new Map(SWITCH_CLASSES.map((cls) => [cls, this.switches[cls]])),
      switchesBySure: new Map(SURES.map((sure) => [sure, this.bySure[sure]])),
      exitMm: this.exitMmProbed >= 0 ? this.exitMmProbed : this.exits,
      finalMmput: this.finals,
      lazyCpusAtFinalMmput: this.lazyCpus,
      observed: this.figures,
      conflicts: this.conflicts,
      synthetic: this.synthetic,
      lostPlaces: this.lostPlaces,
      lostEvents: this.lostEvents,
      longestWindow: this.longestWindow,
      tasks: this.tasks.count,
      mms: this.mms.records(),
    };
  }
}
