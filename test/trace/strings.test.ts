/** Strings and masks behind a record's fixed part, which newer kernels use where older ones had char[16]. */

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { buildTrace, type Entry, formatText, PLAIN, type Shape } from "./build_trace.ts";
import { ByteWriter } from "./byte_writer.ts";
import { readLines } from "./event_lines.ts";
import { SHAPES, shapeName } from "./tiny.ts";

const FORK = formatText("sched_process_fork", 304, [
  ["__data_loc char[] parent_comm", 4, false],
  ["pid_t parent_pid", 4, true],
  ["__rel_loc char[] child_comm", 4, false],
  ["pid_t child_pid", 4, true],
]);
const MASK = formatText("ipi_send_cpumask", 287, [["__data_loc cpumask_t cpumask", 4, false]]);

/** A fork of "sh" (at 24) into "a-long-name-of-17" (at 27), whose place counts from behind its own field, at 20. */
function fork(shape: Shape, parentLength = 3): Entry {
  const out = new ByteWriter(shape.littleEndian).u16(304).u16(0).u32(9);
  out
    .u32(24 | (parentLength << 16))
    .u32(9)
    .u32(7 | (18 << 16))
    .u32(10);
  return { kind: "record", delta: 0, data: out.cstring("sh").cstring("a-long-name-of-17").done() };
}

function mask(shape: Shape): Entry {
  const out = new ByteWriter(shape.littleEndian)
    .u16(287)
    .u16(0)
    .u32(9)
    .u32(12 | (16 << 16));
  return { kind: "record", delta: 1, data: out.u64(0x8000_0000_0000_0101n).u64(6).done() };
}

function read(shape: Shape, entries: readonly Entry[]): Promise<readonly string[]> {
  const formats = { sched: [FORK], ipi: [MASK] };
  const bytes = buildTrace({ shape, formats, cpus: [[{ time: 5n, entries }]] });
  return readLines(memorySource(bytes, "built.dat")).then(({ lines }) => lines);
}

describe.each(SHAPES.map((shape) => [shapeName(shape), shape] as const))("in %s", (_name, shape) => {
  it("strings and masks are found where the record says", async () => {
    expect(await read(shape, [fork(shape), mask(shape)])).toEqual([
      // 16 bytes are all that a comm can have.
      "0 [0] fork 9 sh 10 a-long-name-of-1",
      "1 [0] ipiSendMask 5",
    ]);
  });
});

it("a string outside its record is refused", async () => {
  await expect(read(PLAIN, [fork(PLAIN, 300)])).rejects.toThrow(
    /^built\.dat: byte 4116: CPU 0: expected a string inside its record of 48 bytes, found one of 300 bytes at 24$/,
  );
});
