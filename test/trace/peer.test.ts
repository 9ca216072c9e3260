/** Time and CPU of every record against `trace-cmd report -t`, where it is installed. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";
import { buildTrace, type Entry, PLAIN } from "./build_trace.ts";
import { readLines } from "./event_lines.ts";
import { sampleBytes } from "./samples.ts";
import { tiny, tinyTrace } from "./tiny.ts";

const installed = spawnSync("trace-cmd", ["--version"], { stdio: "ignore" }).error === undefined;
if (!installed) console.log("agreement with trace-cmd: skipped, it is not installed");

const dir = mkdtempSync(join(tmpdir(), "peer-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** `nanoseconds [cpu] event` of each line of the report. */
function report(bytes: Uint8Array): string[] {
  const path = join(dir, "x.dat");
  writeFileSync(path, bytes);
  const { stdout } = spawnSync("trace-cmd", ["report", "-t", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  const line = /\[(\d+)\]\s+(\d+)\.(\d{9}): (\w+):/;
  return stdout.split("\n").flatMap((text) => {
    const match = line.exec(text);
    if (match === null) return [];
    return [
      `${BigInt(match[2] ?? 0) * 1_000_000_000n + BigInt(match[3] ?? 0)} [${Number(match[1])}] ${match[4]}`,
    ];
  });
}

describe.runIf(installed)("trace-cmd reports the same switches", () => {
  it.each(["exit.dat", "exit.v6.dat", "exit.v7zstd.dat", "exit_overwritten.dat"])("in %s", async (name) => {
    const bytes = sampleBytes(name);
    let origin = 0n;
    const ours: string[] = [];
    await readTraceDat(memorySource(bytes, name), {
      begin: (info) => {
        origin = info.origin;
      },
      schedSwitch: (ts, cpu) => ours.push(`${origin + BigInt(ts)} [${cpu}] sched_switch`),
    });
    expect(ours).toEqual(report(bytes).filter((line) => line.endsWith(" sched_switch")));
  });
});

describe.runIf(installed)("trace-cmd reads what our writer of test files writes", () => {
  it.each([true, false])("little endian: %s", async (littleEndian) => {
    const shape = { ...PLAIN, littleEndian };
    const entries: Entry[] = [
      tiny(0, 1, shape),
      { kind: "extend", delta: 2 ** 31 + 5 },
      tiny(3, 2, shape, 200),
      { kind: "discarded", delta: 40, words: 2 },
      tiny(1, 3, shape),
      { kind: "stamp", time: 9_000_000_000n },
      tiny(0, 4, shape),
      { kind: "page end" },
    ];
    const pages = [
      { time: 1_000_000_000n, entries },
      { time: 9_500_000_000n, entries: [tiny(0, 5, shape)] },
    ];
    const bytes = buildTrace(tinyTrace([pages, pages], { shape, clock: "local" }));
    const { lines, info } = await readLines(memorySource(bytes, "built.dat"));
    const ours = lines.map((line) => {
      const [ts = "0", cpu = ""] = line.split(" ");
      return `${info.origin + BigInt(ts)} ${cpu} finish_cpu`;
    });
    expect(ours).toEqual(report(bytes));
    expect(ours).toHaveLength(10);
  });
});
