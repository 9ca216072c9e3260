/**
 * Inference from stock events, back half: takes annotated records from the window in order, keeps which mm every
 * task holds and every CPU has active, and says the actions.
 *
 * An mm is a *label* here. A label is exact where its birth was seen (fork, exec): CLONE_VM shares it, exec makes
 * a new one. A task that was alive before the trace gets a label of its own, an assumption: it may share its mm
 * with another such task. After a loss every user task's label is doubtful, since an exec may be missing; the task
 * gets a new one when it is met next.
 *
 * A flush, or its absence, is evidence on the hardware, and stronger than labels. Where they disagree the labels
 * give way. Where a flush does not decide (a lazy CPU that was kicked to init_mm flushes for its own mm as well)
 * and the labels are not exact, the switch is "unknown".
 */

import type { TraceCpu } from "../events.ts";
import {
  INIT_MM,
  type MmId,
  NO_MM,
  type Sure,
  type TaskId,
  type TaskKind,
  UNKNOWN_MM,
  UNKNOWN_TASK,
} from "./actions.ts";
import { classify } from "./classify.ts";
import { IntTable } from "./int_table.ts";
import { looksLikeKernelThread } from "./kthread_names.ts";
import type { Ledger } from "./ledger.ts";
import {
  AMBIGUOUS,
  CUT,
  EXEC,
  EXIT,
  EXIT_FIRST,
  FLUSH,
  FLUSHED,
  FORK,
  IS_EXEC,
  IS_EXIT,
  LOST,
  NEAR_EXIT,
  PREV_DEAD,
  PREV_EXITED,
  RENAME,
  SHADOWED,
  SHARES,
  STILL_USER,
  type StockWindow,
  SWITCH,
} from "./stock_window.ts";
import { UNDECIDED, type Verdict, verdict } from "./verdict.ts";

/** How a task's label was come by. */
const NOT_MET = 0;
/** By a fork or exec that was seen, or the task has no mm. */
const EXACT = 1;
/** The task was alive before the trace. */
const ASSUMED = 2;
/** The task was alive before a loss. */
const AFTER_LOSS = 3;

/** Whether a switch away from a task near its end was before exit_mm. */
const NO_DOUBT = 0;
/** Taken as before, without evidence. */
const UNSURE_EXIT = 1;
/** Nobody can say. */
const AMBIGUOUS_EXIT = 2;

export class StockModel {
  /** The trace has flushes on switches, so that their absence means something. */
  hasFlushes = false;

  private readonly ledger: Ledger;
  private readonly window: StockWindow;
  /** Per task: how its label was come by. */
  private readonly label = new IntTable(NOT_MET);
  /** Per task: it was switched in with a flush or executed, so it is a user task. Set ahead, at the window's head. */
  private readonly user = new IntTable(0);
  /** Per task: it was switched in without a flush over an mm that it cannot have. Set ahead as well. */
  private readonly kernel = new IntTable(0);
  /** Per task: its exit event has passed, but exit_mm, which follows it, is not known to have. */
  private readonly exiting = new IntTable(0);
  /** Per task: whether its latest switch away was surely before exit_mm. */
  private readonly doubt = new IntTable(NO_DOUBT);
  /** Per task: the loss, counted from 1, up to which its label was looked at. */
  private readonly seenLoss = new IntTable(0);
  /** Per mm: a task that held it may have another one since. */
  private readonly doubtfulMm = new IntTable(0);
  private losses = 0;
  /** When events were last lost on any CPU. */
  private lastLoss = -1;
  /** Per CPU: what runs, its active_mm, whether the hardware went to init_mm since, and since when it is lazy. */
  private readonly current = new IntTable(UNKNOWN_TASK);
  private readonly active = new IntTable(UNKNOWN_MM);
  private readonly kicked = new IntTable(0);
  private readonly lazySince: number[] = [];
  private cpuCount = 0;

