/** Recordings that lost events on purpose, and what the reader makes of every kind of notice. */

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { buildTrace, type Contents } from "./build_trace.ts";
import { readLines } from "./event_lines.ts";
import { sample } from "./samples.ts";
import { tiny, tinyTrace } from "./tiny.ts";

const CPUSTAT = 2;

/** One record per CPU, with the kernel's statistics of CPU 0. */
function withStats(stats: string, missed?: number | "some"): Contents {
  const page = { time: 10n, entries: [tiny(0, 1)], ...(missed === undefined ? {} : { missed }) };
  return tinyTrace([[page], [{ time: 20n, entries: [tiny(0, 2)] }]], { options: [[CPUSTAT, stats]] });
}

async function lostIn(contents: Contents): Promise<[lines: string[], lost: number, places: number]> {
  const { lines, totals } = await readLines(memorySource(buildTrace(contents), "built.dat"));
  return [lines.filter((line) => line.includes("lost")), totals.lost, totals.lostPlaces];
}

describe("loss", () => {
  it("of a buffer that was full shows after each CPU's last record", async () => {
    const { lines, totals } = await readLines(sample("ctxsw_thr_half_dropped.dat"), ["lost"]);
    expect(totals.lost).toBe(57_239 + 57_270 + 59_553 + 59_446);
    expect(lines.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "[0] lost 57239",
      "[1] lost 57270",
      "[2] lost 59553",
      "[3] lost 59446",
    ]);
  });

  it("of a buffer that was overwritten is in the pages, and once more in the statistics, but counted once", async () => {
    const { lines, totals } = await readLines(sample("exit_overwritten.dat"), ["lost"]);
    // `overrun` of the eight CPUs in the kernel's statistics of this buffer.
    expect(totals.lost).toBe(1420 + 1271 + 844 + 1022 + 1201 + 1063 + 1071 + 913);
    expect(new Set(lines.map((line) => line.split(" ")[1])).size).toBe(8);
  });

  it("is none in a recording that lost none", async () => {
    const { lines, totals } = await readLines(sample("exit.dat"), ["lost"]);
    expect([lines, totals.lost, totals.lostPlaces]).toEqual([[], 0, 0]);
  });

  it("is the larger of what pages and statistics say was overwritten", async () => {
    expect(await lostIn(withStats("CPU: 0\noverrun: 30\n", 12))).toEqual([
      ["0 [0] lost 12", "0 [0] lost 18"],
      30,
      0,
    ]);
    expect(await lostIn(withStats("CPU: 0\noverrun: 5\n", 12))).toEqual([["0 [0] lost 12"], 12, 0]);
  });

  it("adds what was dropped, by a full buffer or by nesting", async () => {
    const stats = "CPU: 0\noverrun: 12\ncommit overrun: 3\ndropped events: 4\n";
    expect(await lostIn(withStats(stats, 12))).toEqual([["0 [0] lost 12", "0 [0] lost 7"], 19, 0]);
  });

  it("of a CPU without any record is told at the end", async () => {
    expect(await lostIn(withStats("CPU: 5\ndropped events: 4\n"))).toEqual([["10 [5] lost 4"], 4, 0]);
  });

  it("without a number is a place", async () => {
    expect(await lostIn(withStats("", "some"))).toEqual([["0 [0] lost undefined"], 0, 1]);
  });
});
