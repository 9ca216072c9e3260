/**
 * Drives the kernel model and one scheme with what a trace says the kernel did.
 *
 * Each action of inference becomes a call of the matching entry point (`model/kernel/replay.ts`) on the counting
 * machine, on the CPU where it happened. Two rules keep the model in step with the trace:
 *
 * - The trace decides when an mm dies. Every mm gets one user more than it has (the *hold*), so that exits never take
 *   mm_users to 0; when inference reports the final mmput, the hold is taken away and the mm's first end runs there
 *   and then. So a transient user that the trace does not show (/proc, ptrace) cannot make an mm die early or late.
 * - What inference has to assume or take back (tasks that predate the trace, a CPU's first lazy mm, losses) changes
 *   the model with the counters muted: the kernel did no such work within the trace.
 *
 * The work for an action is booked to the mm that it is about: for a switch the active_mm that is left or borrowed.
 */
import type { MmReplay, ReplayCounters, SchemeReplay, SwitchClass } from "../evidence/types.ts";
import { SWITCH_CLASSES } from "../evidence/types.ts";
import type { Program } from "../ir/types.ts";
import type { TraceCpu, TraceInfo } from "../trace/events.ts";
import {
  type ActionSink,
  FIRST_MM,
  INIT_MM,
  type SwitchClass as InferredClass,
  type MmId,
  NO_MM,
  type ObservedFigure,
  type Sure,
  type TaskId,
  type TaskKind,
  UNKNOWN_TASK,
} from "../trace/infer/actions.ts";
import type { InferenceReport } from "../trace/infer/report.ts";
import { IdMap } from "./ids.ts";
import { type Column, type Counts, Machine, newCounts } from "./machine.ts";
import { ResidencyLog } from "./residency.ts";

/** Figures that the replay predicts and the probes of a trace show. */
type Figure =
  /** Sum of `mm_count` as each mm's last user left. */
  | "mm_count_at_final_mmput"
  /** Sum of the other CPUs that were lazy on it then. */
  | "lazy_cpus_at_final_mmput"
  /** Switches after which a kernel thread stands on a dead mm. */
  | "lazy_on_dead_mm_handover"
  /** Mms that died in the trace and were freed by a switch that ended a lazy use, or otherwise. */
  | "frees_on_lazy_switch"
  | "frees_elsewhere";

/** The counts of one mm. */
interface MmCounts {
  readonly counts: Counts;
  readonly switches: Record<SwitchClass, number>;
}

export class ReplayDriver implements ActionSink {
  private readonly program: Program;
  readonly scheme: string;
  private machine!: Machine;
  private readonly tasks = new IdMap();
  private readonly mms = new IdMap();
  private readonly idOfMm = new IdMap();
  private readonly perMm = new Map<MmId, MmCounts>();
  private readonly idle = new Set<TaskId>();
  private readonly residency = new ResidencyLog();
  private readonly observedCounts = new Map<Figure, number>();
  private readonly predictedCounts = new Map<Figure, number>();
  private readonly downBy612 = new Set<TraceCpu>();
  /** Actions that could not be done because the trace lacks what came before. */
  skipped = 0;
  private lender = 0;
  private initMm = 0;
  private now = 0;
  private freeingSwitch = false;
  private unitsPerSecond: number | undefined;
  private lastTs = 0;
  private owners = new Map<MmId, string>();
  private columns!: {
    readonly mm: Column;
    readonly activeMm: Column;
    readonly users: Column;
    readonly count: Column;
    readonly idle: Column;
  };

  constructor(program: Program, scheme: string) {
    this.program = program;
    this.scheme = scheme;
  }

  begin(info: TraceInfo): void {
    this.unitsPerSecond = info.unitsPerSecond;
    const machine = new Machine(this.program, Math.max(1, info.cpus), { onFree: (mm) => this.onFree(mm) });
    this.machine = machine;
    this.columns = {
      mm: machine.column("task_struct", "mm"),
      activeMm: machine.column("task_struct", "active_mm"),
      users: machine.column("mm_struct", "mm_users"),
      count: machine.column("mm_struct", "mm_count"),
      idle: machine.column("rq", "idle"),
    };
    machine.call("replay_boot", 0);
    this.initMm = machine.call("replay_init_mm", 0);
    this.lender = machine.call("replay_task", 0);
    this.mms.set(INIT_MM, this.initMm);
  }