  constructor(ledger: Ledger, window: StockWindow) {
    this.ledger = ledger;
    this.window = window;
  }

  /** Evidence from ahead: the task has, or will have, an mm. */
  showsUser(task: TaskId): void {
    if (task !== UNKNOWN_TASK) this.user.set(task, 1);
  }

  /** Evidence from ahead: the task has no mm. */
  showsKernel(task: TaskId): void {
    this.kernel.set(task, 1);
  }

  /** The task exits: that it had no mm when it was last seen may be no more than that. */
  showsExit(task: TaskId): void {
    this.kernel.set(task, 0);
  }

  takeOldest(): void {
    const { window } = this;
    const at = window.slot(window.tail++);
    const ts = window.ts[at] ?? 0;
    const cpu = window.cpus[at] ?? 0;
    const task = window.tasks[at] ?? UNKNOWN_TASK;
    const other = window.others[at] ?? UNKNOWN_TASK;
    const notes = window.notes[at] ?? 0;
    switch (window.kinds[at]) {
      case SWITCH:
        this.takeSwitch(ts, cpu, task, other, notes);
        break;
      case FORK:
        this.takeFork(ts, cpu, task, other, notes);
        break;
      case FLUSH:
        this.takeFlush(ts, cpu, task, notes);
        break;
      case RENAME:
      case EXEC:
        if ((notes & IS_EXEC) !== 0) this.takeLateExec(ts, cpu, task);
        break;
      case EXIT:
        this.takeExit(ts, cpu, task, notes);
        break;
      case LOST:
        this.takeLost(ts, cpu, other);
        break;
    }
  }

  // Records.

  private takeSwitch(ts: number, cpu: TraceCpu, prev: TaskId, next: TaskId, notes: number): void {
    this.meet(ts, prev);
    this.meet(ts, next);
    this.enterCpu(ts, cpu, prev);
    this.leaveExiting(ts, cpu, prev, notes);
    const prevMm = this.mmOf(prev);
    if (prevMm !== NO_MM) this.run(cpu, prevMm);
    if ((notes & FLUSHED) !== 0) this.cameWithMm(ts, next);
    const found = this.resolve(ts, cpu, prev, next, notes);
    const active = this.active.get(cpu);
    const nextMm = this.mmOf(next);
    const { cls, sure } = this.qualify(found, prev, next, active, notes);
    this.ledger.switchTasks(ts, cpu, prev, next, prevMm, active, nextMm, cls, sure);
    if ((notes & PREV_DEAD) !== 0) this.ledger.taskGone(ts, cpu, prev);
    this.current.set(cpu, next);
    if (nextMm !== NO_MM) this.run(cpu, nextMm);
    else if (prevMm !== NO_MM) this.lazySince[cpu] = ts;
  }

  private takeFork(ts: number, cpu: TraceCpu, parent: TaskId, child: TaskId, notes: number): void {
    this.meet(ts, parent);
    const parentMm = this.mmOf(parent);
    const shares = (notes & SHARES) !== 0 && parentMm !== NO_MM;
    const childMm =
      parentMm === NO_MM || shares ? parentMm : this.ledger.newMm(ts, "fork", true, "inferred", 1);
    const sure = this.ledger.tasks.sure[parent] === "assumed" ? "assumed" : "inferred";
    this.ledger.fork(ts, cpu, parent, child, childMm, shares, sure);
    this.setLabel(child, shares ? this.label.get(parent) : EXACT);
  }

  private takeFlush(ts: number, cpu: TraceCpu, task: TaskId, notes: number): void {
    this.meet(ts, task);
    if ((notes & IS_EXEC) !== 0) this.exec(ts, cpu, task, "observed");
    else if ((notes & IS_EXIT) !== 0) this.exitMmap(ts, cpu, task);
    else if (this.mmOf(task) !== NO_MM) this.unexplainedFlush(task);
    if (this.mmOf(task) === NO_MM) this.kicked.set(cpu, 1);
  }

