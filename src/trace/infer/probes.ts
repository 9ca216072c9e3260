/**
 * Inference from the `lazy/*` probes: what the kernel holds is read, not guessed.
 *
 * Two sources show a switch. `lazy/sw` (kernels that have tprobes, ≥ 6.5) reads mm and active_mm of both tasks
 * where `context_switch()` starts. Without it, the switch is `sched_switch` completed by the arch hook that
 * `context_switch()` calls next on the same CPU with interrupts off: `enter_lazy_tlb` for a task without an mm,
 * `switch_mm_irqs_off` for one that has one. Both end in `completeSwitch`.
 *
 * exit_mm is two probes apart: `exit_mm_release` announces it, and the task may still be preempted with its mm.
 * `enter_lazy_tlb(mm, current)` is the moment itself; 7.2 inlines it, so there the first sign that the task has
 * no mm any more (its mmput, or a switch away without mm) stands for it. Between the two the task is "releasing".
 *
 * `kthread_unuse_mm` calls `enter_lazy_tlb(mm, current)` too, and is told apart by the task not releasing.
 */

import type { AddressId, TraceCpu, TraceInfo, TraceSink, TraceTotals } from "../events.ts";
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
import { isInitMm } from "./init_mm.ts";
import { IntTable } from "./int_table.ts";
import type { Ledger } from "./ledger.ts";
import type { MmOrigin } from "./mms.ts";
import { MAYBE, NO, ProbeCpus, YES } from "./probe_cpus.ts";

/** EXIT_DEAD | EXIT_ZOMBIE as `sched_switch` reports them: the task will not run again. */
const DEAD = 16 | 32;
/** The trace ended before it told. */
const UNKNOWN_CPU = -1;
/** Not a pid. */
const NO_PID = -1;

export class ProbeInference implements TraceSink {
  private readonly ledger: Ledger;
  /** Whether `lazy/sw` shows the switches. */
  private readonly bySwitchProbe: boolean;
  /** Whether `enter_lazy_tlb(mm, current)` shows the moment of exit_mm. */
  private readonly exitShown: boolean;
  private readonly info: TraceInfo;
  private readonly cpus = new ProbeCpus();
  /** Tasks between `exit_mm_release` and the loss of their mm: the mm, else `NO_MM`. */
  private readonly releasing = new IntTable(NO_MM);
  /** The latest `sched_switch` of each CPU: pids, names, and whether the outgoing task is dead. */
  private readonly prevPid = new IntTable(NO_PID);
  private readonly nextPid = new IntTable(NO_PID);
  private readonly prevDead = new IntTable(NO);
  private readonly prevComms: string[] = [];
  private readonly nextComms: string[] = [];
  /** ≤ 6.12 kernels have `idle_task_exit`; there a dying CPU's reference outlives its page tables. */
  private idleTaskExits = false;

  constructor(ledger: Ledger, info: TraceInfo) {
    this.ledger = ledger;
    this.info = info;
    this.bySwitchProbe = info.eventNames.has("lazy/sw");
    this.exitShown = info.eventNames.has("lazy/enter_lazy_tlb");
    ledger.exitMmProbed = 0;
    for (const name of info.eventNames) if (name.startsWith("lazy/")) ledger.evidence.add(name);
  }

  // Switches.

  schedSwitch(
    _ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevComm: string,
    prevState: number,
    nextPid: number,
    nextComm: string,
  ): void {
    this.cpus.seen(cpu);
    const before = this.nextPid.get(cpu);
    if (before !== NO_PID && before !== prevPid) this.ledger.conflict("prev_pid_mismatch");
    this.prevPid.set(cpu, prevPid);
    this.nextPid.set(cpu, nextPid);
    this.prevDead.set(cpu, (prevState & DEAD) !== 0 ? YES : NO);
    this.prevComms[cpu] = prevComm;
    this.nextComms[cpu] = nextComm;
  }

  lazySwitch(
    ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevMmAt: AddressId,
    activeAt: AddressId,
    _count: number,
    nextPid: number,
    nextMmAt: AddressId,
  ): void {
    if (!this.bySwitchProbe) return;
    this.cpus.seen(cpu);
    const active = this.mmAt(ts, activeAt);
    const prevMm = prevMmAt === activeAt ? active : this.mmAt(ts, prevMmAt);
    this.completeSwitch(ts, cpu, prevPid, prevMm, active, nextPid, this.mmAt(ts, nextMmAt));
  }

  enterLazyTlb(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    mmAt: AddressId,
    pid: number,
    _taskMm: AddressId,
    _mmCount: number,
    mmUsers: number,
  ): void {
    this.cpus.seen(cpu);
    const mm = this.mmAt(ts, mmAt, "probe", false, mmUsers);
    if (pid === currentPid) this.becomesLazy(ts, cpu, pid, mm);
    else if (!this.bySwitchProbe) this.switchByHook(ts, cpu, mm, NO_MM);
    else this.expectActive(cpu, mm);
  }

