/**
 * Writes trace.dat files for tests: any version, compression, byte order and word size, with the pages that a test
 * wants. Written from the format's description and not from the reader, so that the two check each other.
 */

import { deflateSync } from "node:zlib";
import { ByteWriter } from "./byte_writer.ts";

/** The machine and the writer that a test pretends to be. */
export interface Shape {
  readonly version: 6 | 7;
  readonly littleEndian: boolean;
  readonly longSize: 4 | 8;
  readonly pageSize: number;
  readonly compression: "none" | "zlib" | "zstd";
}

export const PLAIN: Shape = {
  version: 6,
  littleEndian: true,
  longSize: 8,
  pageSize: 4096,
  compression: "none",
};

/** An entry of a ring-buffer page. */
export type Entry =
  | { readonly kind: "record"; readonly delta: number; readonly data: Uint8Array; readonly long?: boolean }
  | { readonly kind: "extend"; readonly delta: number }
  | { readonly kind: "stamp"; readonly time: bigint }
  | { readonly kind: "discarded"; readonly delta: number; readonly words: number }
  | { readonly kind: "page end" };

export interface Page {
  readonly time: bigint;
  readonly entries: readonly Entry[];
  /** Events lost before this page: how many, or that the page had no room to say. */
  readonly missed?: number | "some";
}

export interface Contents {
  readonly shape: Shape;
  /** Texts of the formats, by system. */
  readonly formats: Readonly<Record<string, readonly string[]>>;
  /** Pages by CPU, as entries or as bytes. */
  readonly cpus: readonly (readonly (Page | Uint8Array)[])[];
  readonly kallsyms?: string;
  readonly clock?: string;
  /** Further options: id, and text or bytes. */
  readonly options?: readonly (readonly [number, string | Uint8Array])[];
}

export function buildTrace(contents: Contents): Uint8Array {
  return contents.shape.version === 6 ? buildVersion6(contents) : buildVersion7(contents);
}

/** A format text for fields `type name[n]` laid out one after the other behind the common ones. */
export function formatText(
  name: string,
  id: number,
  fields: readonly (readonly [string, number, boolean])[],
): string {
  let offset = 8;
  const lines = fields.map(([declaration, size, signed]) => {
    const line = `\tfield:${declaration};\toffset:${offset};\tsize:${size};\tsigned:${signed ? 1 : 0};\n`;
    offset += size;
    return line;
  });
  return `name: ${name}\nID: ${id}\nformat:\n${COMMON}\n${lines.join("")}\nprint fmt: "x"\n`;
}

const COMMON =
  "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" +
  "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" +
  "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" +
  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n";

export const FTRACE_FORMAT = formatText("print", 5, [["unsigned long ip", 8, false]]);

export function headerPage(shape: Shape): string {
  const data = 8 + shape.longSize;
  return (
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
    `\tfield: local_t commit;\toffset:8;\tsize:${shape.longSize};\tsigned:1;\n` +
    "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n" +
    `\tfield: char data;\toffset:${data};\tsize:${shape.pageSize - data};\tsigned:0;\n`
  );
}

/** The bytes of a page. */
export function pageBytes(shape: Shape, page: Page): Uint8Array {
  const data = new ByteWriter(shape.littleEndian);
  for (const entry of page.entries) writeEntry(data, entry);
  let commit = data.length;
  if (page.missed !== undefined) commit += 2 ** 31;
  if (typeof page.missed === "number") {
    commit += 2 ** 30;
    data.word(page.missed, shape.longSize);
  }
  const out = new ByteWriter(shape.littleEndian).u64(page.time).word(commit, shape.longSize).raw(data.done());
  if (out.length > shape.pageSize) throw new Error(`the page needs ${out.length} bytes`);
  // The kernel does not clear what is behind the data.
  return out.raw(new Uint8Array(shape.pageSize - out.length).fill(0xa5)).done();
}