  /** A user task changed its mm and no exec or exit followed: the trace ends before it, or it is lost. */
  private unexplainedFlush(task: TaskId): void {
    this.ledger.conflict("flush_mismatch");
    this.ledger.tasks.sure[task] = "assumed";
    this.doubtfulMm.set(this.mmOf(task), 1);
  }

  private takeLateExec(ts: number, cpu: TraceCpu, task: TaskId): void {
    this.meet(ts, task);
    this.ledger.synthesise("exec_placed_late");
    this.exec(ts, cpu, task, "assumed");
  }

  private takeExit(ts: number, cpu: TraceCpu, task: TaskId, notes: number): void {
    this.meet(ts, task);
    if (this.mmOf(task) === NO_MM) return;
    if ((notes & EXIT_FIRST) !== 0) this.exiting.set(task, 1);
    else this.exitByEvent(ts, cpu, task, "inferred");
  }

  private takeLost(ts: number, cpu: TraceCpu, count: number): void {
    this.losses++;
    this.lastLoss = ts;
    this.ledger.lost(ts, cpu, count < 0 ? undefined : count);
    this.current.set(cpu, UNKNOWN_TASK);
    this.active.set(cpu, UNKNOWN_MM);
    this.lazySince[cpu] = ts;
  }

  // Tasks.

  /** Makes sure that the task has been introduced and that its label is not older than a loss. */
  private meet(ts: number, task: TaskId): void {
    const label = this.label.get(task);
    if (label === NOT_MET) this.introduce(ts, task);
    else if (this.seenLoss.get(task) !== this.losses) this.relabel(ts, task);
  }

  private introduce(ts: number, task: TaskId): void {
    const { tasks } = this.ledger;
    if (tasks.pids[task] === 0) this.introduceAs(ts, task, "idle", "observed");
    else if (this.user.get(task) !== 0) this.introduceAs(ts, task, "user", "inferred");
    else this.introduceByName(ts, task, looksLikeKernelThread(tasks.comm(task)));
  }

  /**
   * Never seen with an mm. A switch over an mm that it cannot have and the name together make a kernel thread; one
   * alone is not enough, since a user task on its way out has no mm either.
   */
  private introduceByName(ts: number, task: TaskId, named: boolean): void {
    const shown = this.kernel.get(task) !== 0;
    if (!(shown && named)) this.ledger.synthesise("kind_by_name");
    this.introduceAs(ts, task, shown || named ? "kernel" : "user", shown && named ? "inferred" : "assumed");
  }

  private introduceAs(ts: number, task: TaskId, kind: TaskKind, sure: Sure): void {
    const user = kind === "user";
    this.ledger.introduce(ts, task, kind, user ? this.ownMm(ts) : NO_MM, sure);
    this.setLabel(task, !user ? EXACT : this.losses === 0 ? ASSUMED : AFTER_LOSS);
  }

  private relabel(ts: number, task: TaskId): void {
    this.seenLoss.set(task, this.losses);
    if (this.mmOf(task) === NO_MM) return;
    this.ledger.synthesise("resynchronised");
    this.ledger.correctTask(ts, task, this.ownMm(ts), "assumed");
    this.label.set(task, AFTER_LOSS);
    // It may be on its way out, its exit event lost.
    this.ledger.tasks.sure[task] = "assumed";
  }

  /** A new mm for a task that predates what was seen. */
  private ownMm(ts: number): MmId {
    this.ledger.synthesise("mm_taken_unshared");
    return this.ledger.newMm(ts, "predates trace", false, "assumed", undefined);
  }

  private setLabel(task: TaskId, label: number): void {
    this.label.set(task, label);
    this.seenLoss.set(task, this.losses);
  }

  private mmOf(task: TaskId): MmId {
    return this.ledger.tasks.mm.get(task);
  }

  // exec and exit.

