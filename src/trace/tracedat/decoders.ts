/**
 * From records to calls of a sink: one small function per event, which compiles the fields it needs and returns the
 * decoder. The table at the end says which event feeds which method; an event whose method the sink lacks has no
 * decoder, and its records are only counted.
 *
 * Field names are the kernel's (include/trace/events/*.h), and for `lazy/*` those in docs/formats/lazy-probes.md.
 */

import type { TraceSink } from "../events.ts";
import type { EventFormat } from "./event_format.ts";
import { EventFields, type FieldContext } from "./fields.ts";

/** Hands the record `view[at … end)` to the sink. */
export type Decode = (view: DataView, at: number, end: number, ts: number, cpu: number) => void;

/** A decoder with the bytes it may rely on. */
export interface Decoder {
  readonly need: number;
  readonly decode: Decode;
}

type Build = (fields: EventFields, sink: TraceSink, event: string) => Decode;

/** The decoder of an event for a sink; undefined where the sink does not want it. */
export function buildDecoder(
  format: EventFormat,
  sink: TraceSink,
  context: FieldContext,
): Decoder | undefined {
  const [method, build] = decoderOf(format.name) ?? [];
  if (method === undefined || build === undefined || sink[method] === undefined) return undefined;
  const fields = new EventFields(format, context);
  const decode = build(fields, sink, format.name);
  return { need: fields.need, decode };
}

/** A probe that does not record a count leaves this. */
const NOT_RECORDED = -1;

const schedSwitch: Build = (f, sink) => {
  const prevPid = f.int("prev_pid");
  const prevComm = f.comm("prev_comm");
  const prevState = f.int("prev_state");
  const nextPid = f.int("next_pid");
  const nextComm = f.comm("next_comm");
  return (v, at, end, ts, cpu) =>
    sink.schedSwitch?.(
      ts,
      cpu,
      prevPid(v, at),
      prevComm(v, at, end),
      prevState(v, at),
      nextPid(v, at),
      nextComm(v, at, end),
    );
};

const wakeup: Build = (f, sink, event) => {
  const pid = f.int("pid");
  const comm = f.comm("comm");
  const target = f.int("target_cpu");
  const fresh = event === "sched/sched_wakeup_new";
  return (v, at, end, ts, cpu) => sink.wakeup?.(ts, cpu, pid(v, at), comm(v, at, end), target(v, at), fresh);
};

const migrate: Build = (f, sink) => {
  const pid = f.int("pid");
  const from = f.int("orig_cpu");
  const to = f.int("dest_cpu");
  return (v, at, _end, ts, cpu) => sink.migrate?.(ts, cpu, pid(v, at), from(v, at), to(v, at));
};

const fork: Build = (f, sink) => {
  const parentPid = f.int("parent_pid");
  const parentComm = f.comm("parent_comm");
  const childPid = f.int("child_pid");
  const childComm = f.comm("child_comm");
  return (v, at, end, ts, cpu) =>
    sink.fork?.(ts, cpu, parentPid(v, at), parentComm(v, at, end), childPid(v, at), childComm(v, at, end));
};

const newTask: Build = (f, sink) => {
  const current = f.int("common_pid");
  const pid = f.int("pid");
  const comm = f.comm("comm");
  const flags = f.int("clone_flags");
  return (v, at, end, ts, cpu) =>
    sink.newTask?.(ts, cpu, current(v, at), pid(v, at), comm(v, at, end), flags(v, at));
};

const rename: Build = (f, sink) => {
  // Since 6.14 the kernel no longer writes the pid, which was always that of the task that runs.
  const pid = f.has("pid") ? f.int("pid") : f.int("common_pid");
  const oldComm = f.comm("oldcomm");
  const newComm = f.comm("newcomm");
  return (v, at, end, ts, cpu) =>
    sink.rename?.(ts, cpu, pid(v, at), oldComm(v, at, end), newComm(v, at, end));
};

const exec: Build = (f, sink) => {
  const pid = f.int("pid");
  const oldPid = f.int("old_pid");
  return (v, at, _end, ts, cpu) => sink.exec?.(ts, cpu, pid(v, at), oldPid(v, at));
};

const exit: Build = (f, sink) => {
  const pid = f.int("pid");
  const comm = f.comm("comm");
  const groupDead = f.has("group_dead") ? f.int("group_dead") : undefined;
  return (v, at, end, ts, cpu) =>
    sink.exit?.(
      ts,
      cpu,
      pid(v, at),
      comm(v, at, end),
      groupDead === undefined ? undefined : groupDead(v, at) !== 0,
    );
};

