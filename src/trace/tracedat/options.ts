/**
 * Options of a trace.dat: small tagged records, `id u16, size u32, bytes`, about the recording (both versions) and, in
 * version 7, about where the sections are. Numbers as in trace-cmd.dat.v7(5). An id that is not listed is passed over,
 * as the format asks of its readers.
 */

import { ByteReader } from "../../base/byte_reader.ts";
import { memorySource } from "../../base/byte_source.ts";
import { latin1 } from "../../base/text.ts";
import { parseCpuStat } from "./cpu_stat.ts";
import type { TraceFile } from "./trace_file.ts";

export const DONE = 0;
const DATE = 1;
const CPUSTAT = 2;
export const BUFFER = 3;
const TRACECLOCK = 4;
const UNAME = 5;
const OFFSET = 7;
const CPUCOUNT = 8;
const TSC2NSEC = 14;
export const HEADER_INFO = 16;
export const EVENT_FORMATS = 18;
export const FTRACE_EVENTS = 17;
export const KALLSYMS = 19;
export const BUFFER_TEXT = 22;

const MAX_OPTION = 1 << 20;
const MAX_CPUS = 1 << 16;

/** One option: its bytes, and a name for errors about them. */
export interface Option {
  readonly id: number;
  readonly offset: number;
  readonly reader: ByteReader;
  readonly bytes: Uint8Array;
}

/** Takes one option off the reader. In version 6 the terminator has no size. */
export function readOption(reader: ByteReader, version: 6 | 7): Option {
  const offset = reader.offset;
  const id = reader.u16("an option");
  if (id === DONE && version === 6) return { id, offset, reader, bytes: new Uint8Array(0) };
  const sizeAt = reader.offset;
  const size = reader.u32("the size of an option");
  if (size > MAX_OPTION) reader.fail(`an option of at most ${MAX_OPTION} bytes`, `${size}`, sizeAt);
  const bytes = reader.bytes(size, `option ${id}`);
  const inside = memorySource(bytes, `${reader.source.name}: option ${id} at byte ${offset}`);
  return { id, offset, reader: new ByteReader(inside, 0, reader.littleEndian), bytes };
}

/** Applies an option that means the same in both versions; others are passed over. */
export function applyOption(file: TraceFile, option: Option): void {
  switch (option.id) {
    case CPUSTAT:
      addStat(file, latin1(option.bytes));
      break;
    case TRACECLOCK:
      file.traceClock = latin1(option.bytes);
      break;
    case UNAME:
      file.uname = latin1(option.bytes).trim();
      break;
    case CPUCOUNT:
      file.cpuCount = cpuCount(option.reader);
      break;
    case DATE:
      // `--date` measures in microseconds, `--ts-offset` in nanoseconds.
      addOffset(file, 1000n * parseOffset(latin1(option.bytes)));
      break;
    case OFFSET:
      addOffset(file, parseOffset(latin1(option.bytes)));
      break;
    case TSC2NSEC:
      file.tscScale = { multiplier: option.reader.u32("a multiplier"), shift: option.reader.u32("a shift") };
      break;
  }
}

/** The number of CPUs at the reader, within reason. */
export function cpuCount(reader: ByteReader): number {
  const start = reader.offset;
  const count = reader.u32("the number of CPUs");
  if (count > MAX_CPUS) reader.fail(`at most ${MAX_CPUS} CPUs`, `${count}`, start);
  return count;
}

function addStat(file: TraceFile, text: string): void {
  const stat = parseCpuStat(text);
  if (stat !== undefined) file.stats.push(stat);
}

function addOffset(file: TraceFile, nanoseconds: bigint): void {
  file.clockOffset = (file.clockOffset ?? 0n) + nanoseconds;
}

/** Offsets are decimal or 0x hexadecimal text, with a sign. Anything else shifts nothing. */
function parseOffset(text: string): bigint {
  const match = /^(-?)(0x[0-9a-fA-F]{1,16}|\d{1,20})$/.exec(text.trim());
  if (match === null) return 0n;
  const value = BigInt(match[2] ?? 0);
  return match[1] === "-" ? -value : value;
}
