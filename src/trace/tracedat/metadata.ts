/**
 * The metadata that both versions lay out alike: version 6 one after the other behind the header, version 7 each in a
 * section of its own. Sizes come from the file, so each is held against a limit before it is believed.
 */

import type { ByteReader } from "../../base/byte_reader.ts";
import { latin1 } from "../../base/text.ts";
import { parseFormat } from "./event_format.ts";
import type { TraceFile } from "./trace_file.ts";

const MAX_FORMAT = 1 << 20;
const MAX_SYSTEMS = 1 << 16;
const MAX_NAME = 256;

/** "header_page" and "header_event", each a name, a size and the text of the kernel's file of that name. */
export function readHeaderInfo(reader: ByteReader, file: TraceFile): void {
  file.headerPage = namedText(reader, "header_page");
  // The entry header has had the same 5 + 27 bits since 2.6.30, and the kernel's text is not meant for parsing.
  namedText(reader, "header_event");
}

/** The formats of ftrace's own events: a count, then a size and a text each. */
export function readFtraceFormats(reader: ByteReader, file: TraceFile): void {
  readFormats(reader, file, "ftrace");
}

/** The formats of the trace events, by system: a name, a count, then a size and a text each. */
export function readEventFormats(reader: ByteReader, file: TraceFile): void {
  const systems = count(reader, MAX_SYSTEMS, "event systems");
  for (let i = 0; i < systems; i++)
    readFormats(reader, file, reader.cstring(MAX_NAME, "the name of an event system"));
}

function readFormats(reader: ByteReader, file: TraceFile, system: string): void {
  const formats = count(reader, 1 << 16, `event formats of ${system}`);
  for (let i = 0; i < formats; i++) {
    const start = reader.offset;
    const text = sizedText(reader, `an event format of ${system}`);
    const format = parseFormat(system, text, reader.source, start);
    file.formats.set(format.id, format);
  }
}

function namedText(reader: ByteReader, name: string): string {
  const start = reader.offset;
  const found = reader.cstring(name.length + 1, `"${name}"`);
  if (found !== name) reader.fail(`"${name}"`, JSON.stringify(found), start);
  return sizedText(reader, name);
}

function sizedText(reader: ByteReader, what: string): string {
  const start = reader.offset;
  const size = reader.u64(`the size of ${what}`);
  if (size > MAX_FORMAT) reader.fail(`${what} of at most ${MAX_FORMAT} bytes`, `${size} bytes`, start);
  return latin1(reader.bytes(size, what));
}

function count(reader: ByteReader, limit: number, what: string): number {
  const start = reader.offset;
  const value = reader.u32(`the number of ${what}`);
  if (value > limit) reader.fail(`at most ${limit} ${what}`, `${value}`, start);
  return value;
}
