/** What a file says of itself before its first event. */

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import type { TraceInfo } from "../../src/trace/events.ts";
import { buildTrace, type Contents } from "./build_trace.ts";
import { ByteWriter } from "./byte_writer.ts";
import { readLines } from "./event_lines.ts";
import { SHAPES, shapeName, tiny, tinyTrace } from "./tiny.ts";

const DATE = 1;
const UNAME = 5;
const OFFSET = 7;
const TSC2NSEC = 14;

async function infoOf(more: Partial<Contents>): Promise<TraceInfo> {
  const entries = [tiny(0, 1, more.shape)];
  const contents = tinyTrace([[], [{ time: 99n, entries }], []], more);
  return (await readLines(memorySource(buildTrace(contents), "built.dat"))).info;
}

it.each(SHAPES.map((shape) => [shapeName(shape), shape] as const))(
  "is the same in %s",
  async (_name, shape) => {
    const info = await infoOf({
      shape,
      clock: "mono_raw",
      kallsyms: "ffffffff82d69180 D init_mm\n",
      options: [[UNAME, "Linux host 6.12.1-x x86_64\0"]],
    });
    expect(info).toMatchObject({
      format: `trace.dat v${shape.version} (${shape.compression})`,
      clock: "mono_raw",
      unitsPerSecond: 1e9,
      origin: 99n,
      cpus: 3,
      kernel: "6.12.1-x",
      eventNames: new Set(["ftrace/print", "lazy/finish_cpu"]),
      otherBuffers: [],
    });
    expect(info.address(info.initMm ?? 0)).toBe(0xffffffff82d69180n);
  },
);

describe("offsets", () => {
  it("are none unless asked for", async () => {
    expect(await infoOf({})).not.toHaveProperty("clockOffset");
  });

  it("come in nanoseconds, and as a date in microseconds", async () => {
    expect((await infoOf({ options: [[OFFSET, "-500\0"]] })).clockOffset).toBe(-500n);
    expect((await infoOf({ options: [[DATE, "0x10\0"]] })).clockOffset).toBe(16_000n);
  });
});

it("cycles have a rate where the file has one", async () => {
  const scale = new ByteWriter(true)
    .u32(2 ** 20)
    .u32(21)
    .u64(0)
    .done();
  expect((await infoOf({ clock: "x86-tsc" })).unitsPerSecond).toBeUndefined();
  expect((await infoOf({ clock: "x86-tsc", options: [[TSC2NSEC, scale]] })).unitsPerSecond).toBe(2e9);
});

it("a file without any record is read, and says so", async () => {
  const { totals, lines, info } = await readLines(memorySource(buildTrace(tinyTrace([[], []])), "built.dat"));
  expect([totals.total, totals.firstTs, totals.lastTs, lines, info.origin, info.cpus]).toEqual([
    0,
    0,
    0,
    [],
    0n,
    2,
  ]);
});
