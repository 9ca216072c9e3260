/**
 * A minimal reader of the kernel's text export (`cat trace`) into a `TraceSink`: an independent second source for
 * the tests of inference, beside the trace.dat reader. Timestamps are microseconds. Understands only the events
 * that inference uses, in the layout of 6.1–7.2 with irq-info columns or without.
 */

import type { TraceInfo, TraceSink } from "../../src/trace/events.ts";

const LINE = /^\s*(.+)-(\d+)\s+(?:\(\s*[\d-]+\)\s+)?\[(\d+)\]\s+(?:\S{4,6}\s+)?(\d+\.\d+): (\w+): ?(.*)$/;
const SWITCH =
  /prev_comm=(.*) prev_pid=(\d+) prev_prio=-?\d+ prev_state=(\S+) (?:==> )?next_comm=(.*) next_pid=(\d+)/;
const STATE: Readonly<Record<string, number>> = { R: 0, S: 1, D: 2, T: 4, t: 8, X: 16, Z: 32, P: 64, I: 128 };

type Fields = (name: string) => string;

/** Interns addresses the way the reader does: small positive ids, 0 for NULL. */
class Addresses {
  private readonly ids = new Map<string, number>();
  private readonly bits: bigint[] = [0n];

  id(hex: string): number {
    const known = this.ids.get(hex);
    if (known !== undefined) return known;
    const value = BigInt(hex === "" ? 0 : hex);
    const id = value === 0n ? 0 : this.bits.push(value) - 1;
    this.ids.set(hex, id);
    return id;
  }

  at(id: number): bigint {
    return this.bits[id] ?? 0n;
  }
}

function fieldsOf(rest: string): Fields {
  const values = new Map<string, string>();
  for (const [, key, value] of rest.matchAll(/(\w+)[=:](\S+)/g)) values.set(key ?? "", value ?? "");
  return (name) => values.get(name) ?? "";
}

/** "R+" is preempted: TASK_REPORT_MAX. */
function stateOf(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  return (STATE[word[0] ?? "R"] ?? 0) | (word.endsWith("+") ? 256 : 0);
}

