/**
 * What a trace says the kernel did to address spaces, as a stream of actions.
 *
 * Inference (`infer.ts`) reads a `TraceSink` stream and calls the methods of an `ActionSink`; the replay drives
 * the kernel model with them. The stream is in the order of the trace (timestamps over all CPUs). Inference may
 * hold actions back for a bounded window until later evidence has decided them, never reorder them.
 *
 * Identities. A kernel address is an identity only until its `__mmdrop` (slab hands the next mm out at the same
 * address), and a pid only until it is forked again. `MmId` and `TaskId` are dense, start at small numbers and
 * are never reused, so that consumers keep typed arrays. An idle task (pid 0) is one `TaskId` per CPU.
 *
 * Certainty. Nothing is guessed silently: an mm that is not known is `UNKNOWN_MM`, a switch that cannot be
 * attributed has the class "unknown", and every inferred fact carries a `Sure`. What inference believed and has
 * to take back is an action of its own (`correctTask`, `correctActive`), for which the kernel did nothing.
 *
 * All methods are optional; a consumer implements those that it needs. No method may keep the info objects.
 */

import type { TraceCpu, TraceInfo } from "../events.ts";
import type { InferenceReport } from "./report.ts";

/** An address space over its whole life: dense, never reused. See `NO_MM`, `INIT_MM`, `UNKNOWN_MM`. */
export type MmId = number;
/** A task over its whole life: dense from 0, never reused. `UNKNOWN_TASK` where events are missing. */
export type TaskId = number;

/** `task->mm == NULL`: a kernel thread, an idle task, or a task past `exit_mm`. */
export const NO_MM: MmId = 0;
/** `&init_mm`, which is never freed. */
export const INIT_MM: MmId = 1;
/** The first id of an ordinary mm. */
export const FIRST_MM: MmId = 2;
/** The trace does not tell. */
export const UNKNOWN_MM: MmId = -1;
/** The trace does not tell. */
export const UNKNOWN_TASK: TaskId = -1;

/**
 * `kernel`: the `lazy/*` probes are used where present. `stock`: only events that every kernel has
 * (sched, task, tlb, ipi, irq_vectors); probes are ignored even if the trace has them.
 */
export type EvidenceLevel = "kernel" | "stock";

/**
 * How well a fact is known.
 * - `observed`: a probe or a stock event shows the fact itself.
 * - `inferred`: it follows by a rule of the kernel from facts that were seen.
 * - `assumed`: it rests on a documented assumption (a thread's name, a task not sharing its mm).
 * - `unknown`: not known; the value beside it is `UNKNOWN_MM`, `UNKNOWN_TASK` or "unknown".
 */
export type Sure = "observed" | "inferred" | "assumed" | "unknown";

/**
 * The cases of `context_switch()`. "kern" is a task without an mm at the moment of the switch; same and other
 * compare the mm of the user task with the CPU's active_mm.
 */
export type SwitchClass =
  | "user_kern"
  | "kern_kern"
  | "kern_user_same"
  | "kern_user_other"
  | "user_user_same"
  | "user_user_other"
  | "unknown";

/** Every class, in the order of reports. */
export const SWITCH_CLASSES: readonly SwitchClass[] = [
  "user_kern",
  "kern_kern",
  "kern_user_same",
  "kern_user_other",
  "user_user_same",
  "user_user_other",
  "unknown",
];

/** What a task is. A user worker (vhost since 6.4, io_uring) shares its creator's mm and is a "user" task. */
export type TaskKind = "idle" | "kernel" | "user" | "unknown";

/** Figures that the kernel's own events show, to be set beside a prediction. All are counts, one per call of `observed`. */
export type ObservedFigure =
  /** `mm_count` at `exit_mmap`, as `value`. */
  | "mm_count_at_final_mmput"
  /** A lazy CPU's hardware went to init_mm because of a shootdown; its mm_count reference stays. */
  | "lazy_cpu_kicked_to_init_mm"
  /** A shootdown IPI was served; `value` is 1 where the CPU's task was lazy. */
  | "shootdown_ipi_recv"
  /** A CPU flushed for itself. */
  | "flush_local"
  /** A shootdown was sent; `value` is the number of target CPUs. */
  | "shootdown_sent"
  /** A switch handed on the lazy reference to an mm whose user mappings are gone. */
  | "lazy_on_dead_mm_handover"
  /** CPU offline, ≤ 6.12: the control CPU dropped the dead CPU's lazy mm. */
  | "finish_cpu_dropped_lazy_mm"
  /** CPU offline, 7.2: `sched_force_init_mm` dropped the lazy mm on the dying CPU. */
  | "force_init_mm_dropped_lazy_mm"
  /** `__mmdrop` by the switch that ended a lazy use. */
  | "mmdrop_final_on_lazy_switch"
  /** `__mmdrop` from anywhere else. */
  | "mmdrop_final_other";

/** The consumer of a trace's kernel actions. */
export interface ActionSink {
  /** Called once before the first action. `level` is what is used, which is "stock" where a trace has no probes. */
  begin?(info: TraceInfo, level: EvidenceLevel): void;

