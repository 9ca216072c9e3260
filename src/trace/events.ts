/**
 * One event stream for every trace format.
 *
 * A reader calls the methods of a `TraceSink` in timestamp order over all CPUs (ties: lower CPU first). It looks
 * at the sink once, before the first event, and decodes only the events that the sink has a method for; nothing
 * is allocated per event but strings that were not seen before (comms are interned by the reader).
 *
 * Units: `ts` is in the trace's own clock (`TraceInfo.clock`), relative to `TraceInfo.origin`, as a double: exact
 * to the unit for 2^53 units from the origin. Pointers (`mm`, `task`) are interned by the reader into small
 * positive numbers, 0 is NULL: 64-bit addresses do not fit a double and readers of evidence never need the bits.
 * `TraceInfo.address(id)` gives the address back for display, and `TraceInfo.initMm` the id of `&init_mm` where
 * the file tells it (kallsyms) or the user does.
 *
 * Times, counts and pids are what the kernel wrote; nothing is repaired here. Loss is an event of its own.
 */

/** A CPU number as in the trace. */
export type TraceCpu = number;
/** An interned kernel address: equal ids are equal addresses, 0 is NULL. Not an identity over time (slab reuse). */
export type AddressId = number;

/** What a reader knows of the file before the first event. */
export interface TraceInfo {
  /** The format and version, in words: "trace.dat v7 (zstd)". */
  readonly format: string;
  /** The trace clock as the kernel names it: "local", "global", "mono", "counter", … */
  readonly clock: string;
  /** Units of `ts` per second; undefined for clocks that do not count time ("counter", "x86-tsc" uncalibrated). */
  readonly unitsPerSecond: number | undefined;
  /** The timestamp that `ts` counts from, in the clock's own units. */
  readonly origin: bigint;
  /** CPUs the recording covers. */
  readonly cpus: number;
  /** Names of the events whose format the file carries ("sched/sched_switch"). */
  readonly eventNames: ReadonlySet<string>;
  /** `uname -r` of the traced kernel where the file tells it, else undefined. */
  readonly kernel: string | undefined;
  /** The id of `&init_mm` where the file's kallsyms name it. */
  readonly initMm: AddressId | undefined;
  /** Nanoseconds to add to a timestamp to get the one that `trace-cmd report` shows, where the recorder asked for it. */
  readonly clockOffset?: bigint;
  /** Names of further buffers (trace instances) in the file, which this reading leaves out. */
  readonly otherBuffers?: readonly string[];
  /** The 64-bit address behind an id. */
  address(id: AddressId): bigint;
}

/** The events that the instruments use. A method that is absent is an event that is not decoded. */
export interface TraceSink {
  /** Called once before the first event. */
  begin?(info: TraceInfo): void;
  /** `sched:sched_switch`; `prevState` is the raw state word of the record. */
  schedSwitch?(
    ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevComm: string,
    prevState: number,
    nextPid: number,
    nextComm: string,
  ): void;
  /** `sched:sched_wakeup` (`fresh` false) and `sched:sched_wakeup_new` (`fresh` true). */
  wakeup?(ts: number, cpu: TraceCpu, pid: number, comm: string, targetCpu: TraceCpu, fresh: boolean): void;
  /** `sched:sched_migrate_task`. */
  migrate?(ts: number, cpu: TraceCpu, pid: number, fromCpu: TraceCpu, toCpu: TraceCpu): void;
  /** `sched:sched_process_fork`. */
  fork?(
    ts: number,
    cpu: TraceCpu,
    parentPid: number,
    parentComm: string,
    childPid: number,
    childComm: string,
  ): void;
  /** `task:task_newtask`: `cloneFlags` as passed to clone (0x100 is CLONE_VM); `pid` is the child, `currentPid` the caller. */
  newTask?(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    pid: number,
    comm: string,
    cloneFlags: number,
  ): void;
  /** `task:task_rename`. */
  rename?(ts: number, cpu: TraceCpu, pid: number, oldComm: string, newComm: string): void;
  /** `sched:sched_process_exec`; `oldPid` differs from `pid` when a thread that is not the leader executes. */
  exec?(ts: number, cpu: TraceCpu, pid: number, oldPid: number): void;
  /** `sched:sched_process_exit`; `groupDead` where the kernel records it (7.2), else undefined. */
  exit?(ts: number, cpu: TraceCpu, pid: number, comm: string, groupDead: boolean | undefined): void;
  /** `tlb:tlb_flush`; `reason` is the kernel's number, `pages` −1 for everything. */
  tlbFlush?(ts: number, cpu: TraceCpu, pid: number, reason: number, pages: number): void;
  /** `ipi:ipi_send_cpu`. */
  ipiSendCpu?(ts: number, cpu: TraceCpu, targetCpu: TraceCpu): void;
  /** `ipi:ipi_send_cpumask`; the number of CPUs in the mask. */
  ipiSendMask?(ts: number, cpu: TraceCpu, targets: number): void;
  /** `irq_vectors:*_entry`: "call_function", "call_function_single", "reschedule". */
  irqEntry?(ts: number, cpu: TraceCpu, vector: string): void;

