/**
 * The first bytes of a trace.dat, common to all versions (trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5)):
 *
 *     17 08 44 "tracing"  "6\0" or "7\0"  endianness u8  long size u8  page size u32
 *     v7 only:            compression name\0  its version\0  offset of the first options section u64
 *
 * Everything after the endianness byte is in the byte order that it announces.
 */

import { ByteReader } from "../../base/byte_reader.ts";
import { type ByteSource, badInput } from "../../base/byte_source.ts";

const MAGIC = [0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67];
const MAX_PAGE = 16 << 20;

/** What the initial format says. */
export interface FileHeader {
  readonly version: 6 | 7;
  readonly littleEndian: boolean;
  /** Bytes of a `long` of the recording user space; the kernel's own size is in the event formats. */
  readonly longSize: number;
  /** Page size of the machine; a ring-buffer page may be larger (see `page_layout.ts`). */
  readonly pageSize: number;
  /** "none", "zlib" or "zstd"; always "none" in version 6. */
  readonly compression: string;
  /** Where the header ends (v6: "header_page" follows), and for v7 where the first options section starts. */
  readonly next: number;
}

/** True when the file starts like a trace.dat of any version. */
export function sniffTraceDat(source: ByteSource): boolean {
  if (source.size < MAGIC.length) return false;
  const bytes = source.read(0, MAGIC.length);
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

export function readHeader(source: ByteSource): FileHeader {
  if (!sniffTraceDat(source)) {
    badInput(source, 0, 'the magic of a trace.dat (17 08 44 "tracing")', firstBytes(source));
  }
  const version = readVersion(new ByteReader(source, MAGIC.length, true));
  const order = new ByteReader(source, MAGIC.length + 2, true);
  const endian = order.u8("the endianness");
  if (endian > 1) order.fail("endianness 0 (little) or 1 (big)", `${endian}`, order.offset - 1);
  return readSizes(new ByteReader(source, order.offset, endian === 0), version);
}

function readVersion(reader: ByteReader): 6 | 7 {
  const start = reader.offset;
  const text = reader.cstring(8, "the file version");
  if (text === "6") return 6;
  if (text === "7") return 7;
  return reader.fail("trace.dat version 6 or 7", `version ${JSON.stringify(text)}`, start);
}

function readSizes(reader: ByteReader, version: 6 | 7): FileHeader {
  const start = reader.offset;
  const longSize = reader.u8("the size of a long");
  if (longSize !== 4 && longSize !== 8) reader.fail("a long of 4 or 8 bytes", `${longSize}`, start);
  const pageSize = reader.u32("the page size");
  checkPageSize(reader, pageSize, start + 1);
  const compression = version === 7 ? readCompression(reader) : "none";
  const next = version === 7 ? reader.u64("the offset of the first options section") : reader.offset;
  return { version, littleEndian: reader.littleEndian, longSize, pageSize, compression, next };
}

function readCompression(reader: ByteReader): string {
  const start = reader.offset;
  const name = reader.cstring(32, "the name of the compression");
  reader.cstring(64, "the version of the compression");
  if (name === "none" || name === "zlib" || name === "zstd") return name;
  return reader.fail("compression none, zlib or zstd", JSON.stringify(name), start);
}

/** Ring-buffer pages are read one at a time, so an absurd size would become an absurd allocation. */
export function checkPageSize(reader: ByteReader, size: number, statedAt: number): void {
  const sane = size >= 64 && size <= MAX_PAGE && size % 4 === 0;
  if (!sane) reader.fail(`a page size from 64 to ${MAX_PAGE} bytes`, `${size}`, statedAt);
}

function firstBytes(source: ByteSource): string {
  if (source.size === 0) return "an empty file";
  const bytes = source.read(0, Math.min(source.size, MAGIC.length));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return source.size < MAGIC.length ? `${hex} and the end of the file` : hex;
}