const tlbFlush: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const reason = f.int("reason");
  // Declared unsigned long, but TLB_FLUSH_ALL is all ones and the kernel prints it as -1.
  const pages = f.signed("pages");
  return (v, at, _end, ts, cpu) => sink.tlbFlush?.(ts, cpu, pid(v, at), reason(v, at), pages(v, at));
};

const ipiSendCpu: Build = (f, sink) => {
  const target = f.int("cpu");
  return (v, at, _end, ts, cpu) => sink.ipiSendCpu?.(ts, cpu, target(v, at));
};

const ipiSendMask: Build = (f, sink) => {
  const targets = f.popcount("cpumask");
  return (v, at, end, ts, cpu) => sink.ipiSendMask?.(ts, cpu, targets(v, at, end));
};

const irqEntry: Build = (_f, sink, event) => {
  const vector = event.slice("irq_vectors/".length, -"_entry".length);
  return (_v, _at, _end, ts, cpu) => sink.irqEntry?.(ts, cpu, vector);
};

const lazySwitch: Build = (f, sink) => {
  const prevPid = f.int("ppid");
  const prevMm = f.address("pmm");
  const prevActiveMm = f.address("pamm");
  const prevCount = f.int("pcnt");
  const nextPid = f.int("npid");
  const nextMm = f.address("nmm");
  const nextActiveMm = f.address("namm");
  return (v, at, _end, ts, cpu) =>
    sink.lazySwitch?.(
      ts,
      cpu,
      prevPid(v, at),
      prevMm(v, at),
      prevActiveMm(v, at),
      prevCount(v, at),
      nextPid(v, at),
      nextMm(v, at),
      nextActiveMm(v, at),
    );
};

const enterLazyTlb: Build = (f, sink) => {
  const current = f.int("common_pid");
  const mm = f.address("mm");
  const pid = f.int("pid");
  const taskMm = f.address("tmm");
  const count = f.int("mm_count");
  const users = f.int("mm_users");
  return (v, at, _end, ts, cpu) =>
    sink.enterLazyTlb?.(
      ts,
      cpu,
      current(v, at),
      mm(v, at),
      pid(v, at),
      taskMm(v, at),
      count(v, at),
      users(v, at),
    );
};

const switchMm: Build = (f, sink) => {
  const current = f.int("common_pid");
  const prev = f.address("prev");
  const next = f.address("next");
  const task = f.address("tsk");
  return (v, at, _end, ts, cpu) =>
    sink.switchMm?.(ts, cpu, current(v, at), prev(v, at), next(v, at), task(v, at));
};

const mmput: Build = (f, sink, event) => {
  const pid = f.int("common_pid");
  const mm = f.address("mm");
  const users = f.int("mm_users");
  const count = f.intOr("mm_count", NOT_RECORDED);
  const deferred = event === "lazy/mmput_async";
  return (v, at, _end, ts, cpu) =>
    sink.mmput?.(ts, cpu, pid(v, at), mm(v, at), users(v, at), count(v, at), deferred);
};

const exitMmap: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const mm = f.address("mm");
  const users = f.int("mm_users");
  const count = f.int("mm_count");
  return (v, at, _end, ts, cpu) =>
    sink.exitMmap?.(ts, cpu, pid(v, at), mm(v, at), users(v, at), count(v, at));
};

/** The probes that record nothing but an mm: the method's name tells which. */
const onlyMm =
  (method: "mmdropFinal" | "kthreadUseMm" | "kthreadUnuseMm"): Build =>
  (f, sink) => {
    const pid = f.int("common_pid");
    const mm = f.address("mm");
    return (v, at, _end, ts, cpu) => sink[method]?.(ts, cpu, pid(v, at), mm(v, at));
  };

const mmRelease =
  (method: "exitMmRelease" | "execMmRelease"): Build =>
  (f, sink) => {
    const pid = f.int("pid");
    const tgid = f.int("tgid");
    const mm = f.address("mm");
    return (v, at, _end, ts, cpu) => sink[method]?.(ts, cpu, pid(v, at), tgid(v, at), mm(v, at));
  };

const wakeUpNewTask: Build = (f, sink) => {
  const pid = f.int("pid");
  const tgid = f.int("tgid");
  const mm = f.address("mm");
  const activeMm = f.address("amm");
  return (v, at, _end, ts, cpu) =>
    sink.wakeUpNewTask?.(ts, cpu, pid(v, at), tgid(v, at), mm(v, at), activeMm(v, at));
};

