/**
 * Inference from stock events, front half: what later events tell about earlier ones.
 *
 * Stock events show which task runs, not which mm. But x86 writes `tlb_flush` "flush on task switch" (reason 0)
 * whenever `switch_mm_irqs_off()` (arch/x86/mm/tlb.c) really changes CR3, and never otherwise, apart from a lazy
 * CPU that returns to a stale TLB. So its place and its absence tell nearly everything:
 *
 *   within a switch   (written while current is still the outgoing task) the incoming task has an mm, and the
 *                     hardware held another one, or the same but stale, or init_mm after a kick
 *   not in a switch   the incoming task has no mm, or has the very mm that the hardware held
 *   outside a switch, task renamed and executed next    exec_mmap, exactly here; its event comes ms later
 *   outside a switch, task exits                         past exit_mm: exit_mmap's own flush finds it lazy
 *   outside a switch, any other                          a kick: a shootdown sent a lazy CPU to init_mm
 *
 * Whether a flush belongs to an exec or to an exit is known only when that event comes. So records wait in a
 * window (`stock_window.ts`), this half annotates them, and `stock_model.ts` turns them into actions in order as
 * they leave. Where a trace has no such flushes (other architectures), the model falls back on the events.
 *
 * Tasks get their ids here, at the head of the window; the model learns of them at the tail.
 */

import type { TraceCpu, TraceSink } from "../events.ts";
import { type TaskId, UNKNOWN_TASK } from "./actions.ts";
import { Hardware } from "./hardware.ts";
import { IntTable } from "./int_table.ts";
import type { Ledger } from "./ledger.ts";
import { StockModel } from "./stock_model.ts";
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
  NO_RECORD,
  PREV_DEAD,
  PREV_EXITED,
  RENAME,
  SHADOWED,
  SHARES,
  STILL_USER,
  StockWindow,
  SWITCH,
  UNFLUSHED,
} from "./stock_window.ts";

/** EXIT_DEAD | EXIT_ZOMBIE as `sched_switch` reports them. */
const DEAD = 16 | 32;
/** TASK_REPORT_MAX: preempted ("R+" in the kernel's text). */
const PREEMPTED = 256;
/** TASK_UNINTERRUPTIBLE. */
const UNINTERRUPTIBLE = 2;
/**
 * How much longer than the rest of exit_mmap and mmput, from the flush to the exit event, the part before the flush
 * may take. Both free the same page tables, so the ratio does not depend on the machine or the process.
 */
const SOON = 3;
/** exit_mmap is rarely preempted more than twice. */
const MOST_SUSPECTS = 8;
/** The parent of all kernel threads. */
const KTHREADD = 2;
/** CLONE_VM (include/uapi/linux/sched.h). */
const CLONE_VM = 0x100;
/** TLB_FLUSH_ON_TASK_SWITCH (include/linux/mm_types.h). */
const ON_TASK_SWITCH = 0;
/** TLB_REMOTE_SHOOTDOWN, and TLB_LOCAL_MM_SHOOTDOWN: the CPU flushed the mm of its task, which is not lazy then. */
const REMOTE_SHOOTDOWN = 1;
const LOCAL_MM_SHOOTDOWN = 3;

const DEFAULT_WINDOW = 1 << 16;

export class StockInference implements TraceSink {
  private readonly ledger: Ledger;
  private readonly window: StockWindow;
  private readonly model: StockModel;
  /** Per CPU: the latest switch, while events that complete it may still come. */
  private readonly openSwitch: number[] = [];
  /** Per CPU: its latest record. */
  private readonly lastRecord: number[] = [];
  /** The record up to which losses have been accounted for. */
  private shadowedTo = 0;
  /** Since then: switches away found to be past exit_mm, and the switches back in that showed it. */
  private readonly exitedOuts: number[] = [];
  private readonly exitedIns: number[] = [];
  /** Per CPU: the pids of the latest switch. */
  private readonly prevPid = new IntTable(-1);
  private readonly nextPid = new IntTable(-1);
  /** Per task: its latest record of a kind, or undefined. */
  private readonly lastFlush: number[] = [];
  private readonly lastOut: number[] = [];
  /** Per task: the first flush since it last slept, which its exit explains. */
  private readonly firstFlush: number[] = [];
  /** Per task: the latest switches away from within the kernel since it was surely a user task. */
  private readonly suspects: number[][] = [];
  /** Per task: when it was last switched in. */
  private readonly lastIn: number[] = [];
  private readonly lastInSeq: number[] = [];
  /** Per task: when `firstFlush` was. */
  private readonly firstFlushAt: number[] = [];
  /** Per task: the flush before its latest rename, and the rename itself, which an exec explains. */
  private readonly flushBeforeRename: number[] = [];
  private readonly lastRename: number[] = [];
  /** Per task: it has, or had, an mm of its own. */
  private readonly user = new IntTable(0);
  /** Per task: its exit event has passed. */
  private readonly exited = new IntTable(0);
  /** Per task: a flush of its mm came after its exit event (7.2), so exit_mm is later still. */
  private readonly userSinceExit = new IntTable(0);
  private readonly hardware = new Hardware();

