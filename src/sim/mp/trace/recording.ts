/**
 * A recorded trace as a workload: what each CPU did to address spaces, when, and what had to have happened before.
 *
 * The stream of actions that inference makes of a trace (`trace/infer`) is written down as parallel arrays, small enough to be
 * handed to every worker of a sweep. On the way it is made whole: a simulation runs real text, in which a task is on one
 * CPU at a time and exits once, so what does not follow from what came before (events are missing, facts are unknown)
 * is left out, or a switch that must have happened is put in; both are counted, never silent.
 *
 * Each action of a CPU comes after the one before it on that CPU, and after one more, perhaps elsewhere (`after`): a task is switched
 * to when it has been switched out, and born before it runs. These are the only things that tie CPUs together; what the
 * trace shows of wake-ups is in them.
 */

import type { ByteSource } from "../../../base/byte_source.ts";
import { InputError } from "../../../base/input_error.ts";
import type { TraceCpu, TraceInfo } from "../../../trace/events.ts";
import {
  type ActionSink,
  FIRST_MM,
  type MmId,
  type TaskId,
  type TaskKind,
} from "../../../trace/infer/actions.ts";
import { inferActions } from "../../../trace/infer/infer.ts";
import { openTrace } from "../../../trace/open.ts";
import { PS_PER_NS } from "../figures.ts";

/** Kinds of actions. */
export const SWITCH = 0;
export const FORK = 1;
export const EXIT = 2;
export const EXEC = 3;
export const USE = 4;
export const UNUSE = 5;

/** The idle task of the CPU, where a task is named. */
export const IDLE_TASK = -1;
const NONE = -1;

export interface Recording {
  readonly name: string;
  readonly cpus: number;
  /** Picoseconds from the first event to the last. */
  readonly span: number;
  /** By task: the mm it has before time begins, 0 for none. Tasks and mms count from 0 and 1. */
  readonly taskMm: Int32Array;
  readonly mms: number;
  /** Per action, in the order of the trace: picoseconds from its beginning, where, what. */
  readonly time: Float64Array;
  readonly cpu: Int32Array;
  readonly kind: Uint8Array;
  /** SWITCH: the task that runs next. FORK: the child. */
  readonly task: Int32Array;
  /** FORK: the child's mm, if it is a new one, else 0. EXEC, USE, UNUSE: the mm. */
  readonly mm: Int32Array;
  /** An action that has to be over before this one begins, −1 for none. */
  readonly after: Int32Array;
  /** Actions of the trace that did not follow from what came before, and switches that were put in. */
  readonly skipped: number;
  readonly inserted: number;
}

/** Reads a trace; bad input ends in an `InputError`. */
export async function record(source: ByteSource, name: string): Promise<Recording> {
  const recorder = new Recorder();
  const totals = await openTrace(source, inferActions(recorder));
  return recorder.recording(name, totals.firstTs, totals.lastTs);
}

interface Entry {
  readonly ts: number;
  readonly cpu: number;
  readonly kind: number;
  readonly task: number;
  readonly mm: number;
  readonly after: number;
}

class Recorder implements ActionSink {
  private readonly entries: Entry[] = [];
  private readonly taskIds = new Map<TaskId, number>();
  private readonly mmIds = new Map<MmId, number>();
  private readonly idle = new Set<TaskId>();
  /** By task: mm before time begins; NONE until it is known. */
  private readonly firstMm: number[] = [];
  private readonly mmOf: number[] = [];
  /** By task: the CPU that runs it, the last action about it; that it has had its last. */
  private readonly where: number[] = [];
  private readonly lastAbout: number[] = [];
  private readonly gone: boolean[] = [];
  /** By mm: the action that makes it, its users. */
  private readonly madeBy: number[] = [NONE];
  private readonly users: number[] = [0];
  private readonly current = new Map<TraceCpu, number>();
  private info: TraceInfo | undefined;
  private skipped = 0;
  private inserted = 0;

  begin(info: TraceInfo): void {
    this.info = info;
  }

