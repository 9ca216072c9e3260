/**
 * Reads a trace.dat into a sink: header, metadata of either version, then the CPUs' pages merged by time.
 *
 * Reading is synchronous from the first event on; the promise is there for the decompressor, which is WebAssembly.
 */

import { type ByteSource, badInput } from "../../base/byte_source.ts";
import type { TraceInfo, TraceSink, TraceTotals } from "../events.ts";
import { selectedClock, unitsPerSecond } from "./clock.ts";
import { type Decompress, decompressor } from "./compression.ts";
import { type BlockSource, ChunkBlocks, counted, PlainBlocks } from "./cpu_data.ts";
import { CpuStream, type Origin } from "./cpu_stream.ts";
import { EventTable } from "./event_table.ts";
import { type FileHeader, readHeader } from "./header.ts";
import { AddressTable, CommTable } from "./intern.ts";
import { LossLedger } from "./loss.ts";
import { Merge } from "./merge.ts";
import { type PageLayout, pageLayout } from "./page_layout.ts";
import type { CpuRegion, TraceBuffer, TraceFile } from "./trace_file.ts";
import { readVersion6 } from "./v6.ts";
import { readVersion7 } from "./v7.ts";

export { sniffTraceDat } from "./header.ts";

export interface ReadOptions {
  /** Called with the share of the CPU data read so far, at most some hundred times. */
  readonly onProgress?: (fraction: number) => void;
}

export async function readTraceDat(
  source: ByteSource,
  sink: TraceSink,
  options: ReadOptions = {},
): Promise<TraceTotals> {
  const header = readHeader(source);
  const decompress = await decompressor(header.compression);
  const file = header.version === 6 ? readVersion6(source, header) : readVersion7(source, header, decompress);
  const buffer = mainBuffer(source, file);
  const streams = openStreams(source, header, file, buffer, decompress, progress(buffer, options.onProgress));
  return feed(source, sink, { header, file, buffer, streams });
}

/** A file whose metadata is read and whose data is about to be. */
interface Opened {
  readonly header: FileHeader;
  readonly file: TraceFile;
  readonly buffer: TraceBuffer;
  readonly streams: readonly CpuStream[];
}

function feed(source: ByteSource, sink: TraceSink, opened: Opened): TraceTotals {
  const { header, file, streams } = opened;
  const addresses = new AddressTable();
  const context = { littleEndian: header.littleEndian, comms: new CommTable(), addresses };
  const table = new EventTable(file.formats, sink, context, source);
  const origin = earliest(streams);
  sink.begin?.(traceInfo(opened, origin, addresses));
  const merge = new Merge(sink, table, new LossLedger(file.stats), header.littleEndian);
  merge.run(streams, origin);
  const totals = merge.totals();
  sink.end?.(totals);
  return totals;
}

/** The top instance, whose name is empty; a recording into named instances only has none with data. */
function mainBuffer(source: ByteSource, file: TraceFile): TraceBuffer {
  const withData = file.buffers.filter((buffer) => buffer.regions.some((region) => region.size > 0));
  const buffer = withData.find((candidate) => candidate.name === "") ?? withData[0] ?? file.buffers[0];
  return (
    buffer ?? badInput(source, source.size, "a buffer with CPU data", "none: the recording was not finished")
  );
}

function openStreams(
  source: ByteSource,
  header: FileHeader,
  file: TraceFile,
  buffer: TraceBuffer,
  decompress: Decompress,
  onTaken: (bytes: number) => void,
): CpuStream[] {
  checkRegions(source, buffer);
  const layout = pageLayout(file.headerPage, buffer.pageSize, header.littleEndian, source);
  return buffer.regions.map((region) => {
    const blocks = openBlocks(source, region, layout, buffer.chunked, decompress);
    return new CpuStream(source.name, region.cpu, counted(blocks, onTaken), layout);
  });
}

/** Damage may make CPUs share data. That would be a mess at best, and at worst a small file that never ends. */
function checkRegions(source: ByteSource, buffer: TraceBuffer): void {
  const cpus = new Set(buffer.regions.map((region) => region.cpu));
  const size = buffer.regions.reduce((sum, region) => sum + region.size, 0);
  const { regions } = buffer;
  if (cpus.size === regions.length && size <= source.size) return;
  const expected = `data of ${regions.length} different CPUs inside the file`;
  badInput(source, regions[0]?.offset ?? 0, expected, `${cpus.size} CPUs with ${size} bytes`);
}

function openBlocks(
  source: ByteSource,
  region: CpuRegion,
  layout: PageLayout,
  chunked: boolean,
  decompress: Decompress,
): BlockSource {
  if (!chunked) return new PlainBlocks(source, region, layout.pageSize);
  return new ChunkBlocks(source, region, layout.pageSize, layout.littleEndian, decompress);
}

/** The earliest first page is what times count from. */
function earliest(streams: readonly CpuStream[]): Origin {
  let first: Origin | undefined;
  for (const stream of streams) {
    const stamp = stream.firstStamp;
    if (stamp === undefined) continue;
    const sooner =
      first === undefined || stamp.high < first.high || (stamp.high === first.high && stamp.low < first.low);
    if (sooner) first = stamp;
  }
  return first ?? { high: 0, low: 0 };
}

function traceInfo(opened: Opened, origin: Origin, addresses: AddressTable): TraceInfo {
  const { header, file, buffer } = opened;
  const clock = clockOf(file, buffer);
  const initMm = file.initMm;
  return {
    format: `trace.dat v${header.version} (${header.compression})`,
    clock,
    unitsPerSecond: unitsPerSecond(clock, file.tscScale),
    origin: (BigInt(origin.high) << 32n) | BigInt(origin.low),
    cpus: Math.max(file.cpuCount ?? 0, ...buffer.regions.map((region) => region.cpu + 1)),
    eventNames: new Set([...file.formats.values()].map((format) => format.name)),
    kernel: file.uname?.split(" ")[2],
    initMm:
      initMm === undefined
        ? undefined
        : addresses.intern(Number(initMm >> 32n), Number(initMm & 0xffff_ffffn)),
    address: (id) => addresses.address(id),
    ...(file.clockOffset === undefined ? {} : { clockOffset: file.clockOffset }),
    otherBuffers: file.buffers.filter((other) => other !== buffer).map((other) => other.name),
  };
}

/** The buffer's own clock; the option tells the machine's, for files that say nothing per buffer. */
function clockOf(file: TraceFile, buffer: TraceBuffer): string {
  return selectedClock(buffer.clock !== "" ? buffer.clock : (file.traceClock ?? "local"));
}

/** Takes note of bytes read, and calls back when they make another hundredth of the data. */
function progress(buffer: TraceBuffer, onProgress: ReadOptions["onProgress"]): (bytes: number) => void {
  const size = Math.max(
    1,
    buffer.regions.reduce((sum, region) => sum + region.size, 0),
  );
  let taken = 0;
  let reported = 0;
  return (bytes) => {
    taken += bytes;
    if (onProgress === undefined || taken - reported < size / 100) return;
    reported = taken;
    onProgress(Math.min(1, taken / size));
  };
}