  switchMm(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    prevAt: AddressId,
    nextAt: AddressId,
    task: AddressId,
  ): void {
    this.cpus.seen(cpu);
    const next = this.mmAt(ts, nextAt, "exec", true);
    if (next === INIT_MM) this.toInitMm(ts, cpu, task !== 0);
    else if (task === 0) this.execSwitch(ts, cpu, currentPid, next);
    else if (!this.bySwitchProbe) this.switchByHook(ts, cpu, this.mmAt(ts, prevAt), next);
    else this.expectActive(cpu, next);
  }

  private expectActive(cpu: TraceCpu, mm: MmId): void {
    const known = this.cpus.current.get(cpu) !== UNKNOWN_TASK;
    if (known && this.cpus.active.get(cpu) !== mm) this.ledger.conflict("probe_mismatch");
  }

  /** The arch hook's half of a switch: what it says of the CPU's active_mm and of the next task's mm. */
  private switchByHook(ts: number, cpu: TraceCpu, active: MmId, nextMm: MmId): void {
    const prevPid = this.prevPid.get(cpu);
    const nextPid = this.nextPid.get(cpu);
    const current = this.cpus.current.get(cpu);
    // Without a sched_switch since the last hook this is not context_switch (kthread_use_mm calls it as well).
    if (nextPid === NO_PID || (current !== UNKNOWN_TASK && current === this.find(nextPid, cpu))) return;
    this.completeSwitch(ts, cpu, prevPid, this.prevMmByState(cpu, prevPid, active), active, nextPid, nextMm);
  }

  private prevMmByState(cpu: TraceCpu, prevPid: number, active: MmId): MmId {
    const lazy = this.cpus.lazy.get(cpu);
    if (lazy === YES || prevPid === 0) return NO_MM;
    return lazy === NO ? active : UNKNOWN_MM;
  }

  private completeSwitch(
    ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevMm: MmId,
    active: MmId,
    nextPid: number,
    nextMm: MmId,
  ): void {
    const prev = this.taskWith(ts, cpu, prevPid, prevMm, this.prevComms[cpu]);
    const next = this.taskWith(ts, cpu, nextPid, nextMm, this.nextComms[cpu]);
    this.checkStart(ts, cpu, prev, prevMm, active);
    const cls = classify(prevMm, active, nextMm);
    const sure: Sure = cls === "unknown" ? "unknown" : "observed";
    this.ledger.switchTasks(ts, cpu, prev, next, prevMm, active, nextMm, cls, sure);
    if (nextMm === NO_MM && this.ledger.mms.ended.get(active) !== 0) {
      this.ledger.observed(ts, cpu, "lazy_on_dead_mm_handover", active, 1);
    }
    this.buryDead(ts, cpu, prevPid, prev);
    this.cpus.droppedMm.set(cpu, active);
    this.cpus.droppedLazily.set(cpu, prevMm === NO_MM ? YES : NO);
    this.cpus.current.set(cpu, next);
    if (nextMm === NO_MM) this.cpus.run(cpu, active, YES);
    else this.cpus.run(cpu, nextMm, nextMm === UNKNOWN_MM ? MAYBE : NO);
  }

  /** The CPU's first switch starts it; at a later one its active_mm must be what the last left there. */
  private checkStart(ts: number, cpu: TraceCpu, prev: TaskId, prevMm: MmId, active: MmId): void {
    const known = this.cpus.active.get(cpu);
    if (this.cpus.current.get(cpu) === UNKNOWN_TASK) {
      if (this.cpus.offline.get(cpu) === YES) this.ledger.cpuOnline(ts, cpu);
      this.cpus.offline.set(cpu, NO);
      this.ledger.cpuStarts(ts, cpu, prev, prevMm, active, "observed");
    } else if (known !== active) {
      this.ledger.conflict("active_mm_mismatch");
      this.ledger.correctActive(ts, cpu, known, active, "observed");
    }
  }

  private buryDead(ts: number, cpu: TraceCpu, prevPid: number, prev: TaskId): void {
    if (this.prevDead.get(cpu) !== YES || this.prevPid.get(cpu) !== prevPid) return;
    this.ledger.taskGone(ts, cpu, prev);
    this.prevDead.set(cpu, NO);
  }

  // What a task does with its own mm.

