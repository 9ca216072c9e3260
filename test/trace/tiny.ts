/** The event that built traces are made of: `lazy/finish_cpu`, whose one argument numbers the records. */

import { type Contents, type Entry, formatText, PLAIN, type Shape } from "./build_trace.ts";
import { ByteWriter } from "./byte_writer.ts";

export const TINY_ID = 700;
export const TINY = formatText("finish_cpu", TINY_ID, [
  ["unsigned long __probe_ip", 8, false],
  ["u32 cpu", 4, false],
]);

/** A record with the number `n`, `extra` bytes longer than it needs to be. */
export function tiny(delta: number, n: number, shape: Shape = PLAIN, extra = 0): Entry {
  const out = new ByteWriter(shape.littleEndian).u16(TINY_ID).u8(0).u8(0).u32(7).u64(0).u32(n);
  return { kind: "record", delta, data: out.raw(new Uint8Array(extra)).done() };
}

/** A trace of such records. */
export function tinyTrace(cpus: Contents["cpus"], more: Partial<Contents> = {}): Contents {
  return { shape: PLAIN, formats: { lazy: [TINY] }, cpus, ...more };
}

/** Every combination of what a file may look like. */
export const SHAPES: readonly Shape[] = [true, false].flatMap((littleEndian) =>
  ([4, 8] as const).flatMap((longSize) => [
    { version: 6 as const, compression: "none" as const, littleEndian, longSize, pageSize: 4096 },
    ...(["none", "zlib", "zstd"] as const).map((compression) => ({
      version: 7 as const,
      compression,
      littleEndian,
      longSize,
      pageSize: 4096,
    })),
  ]),
);

export function shapeName(shape: Shape): string {
  const { version, compression, littleEndian, longSize } = shape;
  return `v${version} ${compression}, ${littleEndian ? "little" : "big"} endian, long of ${longSize}`;
}