  constructor(ledger: Ledger, records: number = DEFAULT_WINDOW) {
    this.ledger = ledger;
    this.window = new StockWindow(records);
    this.model = new StockModel(ledger, this.window);
    ledger.evidence.add("sched_switch");
  }

  schedSwitch(
    ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevComm: string,
    prevState: number,
    nextPid: number,
    nextComm: string,
  ): void {
    this.closeSwitch(cpu);
    const prev = this.taskOf(prevPid, cpu, prevComm);
    const next = this.taskOf(nextPid, cpu, nextComm);
    const seq = this.push(SWITCH, ts, cpu, prev, next, (prevState & DEAD) !== 0 ? PREV_DEAD : 0);
    this.openSwitch[cpu] = seq;
    this.prevPid.set(cpu, prevPid);
    this.nextPid.set(cpu, nextPid);
    this.lastOut[prev] = seq;
    // In twice without a switch away between: that one is lost, and what came before it says nothing any more.
    if ((this.lastInSeq[next] ?? NO_RECORD) > (this.lastOut[next] ?? NO_RECORD))
      this.lastOut[next] = NO_RECORD;
    this.lastInSeq[next] = seq;
    this.lastIn[next] = ts;
    this.noteState(prev, prevState, seq);
  }

  /**
   * What the state word tells of where the outgoing task was. Running without preempted is the way back to user
   * mode, and nothing near exit_mm sleeps interruptibly: the task has its mm. Otherwise it was inside the kernel,
   * perhaps in exit_mmap.
   */
  private noteState(prev: TaskId, prevState: number, seq: number): void {
    if (prevState === PREEMPTED && this.userSinceExit.get(prev) !== 0) this.window.annotate(seq, AMBIGUOUS);
    if (prevState === PREEMPTED || prevState === UNINTERRUPTIBLE) this.suspect(prev, seq);
    else if ((prevState & DEAD) === 0) this.sureUser(prev);
  }

  private suspect(task: TaskId, seq: number): void {
    if ((this.firstFlush[task] ?? NO_RECORD) !== NO_RECORD) return;
    const list = this.suspects[task];
    if (list === undefined) this.suspects[task] = [seq];
    else if (list.push(seq) > MOST_SUSPECTS) list.shift();
  }

  private annotateSuspects(task: TaskId, notes: number): void {
    for (const seq of this.suspects[task] ?? []) this.window.annotate(seq, notes);
  }

  private clearSuspects(task: TaskId): void {
    const list = this.suspects[task];
    if (list !== undefined) list.length = 0;
  }

  /** The task has its mm at this point, so nothing before it was past exit_mm. */
  private sureUser(task: TaskId): void {
    if (this.exited.get(task) !== 0) {
      this.userSinceExit.set(task, 1);
      this.annotateSuspects(task, STILL_USER);
      this.window.annotate(this.lastOut[task] ?? NO_RECORD, STILL_USER);
    }
    this.clearSuspects(task);
    this.firstFlush[task] = NO_RECORD;
  }

  newTask(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    pid: number,
    comm: string,
    cloneFlags: number,
  ): void {
    if (pid === 0) return; // the idle task of a CPU that comes up
    this.ledger.evidence.add("task_newtask");
    this.closeSwitchOf(cpu, currentPid);
    const parent = this.taskOf(currentPid, cpu, comm);
    const child = this.ledger.tasks.create(pid, cpu, comm);
    const shares = (cloneFlags & CLONE_VM) !== 0;
    this.hardware.fork(parent, child, shares);
    if (currentPid !== KTHREADD) this.user.set(child, 1);
    this.sureUser(parent);
    this.push(FORK, ts, cpu, parent, child, shares ? SHARES : 0);
  }

  rename(ts: number, cpu: TraceCpu, pid: number, oldComm: string): void {
    this.ledger.evidence.add("task_rename");
    const task = this.taskOf(pid, cpu, oldComm);
    this.flushBeforeRename[task] = this.lastFlush[task] ?? NO_RECORD;
    this.lastRename[task] = this.push(RENAME, ts, cpu, task, UNKNOWN_TASK, 0);
  }

