/** Field by field against `cat trace` of the same buffer, for traces whose text is in the collection. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../src/cli/file_source.ts";
import type { TraceSink } from "../../src/trace/events.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";
import { type Reading, readLines } from "./event_lines.ts";
import { haveCollection, inCollection } from "./samples.ts";

const present = haveCollection("fields against the kernel's text");

/** `  task-pid [cpu] flags  seconds.micros: event: …`, where the task may contain anything. */
const LINE = /^.{16,}?-(\d+)\s+\[(\d+)\] \S+\s+(\d+)\.(\d{6}): (\w+): (.*)$/;

/** The text's lines of one event, as `micros [cpu] what pick makes of the rest and the task's pid`. */
function textLines(name: string, event: string, pick: (rest: string, pid: string) => string): string[] {
  const text = readFileSync(inCollection(name), "utf8");
  return text.split("\n").flatMap((line) => {
    const [all, pid = "", cpu, seconds, micros, found, rest = ""] = LINE.exec(line) ?? [];
    if (all === undefined || found !== event) return [];
    return [`${Number(seconds) * 1_000_000 + Number(micros)} [${Number(cpu)}] ${pick(rest, pid)}`];
  });
}

/** Our lines with the time as the kernel prints it: microseconds, rounded. */
function micros({ info, lines }: Reading): string[] {
  return lines.map((line) => {
    const [ts = "", cpu = "", , ...rest] = line.split(" ");
    return `${(info.origin + BigInt(ts) + 500n) / 1000n} ${cpu} ${rest.join(" ")}`;
  });
}

async function ours(name: string, method: keyof TraceSink): Promise<Reading> {
  const source = openFileSource(inCollection(name));
  const reading = await readLines(source, [method]);
  source.close();
  return reading;
}

/** The values of `key=value` pairs, in the order asked for. */
function pairs(rest: string, keys: readonly string[]): string {
  return keys.map((key) => new RegExp(`(?:^|\\W)${key}=(\\S+)`).exec(rest)?.[1] ?? "?").join(" ");
}

/** Every sched_switch, the state word left out: the text spells it in letters. */
async function ourSwitches(name: string): Promise<string[]> {
  const source = openFileSource(inCollection(name));
  let origin = 0n;
  const lines: string[] = [];
  await readTraceDat(source, {
    begin: (info) => (origin = info.origin),
    schedSwitch: (ts, cpu, prevPid, prevComm, _state, nextPid, nextComm) =>
      lines.push(
        `${(origin + BigInt(ts) + 500n) / 1000n} [${cpu}] ${prevPid} ${prevComm} ${nextPid} ${nextComm}`,
      ),
  });
  source.close();
  return lines;
}

const SETS = ["exit", "exec", "kthread", "hackbench_proc"];

/** Events whose text is `key=value`: the sink's arguments by their keys, `@` for the pid of the task that runs. */
const KEYED: readonly { method: keyof TraceSink; event: string; keys: readonly string[] }[] = [
  { method: "lazySwitch", event: "sw", keys: ["ppid", "pmm", "pamm", "pcnt", "npid", "nmm", "namm"] },
  {
    method: "enterLazyTlb",
    event: "enter_lazy_tlb",
    keys: ["@", "mm", "pid", "tmm", "mm_count", "mm_users"],
  },
  { method: "switchMm", event: "switch_mm", keys: ["@", "prev", "next", "tsk"] },
  { method: "mmdropFinal", event: "mmdrop_final", keys: ["@", "mm"] },
  { method: "mmput", event: "mmput", keys: ["@", "mm", "mm_users", "mm_count"] },
  { method: "exitMmap", event: "exit_mmap", keys: ["@", "mm", "mm_users", "mm_count"] },
  { method: "exitMmRelease", event: "exit_mm_release", keys: ["pid", "tgid", "mm"] },
  { method: "execMmRelease", event: "exec_mm_release", keys: ["pid", "tgid", "mm"] },
  { method: "wakeUpNewTask", event: "wake_up_new_task", keys: ["pid", "tgid", "mm", "amm"] },
  { method: "flushTlbMmRange", event: "flush_tlb_mm_range", keys: ["@", "mm", "freed_tables"] },
  { method: "flushTlbFunc", event: "flush_tlb_func", keys: ["@", "mm", "from_cpu", "freed_tables"] },
  { method: "ipiSendCpu", event: "ipi_send_cpu", keys: ["cpu"] },
  { method: "migrate", event: "sched_migrate_task", keys: ["pid", "orig_cpu", "dest_cpu"] },
  { method: "exec", event: "sched_process_exec", keys: ["pid", "old_pid"] },
  { method: "rename", event: "task_rename", keys: ["pid", "oldcomm", "newcomm"] },
  { method: "exit", event: "sched_process_exit", keys: ["pid", "comm"] },
];