  private exec(ts: number, cpu: TraceCpu, task: TaskId, sure: Sure): void {
    const old = this.mmOf(task);
    const mm = this.ledger.newMm(ts, "exec", true, "inferred", 1);
    const left = this.ledger.exec(ts, cpu, task, old, mm, sure);
    this.setLabel(task, EXACT);
    this.run(cpu, mm);
    if (old !== NO_MM && left === 0) this.lastUserLeft(ts, cpu, task, old);
  }

  /** The flush is exit_mmap's own: the task is past exit_mm, and it was the last user. */
  private exitMmap(ts: number, cpu: TraceCpu, task: TaskId): void {
    const mm = this.mmOf(task);
    this.exitMm(ts, cpu, task, "inferred");
    const ended = mm === NO_MM || this.ledger.mms.ended.get(mm) !== 0;
    if (!ended) this.lastUserLeft(ts, cpu, task, mm);
  }

  private exitByEvent(ts: number, cpu: TraceCpu, task: TaskId, sure: Sure): void {
    this.ledger.synthesise("exit_placed_by_event");
    this.exitMm(ts, cpu, task, sure);
  }

  private exitMm(ts: number, cpu: TraceCpu, task: TaskId, sure: Sure): void {
    const mm = this.mmOf(task);
    this.exiting.set(task, 0);
    if (mm === NO_MM) return;
    const left = this.ledger.exitMm(ts, cpu, task, mm, sure);
    this.setLabel(task, EXACT);
    this.run(cpu, mm);
    this.lazySince[cpu] = ts;
    if (left === 0 && this.ledger.mms.bornInTrace(mm)) this.lastUserLeft(ts, cpu, task, mm);
  }

  /**
   * A task that is switched out near its end may be past exit_mm. 7.2 writes the exit event first: a task that is
   * switched out after it is past exit_mm, unless a later flush tells otherwise.
   */
  private leaveExiting(ts: number, cpu: TraceCpu, prev: TaskId, notes: number): void {
    if ((notes & PREV_DEAD) !== 0) this.exitMm(ts, cpu, prev, "inferred");
    else if ((notes & PREV_EXITED) !== 0) this.exitMm(ts, cpu, prev, "inferred");
    else if (this.exiting.get(prev) !== 0 && (notes & (STILL_USER | AMBIGUOUS)) === 0) {
      this.exitByEvent(ts, cpu, prev, "assumed");
    }
  }

  /** Lowers a verdict to what the facts about both tasks allow. */
  private qualify(found: Verdict, prev: TaskId, next: TaskId, active: MmId, notes: number): Verdict {
    const doubt = Math.max(this.doubtAway(prev, notes), this.doubtBack(next, notes));
    if (doubt === AMBIGUOUS_EXIT || found.cls === "unknown") return UNDECIDED;
    const { sure } = this.ledger.tasks;
    const kinds = sure[prev] === "assumed" || sure[next] === "assumed";
    const mms = this.isDoubtful(active) || this.isDoubtful(this.mmOf(next));
    const unsure = doubt === UNSURE_EXIT || (notes & SHADOWED) !== 0;
    return kinds || mms || unsure ? verdict(found.cls, "assumed") : found;
  }

  private isDoubtful(mm: MmId): boolean {
    return mm > NO_MM && this.doubtfulMm.get(mm) !== 0;
  }

  /** Whether the class of a switch away depends on an exit_mm whose place nobody can say. */
  private doubtAway(prev: TaskId, notes: number): number {
    if (this.mmOf(prev) === NO_MM || (notes & (AMBIGUOUS | NEAR_EXIT)) === 0) return NO_DOUBT;
    const doubt = (notes & AMBIGUOUS) !== 0 ? AMBIGUOUS_EXIT : UNSURE_EXIT;
    this.doubt.set(prev, doubt);
    return doubt;
  }