  taskAppears(_ts: number, task: TaskId, _pid: number, _comm: string, kind: TaskKind, mm: MmId): void {
    if (kind === "idle") this.idle.add(task);
    else if (mm >= FIRST_MM) this.had(this.taskOf(task), mm);
  }

  cpuStarts(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    if (task < 0) return;
    const index = this.taskOf(task);
    if (mm >= FIRST_MM) this.had(index, mm);
    this.mustRun(ts, cpu, index);
  }

  switchTasks(
    ts: number,
    cpu: TraceCpu,
    prev: TaskId,
    next: TaskId,
    prevMm: MmId,
    _activeMm: MmId,
    nextMm: MmId,
  ): void {
    if (prev >= 0) {
      const before = this.taskOf(prev);
      if (prevMm >= FIRST_MM) this.had(before, prevMm);
      this.mustRun(ts, cpu, before);
    }
    if (next < 0) {
      this.skipped++;
      return;
    }
    const task = this.taskOf(next);
    if (nextMm >= FIRST_MM) this.had(task, nextMm);
    if (!this.switchTo(ts, cpu, task)) this.skipped++;
  }

  fork(ts: number, cpu: TraceCpu, parent: TaskId, child: TaskId, childMm: MmId, sharesMm: boolean): void {
    const born = this.taskOf(child);
    if (childMm < FIRST_MM) return;
    const from = parent < 0 ? IDLE_TASK : this.taskOf(parent);
    if (from === IDLE_TASK || this.current.get(cpu) !== from || (this.mmOf[from] ?? 0) === 0) {
      this.skipped++;
      this.had(born, childMm);
      return;
    }
    const index = this.entries.length;
    const mm = sharesMm ? (this.mmOf[from] as number) : this.mmNumber(childMm);
    if (!sharesMm) this.madeBy[mm] = index;
    this.firstMm[born] = 0;
    this.mmOf[born] = mm;
    this.users[mm] = (this.users[mm] ?? 0) + 1;
    this.add(ts, cpu, FORK, born, sharesMm ? 0 : mm, NONE);
    this.lastAbout[born] = index;
  }

  exitMm(ts: number, cpu: TraceCpu, task: TaskId): void {
    const index = task < 0 ? NONE : this.taskOf(task);
    if (index < 0 || this.current.get(cpu) !== index || (this.mmOf[index] ?? 0) === 0) {
      this.skipped++;
      return;
    }
    this.leave(index);
    this.add(ts, cpu, EXIT, index, 0, NONE);
  }

  exec(ts: number, cpu: TraceCpu, task: TaskId, _oldMm: MmId, newMm: MmId): void {
    const index = task < 0 ? NONE : this.taskOf(task);
    if (index < 0 || this.current.get(cpu) !== index || newMm < FIRST_MM) {
      this.skipped++;
      return;
    }
    if ((this.mmOf[index] ?? 0) !== 0) this.leave(index);
    const mm = this.mmNumber(newMm);
    this.madeBy[mm] = this.entries.length;
    this.users[mm] = 1;
    this.mmOf[index] = mm;
    this.add(ts, cpu, EXEC, index, mm, NONE);
  }

  useMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    const index = task < 0 ? NONE : this.taskOf(task);
    const known = this.mmIds.get(mm) ?? 0;
    const fits = this.current.get(cpu) === index && (this.mmOf[index] ?? 0) === 0;
    if (index < 0 || !fits || (this.users[known] ?? 0) === 0) {
      this.skipped++;
      return;
    }
    this.mmOf[index] = known;
    this.add(ts, cpu, USE, index, known, this.madeBy[known] ?? NONE);
  }

  unuseMm(ts: number, cpu: TraceCpu, task: TaskId): void {
    const index = task < 0 ? NONE : this.taskOf(task);
    const mm = this.mmOf[index] ?? 0;
    if (index < 0 || this.current.get(cpu) !== index || mm === 0) {
      this.skipped++;
      return;
    }
    this.mmOf[index] = 0;
    this.add(ts, cpu, UNUSE, index, mm, NONE);
  }

  taskGone(_ts: number, _cpu: TraceCpu, task: TaskId): void {
    if (task >= 0 && !this.idle.has(task)) this.gone[this.taskOf(task)] = true;
  }

  // ---- making it whole ----

  /** The task ran with this mm all along, unless the recording knows better. */
  private had(task: number, mm: MmId): void {
    if (task === IDLE_TASK || this.firstMm[task] !== NONE) return;
    const number = this.mmNumber(mm);
    // A task that was born without an mm, or an mm that is made only later, is no fact of the beginning.
    if ((this.madeBy[number] ?? NONE) !== NONE || (this.lastAbout[task] ?? NONE) !== NONE) return;
    this.firstMm[task] = number;
    this.mmOf[task] = number;
    this.users[number] = (this.users[number] ?? 0) + 1;
  }

  private leave(task: number): void {
    const mm = this.mmOf[task] as number;
    this.users[mm] = (this.users[mm] ?? 0) - 1;
    this.mmOf[task] = 0;
  }

  /** The trace says that `task` runs on `cpu`: if it does not, a switch is missing. */
  private mustRun(ts: number, cpu: TraceCpu, task: number): void {
    if ((this.current.get(cpu) ?? IDLE_TASK) === task) return;
    if (this.switchTo(ts, cpu, task)) this.inserted++;
  }

  /** False when the task runs elsewhere, is gone, or is there already. */
  private switchTo(ts: number, cpu: TraceCpu, task: number): boolean {
    const before = this.current.get(cpu) ?? IDLE_TASK;
    if (before === task) return false;
    if (task !== IDLE_TASK && ((this.where[task] ?? NONE) !== NONE || this.gone[task] === true)) return false;
    const index = this.entries.length;
    this.add(ts, cpu, SWITCH, task, 0, task === IDLE_TASK ? NONE : (this.lastAbout[task] ?? NONE));
    if (before !== IDLE_TASK) {
      this.where[before] = NONE;
      this.lastAbout[before] = index;
    }
    if (task !== IDLE_TASK) {
      this.where[task] = cpu;
      this.lastAbout[task] = index;
    }
    this.current.set(cpu, task);
    return true;
  }

  private add(ts: number, cpu: number, kind: number, task: number, mm: number, after: number): void {
    this.entries.push({ ts, cpu, kind, task, mm, after });
  }

  /** The number of a task; a CPU's idle task has none. */
  private taskOf(id: TaskId): number {
    if (this.idle.has(id)) return IDLE_TASK;
    const known = this.taskIds.get(id);
    if (known !== undefined) return known;
    const fresh = this.taskIds.size;
    this.taskIds.set(id, fresh);
    this.firstMm.push(NONE);
    this.mmOf.push(0);
    return fresh;
  }

  private mmNumber(id: MmId): number {
    const known = this.mmIds.get(id);
    if (known !== undefined) return known;
    const fresh = this.mmIds.size + 1;
    this.mmIds.set(id, fresh);
    return fresh;
  }

  recording(name: string, firstTs: number, lastTs: number): Recording {
    const { entries, info } = this;
    if (info === undefined || entries.length === 0)
      throw new InputError(`${name}: a workload needs at least one context switch, found none`);
    const scale = (1e9 * PS_PER_NS) / (info.unitsPerSecond ?? 1e9);
    return {
      name,
      cpus: Math.max(info.cpus, ...[...this.current.keys()].map((cpu) => cpu + 1)),
      span: Math.round((lastTs - firstTs) * scale),
      taskMm: Int32Array.from(this.firstMm, (mm) => Math.max(0, mm)),
      mms: this.mmIds.size,
      time: Float64Array.from(entries, ({ ts }) => Math.round((ts - firstTs) * scale)),
      cpu: Int32Array.from(entries, ({ cpu }) => cpu),
      kind: Uint8Array.from(entries, ({ kind }) => kind),
      task: Int32Array.from(entries, ({ task }) => task),
      mm: Int32Array.from(entries, ({ mm }) => mm),
      after: Int32Array.from(entries, ({ after }) => after),
      skipped: this.skipped,
      inserted: this.inserted,
    };
  }
}