  /** The change of mm was at the flush before the rename; without flushes at the rename; at worst here. */
  exec(ts: number, cpu: TraceCpu, pid: number): void {
    this.ledger.evidence.add("sched_process_exec");
    this.closeSwitchOf(cpu, pid);
    const task = this.taskOf(pid, cpu, "");
    const flush = this.lastRename[task] === undefined ? this.lastFlush[task] : this.flushBeforeRename[task];
    const placed =
      this.window.annotate(flush ?? NO_RECORD, IS_EXEC) ||
      this.window.annotate(this.lastRename[task] ?? NO_RECORD, IS_EXEC);
    this.push(EXEC, ts, cpu, task, UNKNOWN_TASK, placed ? 0 : IS_EXEC);
    this.sureUser(task);
    this.hardware.exec(task);
    if (pid === this.nextPid.get(cpu)) this.hardware.load(cpu, task);
    this.showsUser(task);
  }

  exit(ts: number, cpu: TraceCpu, pid: number, comm: string, groupDead: boolean | undefined): void {
    this.ledger.evidence.add("sched_process_exit");
    this.closeSwitchOf(cpu, pid);
    const task = this.taskOf(pid, cpu, comm);
    const first = groupDead !== undefined;
    if (!first) this.placeExit(ts, task);
    this.push(EXIT, ts, cpu, task, UNKNOWN_TASK, first ? EXIT_FIRST : IS_EXIT);
    this.exited.set(task, 1);
    this.model.showsExit(task);
  }

  /**
   * The exit event of ≤ 6.12 comes after exit_mm, immediately unless the task was the last user of its mm: then
   * exit_mmap is in between, which takes long and flushes near its end. A switch away before that flush may have
   * been before exit_mm or in it; about as often the one as the other where the flush followed soon.
   */
  private placeExit(ts: number, task: TaskId): void {
    const flush = this.firstFlush[task] ?? NO_RECORD;
    const lastUser = flush >= this.shadowedTo && this.window.annotate(flush, IS_EXIT);
    const flushAt = this.firstFlushAt[task] ?? 0;
    const soon = flushAt - (this.lastIn[task] ?? 0) <= SOON * (ts - flushAt);
    this.annotateSuspects(task, lastUser && soon ? AMBIGUOUS : NEAR_EXIT);
  }

  tlbFlush(ts: number, cpu: TraceCpu, pid: number, reason: number): void {
    if (reason !== ON_TASK_SWITCH) {
      this.closeSwitchOf(cpu, pid);
      if (reason === REMOTE_SHOOTDOWN || reason === LOCAL_MM_SHOOTDOWN) this.flushByTask(cpu, pid);
      return;
    }
    if (!this.model.hasFlushes) this.firstFlushSeen();
    if (pid === this.prevPid.get(cpu) && pid !== this.nextPid.get(cpu)) this.flushInSwitch(cpu);
    else this.flushOutsideSwitch(ts, cpu, pid);
  }

  /** A flush of the loaded mm itself; a lazy CPU would have gone to init_mm instead. */
  private flushByTask(cpu: TraceCpu, pid: number): void {
    if (pid !== this.nextPid.get(cpu)) return;
    const task = this.ledger.tasks.find(pid, cpu);
    if (task === UNKNOWN_TASK) return;
    this.showsUser(task);
    this.sureUser(task);
  }

  private firstFlushSeen(): void {
    this.ledger.evidence.add("tlb_flush");
    this.model.hasFlushes = true;
  }

  private flushInSwitch(cpu: TraceCpu): void {
    const seq = this.openSwitch[cpu] ?? NO_RECORD;
    if (!this.window.annotate(seq, FLUSHED)) {
      this.ledger.conflict("flush_mismatch");
      return;
    }
    this.openSwitch[cpu] = NO_RECORD;
    const next = this.ledger.tasks.find(this.nextPid.get(cpu), cpu);
    this.showsUser(next);
    this.hardware.load(cpu, next);
    this.sureUser(next);
  }

  private flushOutsideSwitch(ts: number, cpu: TraceCpu, pid: number): void {
    this.closeSwitchOf(cpu, pid);
    // As a CPU's first event, or after a loss, it may belong to a switch that is not in the trace.
    if (pid !== this.nextPid.get(cpu)) {
      this.hardware.forget(cpu);
      return;
    }
    const task = this.taskOf(pid, cpu, "");
    const seq = this.push(FLUSH, ts, cpu, task, UNKNOWN_TASK, this.exited.get(task) !== 0 ? IS_EXIT : 0);
    this.lastFlush[task] = seq;
    // A kick leaves init_mm in the hardware, which no task has; but it may be an exec, as its event will say.
    if (pid === 0 || this.exited.get(task) !== 0) this.hardware.loadInitMm(cpu);
    else this.hardware.forget(cpu);
    if ((this.firstFlush[task] ?? NO_RECORD) !== NO_RECORD) return;
    this.firstFlush[task] = seq;
    this.firstFlushAt[task] = ts;
  }