  /** The same when such a task comes back: a flush shows that it has its mm, the absence of one shows nothing. */
  private doubtBack(next: TaskId, notes: number): number {
    const doubt = this.doubt.get(next);
    this.doubt.set(next, NO_DOUBT);
    return (notes & FLUSHED) !== 0 || this.mmOf(next) === NO_MM ? NO_DOUBT : doubt;
  }

  /**
   * Nobody known holds the mm any more. Other holders of mm_users (a tracer, /proc readers) are not seen, so this is
   * never more than inferred; an mm that predates the trace may have users that have not run yet.
   */
  private lastUserLeft(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    let lazy = 0;
    for (let other = 0; other < this.cpuCount; other++) {
      const runs = this.current.get(other);
      if (other === cpu || runs === UNKNOWN_TASK || this.active.get(other) !== mm) continue;
      if (this.mmOf(runs) === NO_MM) lazy++;
    }
    this.ledger.finalMmput(ts, cpu, task, mm, lazy, this.ledger.mms.bornInTrace(mm) ? "inferred" : "assumed");
  }

  /** A flush within the switch: the task has an mm, whatever was believed. */
  private cameWithMm(ts: number, task: TaskId): void {
    if (this.mmOf(task) === NO_MM) {
      this.ledger.conflict("flush_mismatch");
      this.ledger.correctTask(ts, task, this.ownMm(ts), "inferred");
      this.setLabel(task, AFTER_LOSS);
    }
    this.ledger.tasks.sure[task] = "inferred";
  }

  // CPUs.

  private run(cpu: TraceCpu, mm: MmId): void {
    this.active.set(cpu, mm);
    this.kicked.set(cpu, 0);
  }

  /** The CPU's first switch, or one whose outgoing task is not the one that came in last, starts it. */
  private enterCpu(ts: number, cpu: TraceCpu, prev: TaskId): void {
    const runs = this.current.get(cpu);
    if (runs === prev) return;
    if (cpu >= this.cpuCount) this.cpuCount = cpu + 1;
    if (runs !== UNKNOWN_TASK) this.resume(ts, cpu, runs, prev);
    const mm = this.mmOf(prev);
    if (mm !== NO_MM) this.run(cpu, mm);
    const active = this.active.get(cpu);
    this.ledger.cpuStarts(ts, cpu, prev, mm, active, active === UNKNOWN_MM ? "unknown" : "assumed");
  }

  /**
   * Another task runs than the one that came in last. A CPU that goes down ends in its stopper, whose switch to the
   * idle task is not traced any more, and comes up in the idle task, on init_mm. Anything else is a missing event.
   */
  private resume(ts: number, cpu: TraceCpu, runs: TaskId, prev: TaskId): void {
    const { tasks } = this.ledger;
    const wentDown = tasks.kind(prev) === "idle" && tasks.comm(runs) === `migration/${cpu}`;
    if (wentDown) {
      this.ledger.offlineToInitMm(ts, cpu, this.active.get(cpu), true, "inferred");
      this.ledger.cpuOnline(ts, cpu);
    } else this.ledger.conflict("prev_pid_mismatch");
    this.run(cpu, wentDown ? INIT_MM : UNKNOWN_MM);
    this.lazySince[cpu] = ts;
  }

  // The class of a switch, from flushes where there are any, else from labels.

  private resolve(ts: number, cpu: TraceCpu, prev: TaskId, next: TaskId, notes: number): Verdict {
    const flushed = (notes & FLUSHED) !== 0;
    const blind = !this.hasFlushes || (notes & CUT) !== 0;
    if (this.mmOf(next) === NO_MM) return this.resolveToKernel(prev);
    if (blind && !flushed) return this.resolveByLabels(cpu, prev, next);
    if (this.mmOf(prev) !== NO_MM) return this.resolveUserUser(ts, prev, next, flushed);
    return flushed ? this.resolveFlushed(cpu, next) : this.resolveUnflushed(ts, cpu, next);
  }