const ADDRESSES = new Set(["mm", "tmm", "amm", "pmm", "pamm", "nmm", "namm", "prev", "next", "tsk"]);

/** One of our values as the kernel's text has it. */
function asText({ info }: Reading, key: string, value: string): string {
  if (ADDRESSES.has(key)) return `0x${info.address(Number(value)).toString(16)}`;
  return key === "freed_tables" ? `${Number(value === "true")}` : value;
}

/** The number of CPUs in a mask as the kernel prints it: hexadecimal, words apart by commas. */
function maskSize(mask: string): number {
  const bits = BigInt(`0x${mask.replaceAll(",", "").replace(/^0x/, "")}`).toString(2);
  return bits.replaceAll("0", "").length;
}

describe.runIf(present).each(SETS)("%s agrees with the text", (name) => {
  const dat = `6.12-8cpu-small/${name}.dat`;
  const text = `6.12-8cpu-small/${name}.trace.txt`;

  it("in every sched_switch", async () => {
    const switches = /^prev_comm=(.*) prev_pid=(\d+) .* ==> next_comm=(.*) next_pid=(\d+) next_prio=\d+$/;
    const expected = textLines(text, "sched_switch", (rest) => {
      const [, prev, prevPid, next, nextPid] = switches.exec(rest) ?? [];
      return `${prevPid} ${prev} ${nextPid} ${next}`;
    });
    const lines = await ourSwitches(dat);
    expect(lines).toEqual(expected);
    expect(lines.length).toBeGreaterThan(100);
  });

  it("in every task_newtask", async () => {
    const expected = textLines(text, "task_newtask", (rest) => pairs(rest, ["pid", "comm", "clone_flags"]));
    const lines = micros(await ours(dat, "newTask")).map((line) => {
      const [ts, cpu, , pid, comm, flags] = line.split(" ");
      return `${ts} ${cpu} ${pid} ${comm} ${Number(flags).toString(16)}`;
    });
    expect(lines).toEqual(expected);
  });

  it.each(KEYED)("in every $event, addresses included", async ({ method, event, keys }) => {
    const expected = textLines(text, event, (rest, pid) =>
      keys.map((key) => (key === "@" ? pid : pairs(rest, [key]))).join(" "),
    );
    const reading = await ours(dat, method);
    const lines = micros(reading).map((line) => {
      const [ts, cpu, ...values] = line.split(" ");
      return [ts, cpu, ...keys.map((key, i) => asText(reading, key, values[i] ?? "?"))].join(" ");
    });
    expect(lines).toEqual(expected);
  });

  it("in every mask", async () => {
    const expected = textLines(text, "ipi_send_cpumask", (rest) => `${maskSize(pairs(rest, ["cpumask"]))}`);
    expect(micros(await ours(dat, "ipiSendMask"))).toEqual(expected);
    const flushes = textLines(text, "native_flush_tlb_multi", (rest, pid) => {
      return `${pid} ${pairs(rest, ["mm"])} ${maskSize(pairs(rest, ["mask0"]))}`;
    });
    const reading = await ours(dat, "nativeFlushTlbMulti");
    const lines = micros(reading).map((line) => {
      const [ts, cpu, pid, mm = "", targets] = line.split(" ");
      return [ts, cpu, pid, asText(reading, "mm", mm), targets].join(" ");
    });
    expect(lines).toEqual(flushes);
  });

  it("in every tlb_flush and wakeup", async () => {
    const flushes = textLines(text, "tlb_flush", (rest) =>
      rest.replace(/pages:(-?\d+) reason:.*\((\d+)\)/, "$2 $1"),
    );
    const ourFlushes = micros(await ours(dat, "tlbFlush"));
    expect(ourFlushes.map((line) => line.replace(/^(\S+ \S+) \d+/, "$1"))).toEqual(flushes);
    const wakeups = textLines(text, "sched_wakeup", (rest) => {
      const target = Number(pairs(rest, ["target_cpu"]));
      return `${pairs(rest, ["pid", "comm"])} ${target} false`;
    });
    const ourWakeups = micros(await ours(dat, "wakeup")).filter((line) => line.endsWith("false"));
    expect(ourWakeups).toEqual(wakeups);
  });
});