  lost(ts: number, cpu: TraceCpu, count: number | undefined): void {
    this.window.annotate(this.openSwitch[cpu] ?? NO_RECORD, CUT);
    this.openSwitch[cpu] = NO_RECORD;
    this.prevPid.set(cpu, -1);
    this.nextPid.set(cpu, -1);
    this.hardware.lose(cpu);
    this.shadow(cpu);
    this.push(LOST, ts, cpu, UNKNOWN_TASK, count ?? -1, 0);
  }

  /** The loss began after the CPU's last record; what other CPUs did since then is in its shadow. */
  private shadow(cpu: TraceCpu): void {
    const from = Math.max(this.lastRecord[cpu] ?? 0, this.shadowedTo);
    this.window.annotateFrom(from, SHADOWED);
    for (const [at, seq] of this.exitedIns.entries()) {
      if (seq >= from) this.window.annotate(this.exitedOuts[at] ?? NO_RECORD, SHADOWED);
    }
    this.exitedOuts.length = 0;
    this.exitedIns.length = 0;
    this.shadowedTo = this.window.head;
  }

  end(): void {
    for (const seq of this.openSwitch) this.window.annotate(seq ?? NO_RECORD, CUT);
    // A task that was in exit_mmap when the trace ended has no exit event to say so.
    for (const task of this.suspects.keys()) this.annotateSuspects(task, NEAR_EXIT);
    while (this.window.tail < this.window.head) this.model.takeOldest();
    this.ledger.end();
  }

  private push(kind: number, ts: number, cpu: TraceCpu, task: TaskId, other: TaskId, notes: number): number {
    if (this.window.full) this.model.takeOldest();
    const seq = this.window.push(kind, ts, cpu, task, other, notes);
    this.lastRecord[cpu] = seq;
    const held = seq + 1 - this.window.tail;
    if (held > this.ledger.longestWindow) this.ledger.longestWindow = held;
    return seq;
  }

  /** An event of the incoming task ends the time in which the switch could have flushed. */
  private closeSwitchOf(cpu: TraceCpu, pid: number): void {
    if (pid === this.nextPid.get(cpu)) this.closeSwitch(cpu);
  }

  private closeSwitch(cpu: TraceCpu): void {
    if ((this.openSwitch[cpu] ?? NO_RECORD) === NO_RECORD) return;
    this.window.annotate(this.openSwitch[cpu] ?? NO_RECORD, UNFLUSHED);
    this.openSwitch[cpu] = NO_RECORD;
    if (this.model.hasFlushes) this.unflushed(cpu);
  }

  /**
   * The incoming task needed no change of mm. Over an mm that is not its own it has none: a kernel thread, where it
   * was never seen with one, or a task that was past exit_mm when it was last switched away.
   */
  private unflushed(cpu: TraceCpu): void {
    const next = this.ledger.tasks.find(this.nextPid.get(cpu), cpu);
    if (next === UNKNOWN_TASK || this.nextPid.get(cpu) === 0 || !this.hardware.isForeignTo(cpu, next)) return;
    if (this.exited.get(next) === 0) this.model.showsKernel(next);
    this.annotateSuspects(next, NEAR_EXIT);
    this.clearSuspects(next);
    // Where a loss came in between, the task may have run in it.
    const out = this.lastOut[next] ?? NO_RECORD;
    if (out < this.shadowedTo || !this.window.annotate(out, PREV_EXITED)) return;
    if (this.user.get(next) !== 0) this.rememberExited(out, this.lastInSeq[next] ?? NO_RECORD);
  }

  /** Keeps a pair for `shadow` while it is in the window. */
  private rememberExited(out: number, back: number): void {
    if ((this.exitedOuts[0] ?? out) < this.window.tail) {
      this.exitedOuts.shift();
      this.exitedIns.shift();
    }
    this.exitedOuts.push(out);
    this.exitedIns.push(back);
  }

  private showsUser(task: TaskId): void {
    if (task === UNKNOWN_TASK) return;
    this.user.set(task, 1);
    this.model.showsUser(task);
  }

  private taskOf(pid: number, cpu: TraceCpu, comm: string): TaskId {
    const task = this.ledger.tasks.find(pid, cpu);
    if (task === UNKNOWN_TASK) return this.ledger.tasks.create(pid, cpu, comm);
    if (this.ledger.tasks.comms[task] === "") this.ledger.tasks.comms[task] = comm;
    return task;
  }
}
