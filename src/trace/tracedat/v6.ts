/**
 * Version 6: everything in one fixed order (trace-cmd.dat.v6(5)).
 *
 *     header_page, header_event, ftrace formats, event formats,
 *     kallsyms (u32 size), printk formats (u32), command lines (u64), number of CPUs u32,
 *     "options  \0" and the options,
 *     "flyrecord\0", per CPU offset u64 and size u64, [size u64 and text of trace_clock], raw pages
 *
 * "latency  \0" in place of "flyrecord\0" is the text output of a latency tracer, which has no records.
 */

import { ByteReader } from "../../base/byte_reader.ts";
import { type ByteSource, checkRange } from "../../base/byte_source.ts";
import { latin1 } from "../../base/text.ts";
import { selectedClock } from "./clock.ts";
import { MAX_UNCOMPRESSED } from "./compression.ts";
import type { FileHeader } from "./header.ts";
import { findInitMm } from "./kallsyms.ts";
import { readEventFormats, readFtraceFormats, readHeaderInfo } from "./metadata.ts";
import { applyOption, BUFFER, cpuCount, DONE, readOption } from "./options.ts";
import { type CpuRegion, emptyTraceFile, type TraceFile } from "./trace_file.ts";

const MAX_CLOCK = 4096;

export function readVersion6(source: ByteSource, header: FileHeader): TraceFile {
  const reader = new ByteReader(source, header.next, header.littleEndian);
  const file = emptyTraceFile();
  readHeaderInfo(reader, file);
  readFtraceFormats(reader, file);
  readEventFormats(reader, file);
  readKallsyms(reader, file);
  reader.skip(reader.u32("the size of the printk formats"), "printk formats");
  reader.skip(reader.u64("the size of the command lines"), "command lines");
  file.cpuCount = cpuCount(reader);
  readData(reader, file, file.cpuCount);
  return file;
}

function readKallsyms(reader: ByteReader, file: TraceFile): void {
  const start = reader.offset;
  const size = reader.u32("the size of kallsyms");
  if (size > MAX_UNCOMPRESSED) reader.fail(`at most ${MAX_UNCOMPRESSED} bytes of kallsyms`, `${size}`, start);
  file.initMm = findInitMm(reader.bytes(size, "kallsyms"));
}

function readData(reader: ByteReader, file: TraceFile, cpus: number): void {
  let start = reader.offset;
  let tag = reader.cstring(10, '"options  " or "flyrecord"');
  if (tag === "options  ") {
    readOptions(reader, file);
    start = reader.offset;
    tag = reader.cstring(10, '"flyrecord"');
  }
  if (tag !== "flyrecord") reader.fail('"flyrecord", binary data of every CPU', JSON.stringify(tag), start);
  const regions: CpuRegion[] = [];
  for (let cpu = 0; cpu < cpus; cpu++) regions.push(readRegion(reader, cpu));
  const clock = file.traceClock === undefined ? "local" : readClock(reader);
  file.buffers.unshift({ name: "", clock, pageSize: undefined, regions, chunked: false });
}

function readOptions(reader: ByteReader, file: TraceFile): void {
  for (;;) {
    const option = readOption(reader, 6);
    if (option.id === DONE) return;
    if (option.id === BUFFER) noteBuffer(option.reader, file);
    else applyOption(file, option);
  }
}

/** A named instance: known by name, its data is not read (LIMITS in docs/formats/tracedat.md). */
function noteBuffer(reader: ByteReader, file: TraceFile): void {
  reader.u64("the offset of a buffer");
  const name = reader.cstring(256, "the name of a buffer");
  file.buffers.push({ name, clock: "", pageSize: undefined, regions: [], chunked: false });
}

function readRegion(reader: ByteReader, cpu: number): CpuRegion {
  const statedAt = reader.offset;
  const offset = reader.u64(`the offset of CPU ${cpu}'s data`);
  const size = reader.u64(`the size of CPU ${cpu}'s data`);
  checkRange(reader.source, offset, size, `the data of CPU ${cpu}`, statedAt);
  return { cpu, offset, size };
}

/** Written behind the CPU offsets whenever the options have a trace clock; this one wins. */
function readClock(reader: ByteReader): string {
  const start = reader.offset;
  const size = reader.u64("the size of trace_clock");
  if (size > MAX_CLOCK) reader.fail(`trace_clock of at most ${MAX_CLOCK} bytes`, `${size}`, start);
  return selectedClock(latin1(reader.bytes(size, "trace_clock")));
}
