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
import { IntTable } from "./int_table.ts";
import type { Ledger } from "./ledger.ts";
import { StockModel } from "./stock_model.ts";
import {
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
  NO_RECORD,
  PREV_DEAD,
  RENAME,
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
/** CLONE_VM (include/uapi/linux/sched.h). */
const CLONE_VM = 0x100;
/** TLB_FLUSH_ON_TASK_SWITCH (include/linux/mm_types.h). */
const ON_TASK_SWITCH = 0;

const DEFAULT_WINDOW = 1 << 16;

export class StockInference implements TraceSink {
  private readonly ledger: Ledger;
  private readonly window: StockWindow;
  private readonly model: StockModel;
  /** Per CPU: the latest switch, while events that complete it may still come. */
  private readonly openSwitch: number[] = [];
  /** Per CPU: the pids of the latest switch. */
  private readonly prevPid = new IntTable(-1);
  private readonly nextPid = new IntTable(-1);
  /** Per task: its latest record of a kind, or undefined. */
  private readonly lastFlush: number[] = [];
  private readonly lastOut: number[] = [];
  /** Per task: the first flush since it last slept, which its exit explains. */
  private readonly firstFlush: number[] = [];
  /** Per task: the flush before its latest rename, and the rename itself, which an exec explains. */
  private readonly flushBeforeRename: number[] = [];
  private readonly lastRename: number[] = [];
  /** Per task: its exit event has passed. */
  private readonly exited = new IntTable(0);
  /** Per task: 1 where it was born in the trace, … */
  private readonly born = new IntTable(0);
  /** … and 1 where its mm was. */
  private readonly mmBorn = new IntTable(0);
  /** Per CPU: 1 where the hardware holds an mm that was born in the trace, or init_mm. */
  private readonly hardwareBorn = new IntTable(0);

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
    if (prevState !== 0 && prevState !== PREEMPTED) this.firstFlush[prev] = NO_RECORD;
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
    this.born.set(child, 1);
    this.mmBorn.set(child, shares ? this.mmBorn.get(parent) : 1);
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
    this.firstFlush[task] = NO_RECORD;
    this.mmBorn.set(task, 1);
    if (pid === this.nextPid.get(cpu)) this.hardwareBorn.set(cpu, 1);
    this.model.showsUser(task);
  }

  exit(ts: number, cpu: TraceCpu, pid: number, comm: string, groupDead: boolean | undefined): void {
    this.ledger.evidence.add("sched_process_exit");
    this.closeSwitchOf(cpu, pid);
    const task = this.taskOf(pid, cpu, comm);
    const first = groupDead !== undefined;
    if (!first) this.window.annotate(this.firstFlush[task] ?? NO_RECORD, IS_EXIT);
    this.push(EXIT, ts, cpu, task, UNKNOWN_TASK, first ? EXIT_FIRST : IS_EXIT);
    this.exited.set(task, 1);
  }

  tlbFlush(ts: number, cpu: TraceCpu, pid: number, reason: number): void {
    if (reason !== ON_TASK_SWITCH) {
      this.closeSwitchOf(cpu, pid);
      return;
    }
    if (!this.model.hasFlushes) this.firstFlushSeen();
    if (pid === this.prevPid.get(cpu) && pid !== this.nextPid.get(cpu)) this.flushInSwitch(cpu);
    else this.flushOutsideSwitch(ts, cpu, pid);
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
    this.model.showsUser(next);
    this.hardwareBorn.set(cpu, this.mmBorn.get(next));
    if (this.exited.get(next) !== 0) this.window.annotate(this.lastOut[next] ?? NO_RECORD, STILL_USER);
  }

  private flushOutsideSwitch(ts: number, cpu: TraceCpu, pid: number): void {
    this.closeSwitchOf(cpu, pid);
    const task = this.taskOf(pid, cpu, "");
    const seq = this.push(FLUSH, ts, cpu, task, UNKNOWN_TASK, this.exited.get(task) !== 0 ? IS_EXIT : 0);
    this.lastFlush[task] = seq;
    // An exec's flush too, until its event says so; a kick leaves init_mm in the hardware, which no task has.
    this.hardwareBorn.set(cpu, pid === 0 || this.exited.get(task) !== 0 ? 1 : 0);
    if ((this.firstFlush[task] ?? NO_RECORD) === NO_RECORD) this.firstFlush[task] = seq;
  }

  lost(ts: number, cpu: TraceCpu, count: number | undefined): void {
    this.window.annotate(this.openSwitch[cpu] ?? NO_RECORD, CUT);
    this.openSwitch[cpu] = NO_RECORD;
    this.prevPid.set(cpu, -1);
    this.nextPid.set(cpu, -1);
    this.hardwareBorn.set(cpu, 0);
    this.push(LOST, ts, cpu, UNKNOWN_TASK, count ?? -1, 0);
  }

  end(): void {
    for (const seq of this.openSwitch) this.window.annotate(seq ?? NO_RECORD, CUT);
    while (this.window.tail < this.window.head) this.model.takeOldest();
    this.ledger.end();
  }

  private push(kind: number, ts: number, cpu: TraceCpu, task: TaskId, other: TaskId, notes: number): number {
    if (this.window.full) this.model.takeOldest();
    const seq = this.window.push(kind, ts, cpu, task, other, notes);
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
    if (this.model.hasFlushes && this.hardwareBorn.get(cpu) !== 0) this.unflushedOverBorn(cpu);
  }

  /**
   * The incoming task needed no change of mm over one that was born in the trace. A task that is older than the
   * trace cannot have that mm (exec gives it one of its own, with a flush): it has none.
   */
  private unflushedOverBorn(cpu: TraceCpu): void {
    const next = this.ledger.tasks.find(this.nextPid.get(cpu), cpu);
    if (next === UNKNOWN_TASK || this.born.get(next) !== 0 || this.mmBorn.get(next) !== 0) return;
    if (this.exited.get(next) === 0) this.model.showsKernel(next);
  }

  private taskOf(pid: number, cpu: TraceCpu, comm: string): TaskId {
    const task = this.ledger.tasks.find(pid, cpu);
    return task === UNKNOWN_TASK ? this.ledger.tasks.create(pid, cpu, comm) : task;
  }
}