type Handler = (
  s: TraceSink,
  ts: number,
  cpu: number,
  pid: number,
  f: Fields,
  rest: string,
  a: Addresses,
) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  sched_switch: (s, ts, cpu, _pid, _f, rest) => {
    const m = SWITCH.exec(rest);
    if (m) s.schedSwitch?.(ts, cpu, Number(m[2]), m[1] ?? "", stateOf(m[3] ?? ""), Number(m[5]), m[4] ?? "");
  },
  task_newtask: (s, ts, cpu, pid, f) =>
    s.newTask?.(ts, cpu, pid, Number(f("pid")), f("comm"), Number.parseInt(f("clone_flags"), 16)),
  task_rename: (s, ts, cpu, pid, f) =>
    s.rename?.(ts, cpu, f("pid") === "" ? pid : Number(f("pid")), f("oldcomm"), f("newcomm")),
  sched_process_exec: (s, ts, cpu, _pid, f) => s.exec?.(ts, cpu, Number(f("pid")), Number(f("old_pid"))),
  sched_process_exit: (s, ts, cpu, _pid, f) =>
    s.exit?.(
      ts,
      cpu,
      Number(f("pid")),
      f("comm"),
      f("group_dead") === "" ? undefined : f("group_dead") !== "0",
    ),
  tlb_flush: (s, ts, cpu, pid, f, rest) => {
    const reason = /reason:.*\((\d+)\)/.exec(rest)?.[1] ?? f("reason");
    s.tlbFlush?.(ts, cpu, pid, Number(reason), Number(f("pages")));
  },
  sw: (s, ts, cpu, _pid, f, _rest, a) =>
    s.lazySwitch?.(
      ts,
      cpu,
      Number(f("ppid")),
      a.id(f("pmm")),
      a.id(f("pamm")),
      Number(f("pcnt")),
      Number(f("npid")),
      a.id(f("nmm")),
      a.id(f("namm")),
    ),
  enter_lazy_tlb: (s, ts, cpu, pid, f, _rest, a) =>
    s.enterLazyTlb?.(
      ts,
      cpu,
      pid,
      a.id(f("mm")),
      Number(f("pid")),
      a.id(f("tmm")),
      Number(f("mm_count")),
      Number(f("mm_users")),
    ),
  switch_mm: (s, ts, cpu, pid, f, _rest, a) =>
    s.switchMm?.(ts, cpu, pid, a.id(f("prev")), a.id(f("next")), a.id(f("tsk"))),
  mmdrop_final: (s, ts, cpu, pid, f, _rest, a) => s.mmdropFinal?.(ts, cpu, pid, a.id(f("mm"))),
  mmput: (s, ts, cpu, pid, f, _rest, a) =>
    s.mmput?.(ts, cpu, pid, a.id(f("mm")), Number(f("mm_users")), Number(f("mm_count")), false),
  exit_mmap: (s, ts, cpu, pid, f, _rest, a) =>
    s.exitMmap?.(ts, cpu, pid, a.id(f("mm")), Number(f("mm_users")), Number(f("mm_count"))),
  exit_mm_release: (s, ts, cpu, pid, f, _rest, a) =>
    s.exitMmRelease?.(ts, cpu, pid, Number(f("tgid")), a.id(f("mm"))),
  wake_up_new_task: (s, ts, cpu, _pid, f, _rest, a) =>
    s.wakeUpNewTask?.(ts, cpu, Number(f("pid")), Number(f("tgid")), a.id(f("mm")), a.id(f("amm"))),
  kthread_use_mm: (s, ts, cpu, pid, f, _rest, a) => s.kthreadUseMm?.(ts, cpu, pid, a.id(f("mm"))),
  kthread_unuse_mm: (s, ts, cpu, pid, f, _rest, a) => s.kthreadUnuseMm?.(ts, cpu, pid, a.id(f("mm"))),
  flush_tlb_func: (s, ts, cpu, pid, f, _rest, a) =>
    s.flushTlbFunc?.(ts, cpu, pid, a.id(f("mm")), Number(f("from_cpu")), f("freed_tables") === "1"),
  finish_cpu: (s, ts, cpu, pid, f) => s.finishCpu?.(ts, cpu, pid, Number(f("cpu"))),
  idle_task_exit: (s, ts, cpu) => s.idleTaskExit?.(ts, cpu),
};

/** `cat trace` writes "CPU:2 [LOST 13 EVENTS]" (trace_pipe) where a reader was too slow. */
const LOST = /^CPU:(\d+) \[LOST (\d+) EVENTS\]/;

/** Which names a file would announce: those of the lazy group as `lazy/…`, the rest without a group. */
function namesIn(lines: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const line of lines) {
    const name = LINE.exec(line)?.[5];
    if (name === undefined || names.has(name)) continue;
    names.add(name);
    names.add(`lazy/${name}`);
  }
  return names;
}

/** Feeds a whole text export to the sink. `initMm` is the address of init_mm, where known from elsewhere. */
export function readTraceText(text: string, sink: TraceSink, initMm?: string): void {
  const lines = text.split("\n");
  const addresses = new Addresses();
  const info: TraceInfo = {
    format: "ftrace text",
    clock: "local",
    unitsPerSecond: 1e6,
    origin: 0n,
    cpus: 8,
    eventNames: namesIn(lines),
    kernel: undefined,
    initMm: initMm === undefined ? undefined : addresses.id(initMm),
    address: (id) => addresses.at(id),
  };
  sink.begin?.(info);
  let ts = 0;
  for (const line of lines) {
    const lost = LOST.exec(line);
    if (lost) sink.lost?.(ts, Number(lost[1]), Number(lost[2]));
    const m = LINE.exec(line);
    if (!m) continue;
    ts = Number(m[4]) * 1e6;
    HANDLERS[m[5] ?? ""]?.(sink, ts, Number(m[3]), Number(m[2]), fieldsOf(m[6] ?? ""), m[6] ?? "", addresses);
  }
  sink.end?.({ events: new Map(), total: 0, lost: 0, lostPlaces: 0, firstTs: 0, lastTs: ts });
}