const flushTlbMmRange: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const mm = f.address("mm");
  const freed = f.int("freed_tables");
  return (v, at, _end, ts, cpu) => sink.flushTlbMmRange?.(ts, cpu, pid(v, at), mm(v, at), freed(v, at) !== 0);
};

const flushTlbFunc: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const mm = f.address("mm");
  const from = f.int("from_cpu");
  const freed = f.int("freed_tables");
  return (v, at, _end, ts, cpu) =>
    sink.flushTlbFunc?.(ts, cpu, pid(v, at), mm(v, at), from(v, at), freed(v, at) !== 0);
};

const nativeFlushTlbMulti: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const mm = f.address("mm");
  const targets = f.popcount("mask0");
  return (v, at, end, ts, cpu) =>
    sink.nativeFlushTlbMulti?.(ts, cpu, pid(v, at), mm(v, at), targets(v, at, end));
};

const leaveMm: Build = (_f, sink) => (_v, _at, _end, ts, cpu) => sink.leaveMm?.(ts, cpu);

const finishCpu: Build = (f, sink) => {
  const pid = f.int("common_pid");
  const dead = f.int("cpu");
  return (v, at, _end, ts, cpu) => sink.finishCpu?.(ts, cpu, pid(v, at), dead(v, at));
};

const idleTaskExit: Build = (_f, sink) => (_v, _at, _end, ts, cpu) => sink.idleTaskExit?.(ts, cpu);

type Entry = readonly [keyof TraceSink, Build];

const DECODERS = new Map<string, Entry>([
  ["sched/sched_switch", ["schedSwitch", schedSwitch]],
  ["sched/sched_wakeup", ["wakeup", wakeup]],
  ["sched/sched_wakeup_new", ["wakeup", wakeup]],
  ["sched/sched_migrate_task", ["migrate", migrate]],
  ["sched/sched_process_fork", ["fork", fork]],
  ["sched/sched_process_exec", ["exec", exec]],
  ["sched/sched_process_exit", ["exit", exit]],
  ["task/task_newtask", ["newTask", newTask]],
  ["task/task_rename", ["rename", rename]],
  ["tlb/tlb_flush", ["tlbFlush", tlbFlush]],
  ["ipi/ipi_send_cpu", ["ipiSendCpu", ipiSendCpu]],
  ["ipi/ipi_send_cpumask", ["ipiSendMask", ipiSendMask]],
  ["lazy/sw", ["lazySwitch", lazySwitch]],
  ["lazy/enter_lazy_tlb", ["enterLazyTlb", enterLazyTlb]],
  ["lazy/switch_mm", ["switchMm", switchMm]],
  ["lazy/mmdrop_final", ["mmdropFinal", onlyMm("mmdropFinal")]],
  ["lazy/mmput", ["mmput", mmput]],
  ["lazy/mmput_async", ["mmput", mmput]],
  ["lazy/exit_mmap", ["exitMmap", exitMmap]],
  ["lazy/exit_mm_release", ["exitMmRelease", mmRelease("exitMmRelease")]],
  ["lazy/exec_mm_release", ["execMmRelease", mmRelease("execMmRelease")]],
  ["lazy/wake_up_new_task", ["wakeUpNewTask", wakeUpNewTask]],
  ["lazy/kthread_use_mm", ["kthreadUseMm", onlyMm("kthreadUseMm")]],
  ["lazy/kthread_unuse_mm", ["kthreadUnuseMm", onlyMm("kthreadUnuseMm")]],
  ["lazy/flush_tlb_mm_range", ["flushTlbMmRange", flushTlbMmRange]],
  ["lazy/flush_tlb_func", ["flushTlbFunc", flushTlbFunc]],
  ["lazy/native_flush_tlb_multi", ["nativeFlushTlbMulti", nativeFlushTlbMulti]],
  ["lazy/leave_mm", ["leaveMm", leaveMm]],
  ["lazy/finish_cpu", ["finishCpu", finishCpu]],
  ["lazy/idle_task_exit", ["idleTaskExit", idleTaskExit]],
]);

function decoderOf(event: string): Entry | undefined {
  if (event.startsWith("irq_vectors/") && event.endsWith("_entry")) return ["irqEntry", irqEntry];
  return DECODERS.get(event);
}