  // The lazy/* probes (see docs/formats/lazy-probes.md for how to set them).

  /** `lazy/sw`: at sched_switch, both tasks' mm and active_mm as the kernel holds them before the switch. */
  lazySwitch?(
    ts: number,
    cpu: TraceCpu,
    prevPid: number,
    prevMm: AddressId,
    prevActiveMm: AddressId,
    prevActiveMmCount: number,
    nextPid: number,
    nextMm: AddressId,
    nextActiveMm: AddressId,
  ): void;
  /** `lazy/enter_lazy_tlb`: `pid` is the argument task, `currentPid` the one that runs (equal in exit_mm, unuse_mm). */
  enterLazyTlb?(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    mm: AddressId,
    pid: number,
    taskMm: AddressId,
    mmCount: number,
    mmUsers: number,
  ): void;
  /** `lazy/switch_mm` (`switch_mm_irqs_off`): `task` 0 for exec and for flush handlers. */
  switchMm?(
    ts: number,
    cpu: TraceCpu,
    currentPid: number,
    prev: AddressId,
    next: AddressId,
    task: AddressId,
  ): void;
  /** `lazy/mmdrop_final` (`__mmdrop`). */
  mmdropFinal?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId): void;
  /** `lazy/mmput` and `lazy/mmput_async`, counts before the decrement; `mmCount` −1 where the probe lacks it. */
  mmput?(
    ts: number,
    cpu: TraceCpu,
    pid: number,
    mm: AddressId,
    mmUsers: number,
    mmCount: number,
    async: boolean,
  ): void;
  /** `lazy/exit_mmap`: mm_users has reached 0. */
  exitMmap?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId, mmUsers: number, mmCount: number): void;
  /** `lazy/exit_mm_release`: a task is about to give its mm up for good. */
  exitMmRelease?(ts: number, cpu: TraceCpu, pid: number, tgid: number, mm: AddressId): void;
  /** `lazy/exec_mm_release`: a task is about to replace its mm; `mm` is the old one. */
  execMmRelease?(ts: number, cpu: TraceCpu, pid: number, tgid: number, mm: AddressId): void;
  /** `lazy/wake_up_new_task`: the child with its mm and active_mm. */
  wakeUpNewTask?(
    ts: number,
    cpu: TraceCpu,
    pid: number,
    tgid: number,
    mm: AddressId,
    activeMm: AddressId,
  ): void;
  /** `lazy/kthread_use_mm`. */
  kthreadUseMm?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId): void;
  /** `lazy/kthread_unuse_mm`. */
  kthreadUnuseMm?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId): void;
  /** `lazy/flush_tlb_mm_range`. */
  flushTlbMmRange?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId, freedTables: boolean): void;
  /** `lazy/flush_tlb_func`: on the CPU that flushes; `fromCpu` is who asked (equal to `cpu` for a local one). */
  flushTlbFunc?(
    ts: number,
    cpu: TraceCpu,
    pid: number,
    mm: AddressId,
    fromCpu: number,
    freedTables: boolean,
  ): void;
  /** `lazy/native_flush_tlb_multi`: `targets` counts the bits of the mask's first 64 CPUs. */
  nativeFlushTlbMulti?(ts: number, cpu: TraceCpu, pid: number, mm: AddressId, targets: number): void;
  /** `lazy/leave_mm`. */
  leaveMm?(ts: number, cpu: TraceCpu): void;
  /** `lazy/finish_cpu`: `deadCpu` went down; runs on the controlling CPU. */
  finishCpu?(ts: number, cpu: TraceCpu, pid: number, deadCpu: TraceCpu): void;
  /** `lazy/idle_task_exit`: on the dying CPU. */
  idleTaskExit?(ts: number, cpu: TraceCpu): void;

  /** Events are missing on `cpu` before `ts`: `count` where the file tells it, else undefined. */
  lost?(ts: number, cpu: TraceCpu, count: number | undefined): void;
  /** Called once after the last event with what the reader counted. */
  end?(totals: TraceTotals): void;
}

/** What a reader counted, whether or not the sink asked for it. */
export interface TraceTotals {
  /** Records in the file, by event name as in `TraceInfo.eventNames`; unknown ids under `event#ID`. */
  readonly events: ReadonlyMap<string, number>;
  /** Records in all. */
  readonly total: number;
  /** Records known to be lost (in-page flags with a count, per-CPU statistics in the file). */
  readonly lost: number;
  /** Places where the file says that something was lost without a count. */
  readonly lostPlaces: number;
  /** First and last timestamp seen, relative to the origin. */
  readonly firstTs: number;
  readonly lastTs: number;
  /** Records whose time is before that of the record handed out before them: a CPU's clock that went backwards. */
  readonly backwards?: number;
}