  taskAppears(ts: number, task: TaskId, _pid: number, _comm: string, kind: TaskKind, mm: MmId): void {
    this.at(ts);
    this.muted(() => {
      const object = this.taskOf(task);
      if (kind === "idle") this.idle.add(task);
      if (mm >= FIRST_MM) this.machine.call("replay_user", 0, object, this.mmOf(mm));
    });
  }

  cpuStarts(ts: number, cpu: TraceCpu, task: TaskId, _mm: MmId, activeMm: MmId): void {
    this.at(ts);
    this.muted(() => this.startCpu(cpu, task, activeMm));
  }

  switchTasks(
    ts: number,
    cpu: TraceCpu,
    prev: TaskId,
    next: TaskId,
    prevMm: MmId,
    activeMm: MmId,
    nextMm: MmId,
    cls: InferredClass,
  ): void {
    this.at(ts);
    if (prev === UNKNOWN_TASK || next === UNKNOWN_TASK || cls === "unknown") this.skipped++;
    if (next === UNKNOWN_TASK) {
      this.machine.current[cpu] = 0;
      return;
    }
    if (!this.runs(cpu, prev)) this.muted(() => this.startCpu(cpu, prev, activeMm));
    this.muted(() => this.adopt(next, nextMm));
    const subject = prevMm >= FIRST_MM && activeMm < 0 ? prevMm : activeMm;
    this.about(subject >= FIRST_MM ? subject : nextMm);
    if (cls !== "unknown") this.countSwitch(subject >= FIRST_MM ? subject : nextMm, cls);
    this.noteIdle(cpu, prev);
    this.noteIdle(cpu, next);
    this.freeingSwitch = prevMm === NO_MM;
    if (nextMm === NO_MM) this.predictDeadHandover(cpu);
    this.machine.call("replay_switch", cpu, this.taskOf(next));
    this.freeingSwitch = false;
    this.machine.runCallbacks();
  }

  fork(ts: number, cpu: TraceCpu, parent: TaskId, child: TaskId, childMm: MmId, sharesMm: boolean): void {
    this.at(ts);
    const object = this.taskOf(child);
    if (childMm < FIRST_MM) return;
    if (!this.runs(cpu, parent) || this.peekMm(parent) === 0) {
      this.muted(() => this.machine.call("replay_user", cpu, object, this.mmOf(childMm)));
      return;
    }
    this.about(childMm);
    const mm = this.machine.call("replay_fork", cpu, object, sharesMm ? 1 : 0);
    if (!sharesMm) this.born(childMm, mm);
  }

  exitMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    this.at(ts);
    if (!this.runs(cpu, task) || this.peekMm(task) === 0) {
      this.skipped++;
      return;
    }
    this.about(mm);
    this.machine.call("replay_exit_mm", cpu);
  }

  exec(ts: number, cpu: TraceCpu, task: TaskId, oldMm: MmId, newMm: MmId): void {
    this.at(ts);
    if (!this.runs(cpu, task)) {
      this.skipped++;
      return;
    }
    this.about(oldMm >= FIRST_MM ? oldMm : newMm);
    this.born(newMm, this.machine.call("replay_exec", cpu));
  }

  useMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    this.at(ts);
    if (!this.runs(cpu, task) || mm < FIRST_MM) {
      this.skipped++;
      return;
    }
    this.about(mm);
    this.machine.call("replay_use_mm", cpu, this.mmOf(mm));
  }

  unuseMm(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId): void {
    this.at(ts);
    if (!this.runs(cpu, task) || mm < FIRST_MM || this.peekMm(task) === 0) {
      this.skipped++;
      return;
    }
    this.about(mm);
    this.machine.call("replay_unuse_mm", cpu, this.mmOf(mm));
  }

  finalMmput(ts: number, cpu: TraceCpu, _task: TaskId, mm: MmId, lazyCpus: number, sure: Sure): void {
    this.at(ts);
    const object = this.mms.get(mm);
    if (object === 0 || mm < FIRST_MM) {
      this.skipped++;
      return;
    }
    this.about(mm);
    this.predict("mm_count_at_final_mmput", this.machine.peek(this.columns.count, object));
    if (sure === "observed") {
      this.predict("lazy_cpus_at_final_mmput", this.lazyCpus(object, cpu));
      this.observe("lazy_cpus_at_final_mmput", Math.max(0, lazyCpus));
    }
    this.residency.dies(object, ts);
    // Takes the hold away, and with it whatever users the trace did not show leaving.
    this.machine.poke(this.columns.users, object, 1);
    this.unbooked(() => this.machine.call("replay_mmput", cpu, object));
  }

  offlineToInitMm(ts: number, cpu: TraceCpu, lazyMm: MmId, dropsNow: boolean): void {
    this.at(ts);
    // The last switch of a dying CPU, to its idle task, may be missing: its tracing has ended by then.
    if (!dropsNow) this.settle(cpu);
    this.about(lazyMm);
    if (!dropsNow) this.downBy612.add(cpu);
    this.machine.call(dropsNow ? "replay_force_init_mm" : "replay_idle_task_exit", cpu);
    this.machine.setOnline(cpu, 0);
  }

  finishCpu(ts: number, cpu: TraceCpu, deadCpu: TraceCpu, lazyMm: MmId): void {
    this.at(ts);
    if (this.machine.current[cpu] === 0 || this.machine.peek(this.columns.idle, deadCpu + 1) === 0) {
      this.skipped++;
      return;
    }
    this.settle(deadCpu);
    this.about(lazyMm);
    this.machine.call(
      this.downBy612.has(deadCpu) ? "replay_finish_cpu_6_12" : "replay_finish_cpu",
      cpu,
      deadCpu,
    );
    this.machine.current[deadCpu] = 0;
  }

  cpuOnline(ts: number, cpu: TraceCpu): void {
    this.at(ts);
    this.machine.setOnline(cpu, 1);
    this.machine.current[cpu] = 0;
  }

  correctTask(ts: number, task: TaskId, _oldMm: MmId, newMm: MmId): void {
    this.at(ts);
    this.muted(() => this.adopt(task, newMm));
  }

  correctActive(ts: number, cpu: TraceCpu, _oldMm: MmId, newMm: MmId): void {
    this.at(ts);
    this.muted(() => this.relend(cpu, newMm));
  }

  lost(ts: number, cpu: TraceCpu): void {
    this.at(ts);
    this.muted(() => this.abandon(cpu));
  }

  observed(_ts: number, _cpu: TraceCpu, figure: ObservedFigure, _mm: MmId, value: number): void {
    if (figure === "mm_count_at_final_mmput" || figure === "lazy_on_dead_mm_handover")
      this.observe(figure, value);
  }

  /** Only mms that died in the trace: of others the references that the trace does not show are not known. */
  mmdropFinal(_ts: number, _cpu: TraceCpu, mm: MmId, onLazySwitch: boolean): void {
    const object = this.mms.get(mm);
    if (object === 0 || !this.residency.isDead(object)) return;
    this.observe("frees_on_lazy_switch", onLazySwitch ? 1 : 0);
    this.observe("frees_elsewhere", onLazySwitch ? 0 : 1);
  }

  end(report: InferenceReport): void {
    for (const record of report.mms) this.owners.set(record.mm, record.comm);
  }

  /** What the scheme did; call after the trace has ended. */
  result(): SchemeReplay {
    const scale = 1 / (this.unitsPerSecond ?? 1e9);
    const perMm: MmReplay[] = [...this.perMm]
      .sort((a, b) => a[0] - b[0])
      .map(([id, { counts, switches }]) => {
        const dead = this.residency.lengthOf(this.mms.get(id));
        return {
          mm: `mm#${id}`,
          comm: this.owners.get(id) ?? "",
          switches,
          counters: countersOf(counts),
          ...(dead === undefined ? {} : { deadSeconds: dead * scale }),
        };
      });
    return {
      scheme: this.scheme,
      total: countersOf(this.machine.total),
      perMm,
      residency: this.residency.summary(scale, this.lastTs),
      compared: this.compared(),
    };
  }

  /** Self-checks of the kernel model that failed on this trace, with how often. */
  faults(): ReadonlyMap<string, number> {
    return this.machine.faults;
  }

  // ---- details ----

  private at(ts: number): void {
    this.now = ts;
    this.lastTs = Math.max(this.lastTs, ts);
  }

  private taskOf(task: TaskId): number {
    let object = this.tasks.get(task);
    if (object === 0) {
      object = this.machine.call("replay_task", 0);
      this.tasks.set(task, object);
    }
    return object;
  }

  /** The mm's object; one that the trace names without having shown its birth is made now. */
  private mmOf(mm: MmId): number {
    const object = this.mms.get(mm);
    if (object !== 0) return object;
    const made = this.machine.call("replay_mm", 0);
    this.born(mm, made);
    return made;
  }

  private born(mm: MmId, object: number): void {
    this.mms.set(mm, object);
    this.idOfMm.set(object, mm);
    this.machine.poke(this.columns.users, object, this.machine.peek(this.columns.users, object) + 1);
  }

  private peekMm(task: TaskId): number {
    return this.machine.peek(this.columns.mm, this.taskOf(task));
  }

  private runs(cpu: TraceCpu, task: TaskId): boolean {
    return task >= 0 && this.machine.current[cpu] !== 0 && this.machine.current[cpu] === this.tasks.get(task);
  }

  /** `finish_cpu` looks for the dead CPU's idle task. */
  private noteIdle(cpu: TraceCpu, task: TaskId): void {
    if (this.idle.has(task)) this.machine.poke(this.columns.idle, cpu + 1, this.tasks.get(task));
  }

  /** Lets `cpu` run its idle task, if it runs another. */
  private settle(cpu: TraceCpu): void {
    const idle = this.machine.peek(this.columns.idle, cpu + 1);
    const current = this.machine.current[cpu] ?? 0;
    if (idle !== 0 && current !== 0 && current !== idle) {
      this.muted(() => this.machine.call("replay_switch", cpu, idle));
    }
  }

  /** Puts `task` on `cpu` as if it had always been there; whatever ran there before is forgotten. */
  private startCpu(cpu: TraceCpu, task: TaskId, activeMm: MmId): void {
    this.abandon(cpu);
    if (task < 0) return;
    const object = this.taskOf(task);
    this.machine.current[cpu] = object;
    this.noteIdle(cpu, task);
    if (this.machine.peek(this.columns.mm, object) !== 0) {
      this.machine.call("replay_start_user", cpu);
      return;
    }
    const loan = activeMm >= FIRST_MM ? this.mmOf(activeMm) : this.initMm;
    if (this.canLend(loan)) this.machine.call("replay_start_kthread", cpu, this.lender, loan);
    else this.machine.call("replay_start_kthread", cpu, this.lender, this.initMm);
  }

  /** The loan of whoever runs on `cpu`, if there is one, is given back. */
  private abandon(cpu: TraceCpu): void {
    const current = this.machine.current[cpu] ?? 0;
    if (current !== 0 && this.isLazy(current)) {
      this.machine.call("replay_end_loan", cpu);
      this.machine.poke(this.columns.activeMm, current, 0);
    }
    this.machine.current[cpu] = 0;
  }

  private isLazy(task: number): boolean {
    return (
      this.machine.peek(this.columns.mm, task) === 0 && this.machine.peek(this.columns.activeMm, task) !== 0
    );
  }

  private canLend(mm: number): boolean {
    return this.machine.isAlive(this.columns.users.struct, mm);
  }

  /** The loan on `cpu` was of `mm` all along. */
  private relend(cpu: TraceCpu, mm: MmId): void {
    const current = this.machine.current[cpu] ?? 0;
    if (current === 0 || !this.isLazy(current)) return;
    const loan = mm >= FIRST_MM ? this.mmOf(mm) : this.initMm;
    if (this.machine.peek(this.columns.activeMm, current) === loan || !this.canLend(loan)) return;
    this.machine.call("replay_end_loan", cpu);
    this.machine.call("replay_start_kthread", cpu, this.lender, loan);
  }

  /** `task` has `mm`, whatever the model thought. */
  private adopt(task: TaskId, mm: MmId): void {
    if (mm < 0 || mm === INIT_MM) return;
    const object = this.taskOf(task);
    const has = this.machine.peek(this.columns.mm, object);
    const wants = mm === NO_MM ? 0 : this.mmOf(mm);
    if (has === wants || (wants !== 0 && !this.canLend(wants))) return;
    const cpu = this.machine.current.indexOf(object);
    if (cpu >= 0) this.abandon(cpu);
    if (has !== 0) this.addUsers(has, -1);
    this.machine.poke(this.columns.mm, object, 0);
    this.machine.poke(this.columns.activeMm, object, 0);
    if (wants !== 0) this.machine.call("replay_user", 0, object, wants);
    if (cpu >= 0) this.startCpu(cpu, task, this.idOfMm.get(has));
  }

  private addUsers(mm: number, by: number): void {
    this.machine.poke(this.columns.users, mm, this.machine.peek(this.columns.users, mm) + by);
  }

  /** Runs `work` without counting it. */
  private muted(work: () => void): void {
    const { machine } = this;
    const { total, subject } = machine;
    machine.total = newCounts();
    machine.subject = machine.total;
    work();
    machine.total = total;
    machine.subject = subject;
  }

  /** Runs `work` and books everything but the one atomic on mm_users that the last exit has paid already. */
  private unbooked(work: () => void): void {
    const { machine } = this;
    machine.total.rmw--;
    machine.subject.rmw--;
    work();
  }

  /** What follows is the work of `mm`. */
  private about(mm: MmId): void {
    this.machine.subject = this.countsOf(mm).counts;
  }

  private countsOf(mm: MmId): MmCounts {
    const key = mm >= FIRST_MM ? mm : INIT_MM;
    const known = this.perMm.get(key);
    if (known !== undefined) return known;
    const switches = Object.fromEntries(SWITCH_CLASSES.map((c) => [c, 0])) as Record<SwitchClass, number>;
    const fresh = { counts: newCounts(), switches };
    this.perMm.set(key, fresh);
    return fresh;
  }

  private countSwitch(mm: MmId, cls: SwitchClass): void {
    this.countsOf(mm).switches[cls]++;
  }

  private onFree(object: number): void {
    this.residency.freed(object, this.now);
    this.predict(this.freeingSwitch ? "frees_on_lazy_switch" : "frees_elsewhere", 1);
  }

  private predict(figure: Figure, value: number): void {
    this.predictedCounts.set(figure, (this.predictedCounts.get(figure) ?? 0) + value);
  }

  private observe(figure: Figure, value: number): void {
    this.observedCounts.set(figure, (this.observedCounts.get(figure) ?? 0) + value);
  }

  /** The kernel thread that comes now will stand on a dead mm. */
  private predictDeadHandover(cpu: TraceCpu): void {
    const active = this.machine.peek(this.columns.activeMm, this.machine.current[cpu] ?? 0);
    if (this.residency.isDead(active)) this.predict("lazy_on_dead_mm_handover", 1);
  }

  /** CPUs other than `cpu` whose task is lazy on the mm. */
  private lazyCpus(mm: number, cpu: TraceCpu): number {
    let n = 0;
    this.machine.current.forEach((task, c) => {
      if (c === cpu || task === 0 || !this.isLazy(task)) return;
      if (this.machine.peek(this.columns.activeMm, task) === mm) n++;
    });
    return n;
  }

  /** What the model predicts beside what the kernel of the trace, which counts its lazy users, did. */
  private compared(): SchemeReplay["compared"] {
    return [...this.observedCounts].map(([figure, observed]) => ({
      figure,
      predicted: this.predictedCounts.get(figure) ?? 0,
      observed,
    }));
  }
}

function countersOf(counts: Counts): ReplayCounters {
  return {
    sharedRmw: counts.rmw,
    mmCountTransfers: counts.mmCountTransfers,
    cpumaskTransfers: counts.cpumaskTransfers,
    barriers: counts.barriers,
    ipis: Object.fromEntries(counts.ipis),
    scanLoads: counts.scanLoads,
    rootLoads: counts.rootLoads,
  };
}
