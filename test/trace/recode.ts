/** Writes a version 7 trace again with zlib, which not every build of trace-cmd can write. */

import { ByteReader } from "../../src/base/byte_reader.ts";
import type { ByteSource } from "../../src/base/byte_source.ts";
import { decompressor } from "../../src/trace/tracedat/compression.ts";
import { ChunkBlocks } from "../../src/trace/tracedat/cpu_data.ts";
import { readHeader } from "../../src/trace/tracedat/header.ts";
import type { CpuRegion, TraceFile } from "../../src/trace/tracedat/trace_file.ts";
import { readVersion7 } from "../../src/trace/tracedat/v7.ts";
import { buildTrace } from "./build_trace.ts";

export async function recodeZlib(source: ByteSource): Promise<Uint8Array> {
  const header = readHeader(source);
  const decompress = await decompressor(header.compression);
  const file = readVersion7(source, header, decompress);
  const pages = (region: CpuRegion): Uint8Array[] => {
    const blocks = new ChunkBlocks(source, region, header.pageSize, header.littleEndian, decompress);
    const out: Uint8Array[] = [];
    for (let block = blocks.next(); block !== undefined; block = blocks.next()) {
      const reader = new ByteReader(
        { name: "block", size: block.bytes.length, read: slice(block.bytes) },
        0,
        true,
      );
      while (reader.left > 0) out.push(reader.bytes(header.pageSize, "a page"));
    }
    return out;
  };
  const shape = { version: 7, compression: "zlib", littleEndian: true, longSize: 8, pageSize: 4096 } as const;
  const cpus = (file.buffers[0]?.regions ?? []).map(pages);
  return buildTrace({ shape, formats: formatsBySystem(file), cpus, clock: "local" });
}

function slice(bytes: Uint8Array): (offset: number, length: number) => Uint8Array {
  return (offset, length) => bytes.slice(offset, offset + length);
}

function formatsBySystem(file: TraceFile): Record<string, string[]> {
  const systems: Record<string, string[]> = {};
  for (const { name, text } of file.formats.values()) {
    const system = name.slice(0, name.indexOf("/"));
    if (system !== "ftrace") systems[system] = [...(systems[system] ?? []), text];
  }
  return systems;
}