  /**
   * A task that was alive before its first event. Comes before the first action that names the task; tasks born
   * in the trace come by `fork` instead. `mm` is what it held then: its user is part of the state at the start.
   */
  taskAppears?(
    ts: number,
    task: TaskId,
    pid: number,
    comm: string,
    kind: TaskKind,
    mm: MmId,
    sure: Sure,
  ): void;
  /**
   * An mm is named for the first time. `born` is false for one that predates the trace. `users` is mm_users where
   * a probe showed it, else undefined; tasks not seen yet may hold the mm too.
   */
  mmAppears?(ts: number, mm: MmId, born: boolean, users: number | undefined): void;
  /**
   * The first thing known of a CPU, also after a loss on it and after it came online: it runs `task`, whose mm is
   * `mm`, on `activeMm` (equal to `mm` for a user task; the lazy mm, possibly `UNKNOWN_MM`, otherwise).
   */
  cpuStarts?(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, activeMm: MmId, sure: Sure): void;

  /**
   * `context_switch`. `activeMm` is the CPU's active_mm before the switch: equal to `prevMm` for a user task.
   * Each id may be unknown while the class is known (a CPU's first lazy mm predates the trace, yet a TLB flush
   * shows that it changed), so count by `cls` and attribute by ids.
   */
  switchTasks?(
    ts: number,
    cpu: TraceCpu,
    prev: TaskId,
    next: TaskId,
    prevMm: MmId,
    activeMm: MmId,
    nextMm: MmId,
    cls: SwitchClass,
    sure: Sure,
  ): void;
  /** `clone`: `childMm` equals the parent's where `sharesMm` (CLONE_VM), is `NO_MM` for a kernel thread, else new. */
  fork?(
    ts: number,
    cpu: TraceCpu,
    parent: TaskId,
    child: TaskId,
    childMm: MmId,
    sharesMm: boolean,
    sure: Sure,
  ): void;
  /**
   * `exit_mm`: the task gives up `mm` and is a lazy user of it until it schedules. Not called for tasks without mm.
   * `cpu` is −1 at the end of a trace that stops inside exit_mm.
   */
  exitMm?(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): void;
  /** The task scheduled for the last time; its id will not come again. */
  taskGone?(ts: number, cpu: TraceCpu, task: TaskId): void;
  /** `exec_mmap`: `oldMm` is `NO_MM` for a kernel thread that executes (the CPU's lazy mm is dropped instead). */
  exec?(ts: number, cpu: TraceCpu, task: TaskId, oldMm: MmId, newMm: MmId, sure: Sure): void;
  /** `kthread_use_mm` by the task that runs on `cpu`. Observed by its probe only: stock events do not show it. */
  useMm?(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): void;
  /** `kthread_unuse_mm` by the task that runs on `cpu`. */
  unuseMm?(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, sure: Sure): void;
  /**
   * mm_users reached 0: `exit_mmap`. Observed by its probe; with stock evidence inferred where the last task
   * known to use the mm has left it. `lazyCpus` counts the other CPUs that were lazy on it then, −1 if unknown.
   */
  finalMmput?(ts: number, cpu: TraceCpu, task: TaskId, mm: MmId, lazyCpus: number, sure: Sure): void;
  /** `__mmdrop`, observed by its probe only: the mm is freed. */
  mmdropFinal?(ts: number, cpu: TraceCpu, mm: MmId, onLazySwitch: boolean): void;

  /**
   * A dying CPU gives up its mm's page tables. ≤ 6.12 (`idle_task_exit`): `dropsNow` is false, the reference stays
   * until `finishCpu`. 7.2 (`sched_force_init_mm`): `dropsNow` is true, init_mm is the active_mm from here on. With
   * stock evidence it is inferred only when the CPU is up again, with `dropsNow` true and no `finishCpu`.
   */
  offlineToInitMm?(ts: number, cpu: TraceCpu, lazyMm: MmId, dropsNow: boolean, sure: Sure): void;
  /** `finish_cpu(deadCpu)` on the controlling CPU; `lazyMm` is what the dead CPU's idle task held till now. */
  finishCpu?(ts: number, cpu: TraceCpu, deadCpu: TraceCpu, lazyMm: MmId, sure: Sure): void;
  /** The first event of a CPU that had gone down. `cpuStarts` follows. */
  cpuOnline?(ts: number, cpu: TraceCpu): void;

  /** Inference was wrong about a task's mm till now: it was `newMm` all along. Nothing happened in the kernel. */
  correctTask?(ts: number, task: TaskId, oldMm: MmId, newMm: MmId, sure: Sure): void;
  /** Inference was wrong, or knew nothing, about a CPU's active_mm till now. Nothing happened in the kernel. */
  correctActive?(ts: number, cpu: TraceCpu, oldMm: MmId, newMm: MmId, sure: Sure): void;

  /** A figure of the kernel's own. `value` is 1 where the figure has none. */
  observed?(ts: number, cpu: TraceCpu, figure: ObservedFigure, mm: MmId, value: number): void;
  /** Events are missing on `cpu`: what it did is unknown until `cpuStarts`. `count` where the trace tells it. */
  lost?(ts: number, cpu: TraceCpu, count: number | undefined): void;
  /** Called once after the last action. */
  end?(report: InferenceReport): void;
}