function writeEntry(out: ByteWriter, entry: Entry): void {
  const { littleEndian } = out;
  const head = (type: number, delta: number) =>
    out.u32(littleEndian ? (type | (delta << 5)) >>> 0 : ((type << 27) | delta) >>> 0);
  switch (entry.kind) {
    case "record": {
      const words = Math.ceil(entry.data.length / 4);
      const long = entry.long === true || words > 28 || words === 0;
      head(long ? 0 : words, entry.delta);
      if (long) out.u32(4 * words + 4);
      out.raw(entry.data).padTo(4);
      break;
    }
    case "extend":
      head(30, entry.delta % 2 ** 27);
      out.u32(Math.floor(entry.delta / 2 ** 27));
      break;
    case "stamp":
      head(31, Number(entry.time & 0x7ff_ffffn));
      out.u32(Number((entry.time >> 27n) & 0xffff_ffffn));
      break;
    case "discarded":
      head(29, entry.delta);
      out.u32(4 * entry.words + 4).raw(new Uint8Array(4 * entry.words).fill(0x5a));
      break;
    case "page end":
      head(29, 0);
      break;
  }
}

function toBytes(shape: Shape, pages: readonly (Page | Uint8Array)[]): Uint8Array {
  const out = new ByteWriter(shape.littleEndian);
  for (const page of pages) out.raw(page instanceof Uint8Array ? page : pageBytes(shape, page));
  return out.done();
}

function initial(shape: Shape): ByteWriter {
  const out = new ByteWriter(shape.littleEndian).raw(Uint8Array.of(0x17, 0x08, 0x44)).text("tracing");
  out
    .cstring(`${shape.version}`)
    .u8(shape.littleEndian ? 0 : 1)
    .u8(shape.longSize)
    .u32(shape.pageSize);
  return shape.version === 6 ? out : out.cstring(shape.compression).cstring("1.0");
}

function headerInfo(shape: Shape): Uint8Array {
  const out = new ByteWriter(shape.littleEndian);
  for (const [name, text] of [
    ["header_page", headerPage(shape)],
    ["header_event", "# as ever\n"],
  ] as const) {
    out.cstring(name).u64(text.length).text(text);
  }
  return out.done();
}

function formatList(shape: Shape, texts: readonly string[]): Uint8Array {
  const out = new ByteWriter(shape.littleEndian).u32(texts.length);
  for (const text of texts) out.u64(text.length).text(text);
  return out.done();
}

function eventFormats({ shape, formats }: Contents): Uint8Array {
  const systems = Object.entries(formats);
  const out = new ByteWriter(shape.littleEndian).u32(systems.length);
  for (const [system, texts] of systems) out.cstring(system).raw(formatList(shape, texts));
  return out.done();
}

function writeOptions(out: ByteWriter, contents: Contents): void {
  for (const [id, value] of allOptions(contents)) {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    out.u16(id).u32(bytes.length).raw(bytes);
  }
}

function allOptions(contents: Contents): (readonly [number, string | Uint8Array])[] {
  const clock = contents.clock === undefined ? [] : [[4, `${contents.clock}\n`] as const];
  return [...clock, ...(contents.options ?? [])];
}

function buildVersion6(contents: Contents): Uint8Array {
  const { shape, cpus } = contents;
  const symbols = contents.kallsyms ?? "";
  const out = initial(shape)
    .raw(headerInfo(shape))
    .raw(formatList(shape, [FTRACE_FORMAT]));
  out
    .raw(eventFormats(contents))
    .u32(symbols.length)
    .text(symbols)
    .u32(0)
    .u64(3)
    .text("1 a")
    .u32(cpus.length);
  out.cstring("options  ");
  writeOptions(out, contents);
  out.u16(0).cstring("flyrecord");
  const table = out.length;
  for (const _ of cpus) out.u64(0).u64(0);
  if (contents.clock !== undefined) out.u64(contents.clock.length).text(contents.clock);
  cpus.forEach((pages, cpu) => {
    out.padTo(shape.pageSize);
    const bytes = toBytes(shape, pages);
    out.patch64(table + 16 * cpu, out.length);
    out.patch64(table + 16 * cpu + 8, bytes.length);
    out.raw(bytes);
  });
  return out.done();
}