  private resolveToKernel(prev: TaskId): Verdict {
    return verdict(this.mmOf(prev) === NO_MM ? "kern_kern" : "user_kern", "inferred");
  }

  private resolveByLabels(cpu: TraceCpu, prev: TaskId, next: TaskId): Verdict {
    const nextMm = this.mmOf(next);
    const cls = classify(this.mmOf(prev), this.active.get(cpu), nextMm);
    if (cls === "unknown")
      return this.bornSince(cpu, nextMm) ? verdict("kern_user_other", "inferred") : UNDECIDED;
    const labels = Math.max(this.label.get(prev), this.label.get(next));
    if (labels === AFTER_LOSS) return UNDECIDED;
    return verdict(cls, labels === EXACT ? "inferred" : "assumed");
  }

  /** A user task is never lazy, so a flush between two of them is exactly a change of mm. */
  private resolveUserUser(ts: number, prev: TaskId, next: TaskId, flushed: boolean): Verdict {
    const equal = this.mmOf(prev) === this.mmOf(next);
    if (flushed && equal) this.contradict(ts, next, this.ownMm(ts));
    if (!flushed && !equal) this.contradict(ts, next, this.mmOf(prev));
    return verdict(flushed ? "user_user_other" : "user_user_same", "observed");
  }

  /** No flush: the hardware held the next task's mm, so it is the active_mm. */
  private resolveUnflushed(ts: number, cpu: TraceCpu, next: TaskId): Verdict {
    const active = this.active.get(cpu);
    if (active === UNKNOWN_MM) {
      this.ledger.correctActive(ts, cpu, UNKNOWN_MM, this.mmOf(next), "observed");
      this.active.set(cpu, this.mmOf(next));
    } else if (active !== this.mmOf(next)) this.contradict(ts, next, active);
    return verdict("kern_user_same", "observed");
  }

  /** A flush out of a lazy state: another mm, or the same that was left for init_mm or went stale meanwhile. */
  private resolveFlushed(cpu: TraceCpu, next: TaskId): Verdict {
    const active = this.active.get(cpu);
    const mm = this.mmOf(next);
    if (this.bornSince(cpu, mm) || this.tooYoungFor(active, next))
      return verdict("kern_user_other", "inferred");
    if (active === UNKNOWN_MM || this.label.get(next) === AFTER_LOSS) return UNDECIDED;
    if (active === mm)
      return verdict("kern_user_same", this.label.get(next) === EXACT ? "inferred" : "assumed");
    const { mms } = this.ledger;
    if (active === INIT_MM) return verdict("kern_user_other", "inferred");
    if (mms.bornInTrace(mm) || mms.bornInTrace(active)) return verdict("kern_user_other", "inferred");
    return this.kicked.get(cpu) !== 0 ? UNDECIDED : verdict("kern_user_other", "assumed");
  }

  /** An mm that was born after the CPU went lazy cannot be what it is lazy on. */
  private bornSince(cpu: TraceCpu, mm: MmId): boolean {
    // A CPU without a switch yet has been as it is since before the trace.
    const since = this.lazySince[cpu] ?? -1;
    return this.ledger.mms.bornInTrace(mm) && (this.ledger.mms.firstTs[mm] ?? 0) > since;
  }

  /** An mm whose birth was seen is not that of an older task: only clone and exec give a task an mm. */
  private tooYoungFor(mm: MmId, task: TaskId): boolean {
    if (this.label.get(task) === EXACT || mm === UNKNOWN_MM) return false;
    return this.ledger.mms.bornInTrace(mm) && (this.ledger.mms.firstTs[mm] ?? 0) > this.lastLoss;
  }

  /** A flush shows that the task's mm is another than its label. Two tasks that predate the trace may share one. */
  private contradict(ts: number, task: TaskId, mm: MmId): void {
    if (this.label.get(task) === EXACT) this.ledger.conflict("flush_mismatch");
    this.ledger.correctTask(ts, task, mm, "inferred");
  }
}