  wakeUpNewTask(ts: number, cpu: TraceCpu, pid: number, _tgid: number, mmAt: AddressId): void {
    const parent = this.cpus.current.get(cpu);
    const parentMm = parent === UNKNOWN_TASK ? UNKNOWN_MM : this.ledger.tasks.mm.get(parent);
    const mm = this.mmAt(ts, mmAt, "fork", true);
    const shares = mm !== NO_MM && (mm === parentMm || this.ledger.mms.users.get(mm) > 0);
    const comm = parent === UNKNOWN_TASK ? "" : this.ledger.tasks.comm(parent);
    const child = this.ledger.tasks.create(pid, cpu, comm);
    this.ledger.fork(ts, cpu, parent, child, mm, shares, "observed");
  }

  exitMmRelease(ts: number, cpu: TraceCpu, pid: number, _tgid: number, mmAt: AddressId): void {
    if (mmAt === 0) return;
    this.ledger.exitMmProbed++;
    const mm = this.mmAt(ts, mmAt);
    this.releasing.set(this.taskWith(ts, cpu, pid, mm, undefined), mm);
  }

  private becomesLazy(ts: number, cpu: TraceCpu, pid: number, mm: MmId): void {
    const task = this.find(pid, cpu);
    this.cpus.run(cpu, mm, YES);
    if (task === UNKNOWN_TASK) return;
    if (this.releasing.get(task) !== NO_MM) this.finishExitMm(ts, cpu, task);
    else if (this.ledger.tasks.mm.get(task) === NO_MM)
      return; // cpu_init: the idle task of a CPU that comes up
    else if (this.ledger.tasks.kind(task) === "kernel") this.ledger.unuseMm(ts, cpu, task, mm, "observed");
    else this.ledger.exitMm(ts, cpu, task, mm, "inferred");
  }

  private finishExitMm(ts: number, cpu: TraceCpu, task: TaskId): void {
    const mm = this.releasing.get(task);
    this.releasing.set(task, NO_MM);
    this.ledger.exitMm(ts, cpu, task, mm, "observed");
    if (this.cpus.current.get(cpu) === task) this.cpus.run(cpu, mm, YES);
  }

  private execSwitch(ts: number, cpu: TraceCpu, pid: number, newMm: MmId): void {
    const task = this.find(pid, cpu);
    if (task !== UNKNOWN_TASK) {
      this.ledger.exec(ts, cpu, task, this.ledger.tasks.mm.get(task), newMm, "observed");
    }
    this.cpus.run(cpu, newMm, NO);
  }

  kthreadUseMm(ts: number, cpu: TraceCpu, pid: number, mmAt: AddressId): void {
    const mm = this.mmAt(ts, mmAt);
    const task = this.find(pid, cpu);
    if (task !== UNKNOWN_TASK) this.ledger.useMm(ts, cpu, task, mm, "observed");
    this.cpus.run(cpu, mm, NO);
  }

  // The end of an mm.

  mmput(ts: number, cpu: TraceCpu, pid: number, mmAt: AddressId): void {
    if (this.exitShown) return;
    const task = this.find(pid, cpu);
    if (task === UNKNOWN_TASK || this.releasing.get(task) === NO_MM) return;
    if (this.releasing.get(task) === this.mmAt(ts, mmAt)) this.finishExitMm(ts, cpu, task);
  }

  exitMmap(ts: number, cpu: TraceCpu, pid: number, mmAt: AddressId, _mmUsers: number, mmCount: number): void {
    this.cpus.seen(cpu);
    // An mm first seen here was made by an exec or a fork that failed before any task ran on it.
    const mm = this.mmAt(ts, mmAt, "probe", true);
    const lazy = this.cpus.lazyOn(mm, cpu);
    this.ledger.finalMmput(ts, cpu, this.find(pid, cpu), mm, lazy, this.cpus.lost ? "assumed" : "observed");
    this.ledger.observed(ts, cpu, "mm_count_at_final_mmput", mm, mmCount);
  }

  mmdropFinal(ts: number, cpu: TraceCpu, _pid: number, mmAt: AddressId): void {
    const mm = this.mmAt(ts, mmAt);
    const byLastSwitch = this.cpus.droppedMm.get(cpu) === mm && this.cpus.droppedLazily.get(cpu) === YES;
    this.ledger.mmdropFinal(ts, cpu, mm, byLastSwitch && this.cpus.active.get(cpu) !== mm);
    this.ledger.mms.retire(mmAt);
  }

  // Shootdowns and CPU hotplug.

  /** `switch_mm(init_mm)`: for a task on a dying CPU, without one from a shootdown's handler on a lazy CPU. */
  private toInitMm(ts: number, cpu: TraceCpu, forTask: boolean): void {
    const lazyMm = this.cpus.active.get(cpu);
    if (!forTask) {
      this.ledger.observed(ts, cpu, "lazy_cpu_kicked_to_init_mm", lazyMm, 1);
    } else if (!this.idleTaskExits) {
      this.ledger.offlineToInitMm(ts, cpu, lazyMm, true, "observed");
      if (lazyMm > INIT_MM) this.ledger.observed(ts, cpu, "force_init_mm_dropped_lazy_mm", lazyMm, 1);
      this.cpus.active.set(cpu, INIT_MM);
    }
  }