/** The bytes with the two sizes in front, as version 7 stores what it compresses. */
function compressed(shape: Shape, bytes: Uint8Array): Uint8Array {
  const packed = shape.compression === "zlib" ? new Uint8Array(deflateSync(bytes)) : storedZstd(bytes);
  return new ByteWriter(shape.littleEndian).u32(packed.length).u32(bytes.length).raw(packed).done();
}

/** A zstd frame of stored blocks (RFC 8878): valid for every decoder, and needs no encoder. */
function storedZstd(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(true).u32(0xfd2fb528).u8(0xa0).u32(bytes.length);
  const limit = 1 << 17;
  for (let at = 0; at === 0 || at < bytes.length; at += limit) {
    const block = bytes.subarray(at, at + limit);
    const head = (at + limit >= bytes.length ? 1 : 0) | (block.length << 3);
    out
      .u8(head & 0xff)
      .u8((head >> 8) & 0xff)
      .u8(head >> 16)
      .raw(block);
  }
  return out.done();
}

/** Appends a section and returns where it starts. */
function section(out: ByteWriter, shape: Shape, id: number, content: Uint8Array, pack = true): number {
  const start = out.length;
  const packed = pack && shape.compression !== "none";
  const bytes = packed ? compressed(shape, content) : content;
  out
    .u16(id)
    .u16(packed ? 1 : 0)
    .u32(0)
    .u64(bytes.length)
    .raw(bytes);
  return start;
}

function buildVersion7(contents: Contents): Uint8Array {
  const { shape } = contents;
  const out = initial(shape);
  const firstOptions = out.length;
  out.u64(0);
  const symbols = new ByteWriter(shape.littleEndian)
    .u32(contents.kallsyms?.length ?? 0)
    .text(contents.kallsyms ?? "");
  const sections: [number, Uint8Array][] = [
    [16, headerInfo(shape)],
    [17, formatList(shape, [FTRACE_FORMAT])],
    [18, eventFormats(contents)],
    [19, symbols.done()],
  ];
  const options = new ByteWriter(shape.littleEndian);
  for (const [id, content] of sections)
    options
      .u16(id)
      .u32(8)
      .u64(section(out, shape, id, content));
  writeOptions(options, contents);
  const done = options.u16(0).u32(8).length;
  options.u64(0);
  const start = out.length;
  section(out, shape, 0, options.done(), false);
  out.patch64(firstOptions, start);
  const buffer = bufferSection(out, contents);
  out.patch64(start + 16 + done, out.length);
  section(out, shape, 0, buffer, false);
  return out.done();
}

/** Writes the CPU data; returns the options that point at it. */
function bufferSection(out: ByteWriter, contents: Contents): Uint8Array {
  const { shape, cpus } = contents;
  const start = out.length;
  out
    .u16(3)
    .u16(shape.compression === "none" ? 0 : 1)
    .u32(0)
    .u64(0);
  const option = new ByteWriter(shape.littleEndian)
    .u64(start)
    .cstring("")
    .cstring(contents.clock ?? "local");
  option.u32(shape.pageSize).u32(cpus.length);
  cpus.forEach((pages, cpu) => {
    out.padTo(shape.pageSize);
    const bytes = shape.compression === "none" ? toBytes(shape, pages) : chunks(shape, pages);
    option.u32(cpu).u64(out.length).u64(bytes.length);
    out.raw(bytes);
  });
  out.patch64(start + 8, out.length - start - 16);
  const body = option.done();
  return new ByteWriter(shape.littleEndian).u16(3).u32(body.length).raw(body).u16(0).u32(8).u64(0).done();
}

/** Two pages a chunk, so that small tests have several. */
function chunks(shape: Shape, pages: readonly (Page | Uint8Array)[]): Uint8Array {
  const out = new ByteWriter(shape.littleEndian);
  if (pages.length === 0) return out.done();
  out.u32(Math.ceil(pages.length / 2));
  for (let i = 0; i < pages.length; i += 2) out.raw(compressed(shape, toBytes(shape, pages.slice(i, i + 2))));
  return out.done();
}
