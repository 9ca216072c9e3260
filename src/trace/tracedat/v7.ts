/**
 * Version 7: sections, found through options (trace-cmd.dat.v7(5)).
 *
 *     section:  id u16, flags u16 (bit 0: compressed), offset of a description u32, size u64, content
 *
 * The header points at the first options section. Its options point at the other sections, and its last option (DONE)
 * at the next options section, because trace-cmd writes what it learns late, the buffers, behind the data. A file cut
 * off in the middle therefore has no buffers at all, and its first broken pointer is what the error names.
 */

import { ByteReader } from "../../base/byte_reader.ts";
import { type ByteSource, badInput, checkRange, memorySource } from "../../base/byte_source.ts";
import { type Decompress, readCompressed } from "./compression.ts";
import { checkPageSize, type FileHeader } from "./header.ts";
import { findInitMm } from "./kallsyms.ts";
import { readEventFormats, readFtraceFormats, readHeaderInfo } from "./metadata.ts";
import {
  applyOption,
  BUFFER,
  BUFFER_TEXT,
  cpuCount,
  DONE,
  EVENT_FORMATS,
  FTRACE_EVENTS,
  HEADER_INFO,
  KALLSYMS,
  type Option,
  readOption,
} from "./options.ts";
import { type CpuRegion, emptyTraceFile, type TraceFile } from "./trace_file.ts";

const OPTIONS_SECTION = 0;
const COMPRESSED = 1;
const SECTION_HEADER = 16;

/** A file being read: what every step needs. */
interface Walk {
  readonly source: ByteSource;
  readonly header: FileHeader;
  readonly decompress: Decompress;
  readonly file: TraceFile;
  /** Sections read so far, by id. */
  readonly seen: Set<number>;
}

export function readVersion7(source: ByteSource, header: FileHeader, decompress: Decompress): TraceFile {
  const walk: Walk = { source, header, decompress, file: emptyTraceFile(), seen: new Set() };
  const visited = new Set<number>();
  let next = header.next;
  while (next !== 0) {
    if (visited.has(next)) badInput(source, next, "an options section not read before", "a ring of them");
    visited.add(next);
    next = readOptionsSection(walk, next);
  }
  return walk.file;
}

/** Applies the options of one section; returns the offset of the next options section, 0 for none. */
function readOptionsSection(walk: Walk, offset: number): number {
  const reader = openSection(walk, offset, OPTIONS_SECTION, "an options section");
  while (reader.left > 0) {
    const option = readOption(reader, 7);
    if (option.id === DONE)
      return option.bytes.length === 0 ? 0 : option.reader.u64("the next options section");
    follow(walk, option);
  }
  return 0;
}

/** The sections that matter are read when the option that points at them comes by. */
function follow(walk: Walk, option: Option): void {
  switch (option.id) {
    case HEADER_INFO:
      readHeaderInfo(sectionOf(walk, option, "the header information"), walk.file);
      break;
    case FTRACE_EVENTS:
      readFtraceFormats(sectionOf(walk, option, "the ftrace formats"), walk.file);
      break;
    case EVENT_FORMATS:
      readEventFormats(sectionOf(walk, option, "the event formats"), walk.file);
      break;
    case KALLSYMS:
      readKallsyms(sectionOf(walk, option, "kallsyms"), walk.file);
      break;
    case BUFFER:
      readBuffer(walk, option.reader);
      break;
    case BUFFER_TEXT:
      option.reader.fail("binary trace data", "the text of a latency tracer, which holds no records", 0);
      break;
    default:
      applyOption(walk.file, option);
  }
}

/** The section an option points at. A second of its kind would be expanded for nothing, or a million times. */
function sectionOf(walk: Walk, option: Option, what: string): ByteReader {
  if (walk.seen.has(option.id)) option.reader.fail(`${what} once`, "a second option that points at them");
  walk.seen.add(option.id);
  return openSection(walk, option.reader.u64(`the offset of ${what}`), option.id, what);
}

/** A reader over a section's content, expanded if need be. */
function openSection(walk: Walk, offset: number, id: number, what: string): ByteReader {
  const { source, header } = walk;
  const { compressed, size } = readSectionHeader(walk, offset, id, what);
  const start = offset + SECTION_HEADER;
  checkRange(source, start, size, `the content of ${what}`, offset + 8);
  const reader = new ByteReader(source, start, header.littleEndian, start + size);
  if (!compressed) return reader;
  const bytes = readCompressed(reader, walk.decompress, what);
  const inside = memorySource(bytes, `${source.name}: ${what}, expanded from byte ${start}`);
  return new ByteReader(inside, 0, header.littleEndian);
}

function readSectionHeader(
  walk: Walk,
  offset: number,
  id: number,
  what: string,
): { compressed: boolean; size: number } {
  const { size } = walk.source;
  if (offset + SECTION_HEADER > size)
    badInput(walk.source, size, `${what} at byte ${offset}`, "the end (truncated?)");
  const reader = new ByteReader(walk.source, offset, walk.header.littleEndian);
  const found = reader.u16(what);
  if (found !== id) reader.fail(`${what} (section ${id})`, `section ${found}`, offset);
  const flags = reader.u16("the flags of a section");
  reader.u32("the description of a section");
  return { compressed: (flags & COMPRESSED) !== 0, size: reader.u64("the size of a section") };
}

function readKallsyms(reader: ByteReader, file: TraceFile): void {
  const size = Math.min(reader.u32("the size of kallsyms"), reader.left);
  file.initMm = findInitMm(reader.bytes(size, "kallsyms"));
}

/** A BUFFER option: where the section is, name, clock, page size, and per CPU its number, offset and size. */
function readBuffer(walk: Walk, reader: ByteReader): void {
  const offset = reader.u64("the offset of a buffer");
  const name = reader.cstring(256, "the name of a buffer");
  const clock = reader.cstring(64, "the clock of a buffer");
  const pageSizeAt = reader.offset;
  const pageSize = reader.u32("the page size of a buffer");
  checkPageSize(reader, pageSize, pageSizeAt);
  const cpus = cpuCount(reader);
  const regions: CpuRegion[] = [];
  for (let i = 0; i < cpus; i++) regions.push(readRegion(walk, reader));
  const chunked = readSectionHeader(walk, offset, BUFFER, "a buffer").compressed;
  walk.file.buffers.push({ name, clock, pageSize, regions, chunked });
}

function readRegion(walk: Walk, reader: ByteReader): CpuRegion {
  const statedAt = reader.offset;
  const cpu = cpuCount(reader);
  const offset = reader.u64(`the offset of CPU ${cpu}'s data`);
  const size = reader.u64(`the size of CPU ${cpu}'s data`);
  if (offset + size > walk.source.size) {
    const place = `${size} bytes from byte ${offset} (truncated?)`;
    reader.fail(`the data of CPU ${cpu} inside the ${walk.source.size} bytes of the file`, place, statedAt);
  }
  return { cpu, offset, size };
}