  idleTaskExit(ts: number, cpu: TraceCpu): void {
    this.idleTaskExits = true;
    this.ledger.offlineToInitMm(ts, cpu, this.cpus.active.get(cpu), false, "observed");
  }

  finishCpu(ts: number, cpu: TraceCpu, _pid: number, deadCpu: TraceCpu): void {
    this.cpus.seen(deadCpu);
    const lazyMm = this.cpus.active.get(deadCpu);
    if (lazyMm > INIT_MM) this.ledger.observed(ts, deadCpu, "finish_cpu_dropped_lazy_mm", lazyMm, 1);
    this.ledger.finishCpu(ts, cpu, deadCpu, lazyMm, lazyMm === UNKNOWN_MM ? "unknown" : "observed");
    this.cpus.current.set(deadCpu, UNKNOWN_TASK);
    this.cpus.offline.set(deadCpu, YES);
    this.cpus.run(deadCpu, INIT_MM, YES);
    this.prevPid.set(deadCpu, NO_PID);
    this.nextPid.set(deadCpu, NO_PID);
  }

  flushTlbFunc(ts: number, cpu: TraceCpu, _pid: number, mmAt: AddressId, fromCpu: number): void {
    const mm = this.ledger.mms.at(mmAt);
    if (fromCpu === cpu) this.ledger.observed(ts, cpu, "flush_local", mm, 1);
    else this.ledger.observed(ts, cpu, "shootdown_ipi_recv", mm, this.cpus.lazy.get(cpu) === YES ? YES : NO);
  }

  nativeFlushTlbMulti(ts: number, cpu: TraceCpu, _pid: number, mmAt: AddressId, targets: number): void {
    this.ledger.observed(ts, cpu, "shootdown_sent", this.ledger.mms.at(mmAt), targets);
  }

  // Loss and the end.

  lost(ts: number, cpu: TraceCpu, count: number | undefined): void {
    this.ledger.lost(ts, cpu, count);
    this.cpus.forget(cpu);
    this.prevPid.set(cpu, NO_PID);
    this.nextPid.set(cpu, NO_PID);
  }

  /** Tasks in the middle of exit_mm are counted by its probe already: the stream says the same. */
  end(totals: TraceTotals): void {
    for (let task = 0; task < this.ledger.tasks.count; task++) {
      const mm = this.releasing.get(task);
      if (mm !== NO_MM) this.ledger.exitMm(totals.lastTs, UNKNOWN_CPU, task, mm, "inferred");
    }
    this.ledger.end();
  }

  // Identities.

  private find(pid: number, cpu: TraceCpu): TaskId {
    return this.ledger.tasks.find(pid, cpu);
  }

  /** The task behind `pid`, which holds `mm` now: a new one where the pid is new, corrected where it held another. */
  private taskWith(ts: number, cpu: TraceCpu, pid: number, mm: MmId, comm: string | undefined): TaskId {
    const task = this.find(pid, cpu);
    if (task === UNKNOWN_TASK)
      return this.ledger.appear(ts, cpu, pid, comm ?? "", kindOf(pid, mm), mm, "observed");
    if (this.ledger.tasks.mm.get(task) !== mm) this.revise(ts, cpu, task, mm);
    return task;
  }

  private revise(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    if (mm === UNKNOWN_MM) return;
    if (mm === NO_MM && this.releasing.get(task) !== NO_MM) {
      this.finishExitMm(ts, cpu, task);
      return;
    }
    if (this.ledger.tasks.mm.get(task) !== UNKNOWN_MM) this.ledger.conflict("task_mm_mismatch");
    this.ledger.correctTask(ts, task, mm, "observed");
  }

  /** The mm that lives at an address; a new identity where the address has none. */
  private mmAt(
    ts: number,
    address: AddressId,
    origin: MmOrigin = "predates trace",
    born = false,
    users?: number,
  ): MmId {
    if (address === 0) return NO_MM;
    const known = this.ledger.mms.at(address);
    if (known !== UNKNOWN_MM) return known;
    const bits = this.info.address(address);
    const mm = isInitMm(this.info, address, bits)
      ? INIT_MM
      : this.ledger.newMm(ts, origin, born, "observed", users);
    this.ledger.mms.place(mm, address, bits);
    return mm;
  }
}

function kindOf(pid: number, mm: MmId): TaskKind {
  if (pid === 0) return "idle";
  if (mm === UNKNOWN_MM) return "unknown";
  return mm === NO_MM ? "kernel" : "user";
}
