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
const LINE = /^.{16,}?-\d+\s+\[(\d+)\] \S+\s+(\d+)\.(\d{6}): (\w+): (.*)$/;

/** The text's lines of one event, as `micros [cpu] what pick makes of the rest`. */
function textLines(name: string, event: string, pick: (rest: string) => string): string[] {
  const text = readFileSync(inCollection(name), "utf8");
  return text.split("\n").flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null || match[4] !== event) return [];
    return [
      `${Number(match[2]) * 1_000_000 + Number(match[3])} [${Number(match[1])}] ${pick(match[5] ?? "")}`,
    ];
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

  it("in every lazy/sw, addresses included", async () => {
    const keys = ["ppid", "pmm", "pamm", "pcnt", "npid", "nmm", "namm"];
    const expected = textLines(text, "sw", (rest) => pairs(rest, keys));
    const reading = await ours(dat, "lazySwitch");
    const hex = (id: string | undefined) => `0x${reading.info.address(Number(id)).toString(16)}`;
    const lines = micros(reading).map((line) => {
      const [ts, cpu, ppid, pmm, pamm, pcnt, npid, nmm, namm] = line.split(" ");
      return [ts, cpu, ppid, hex(pmm), hex(pamm), pcnt, npid, hex(nmm), hex(namm)].join(" ");
    });
    expect(lines).toEqual(expected);
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
