/**
 * A cursor that takes numbers and strings off a `ByteSource`, one after the other.
 *
 * Every method names what it is about to read, and that name is the "expected" of the error when the bytes are not
 * there: a truncated file is reported at the field where it ends. Small reads are served from a window, so that a
 * header of thousands of fields does not become thousands of reads of the file.
 */

import { type ByteSource, badInput } from "./byte_source.ts";

const WINDOW = 64 * 1024;
const TWO_32 = 2 ** 32;

export class ByteReader {
  readonly source: ByteSource;
  /** Where the next read starts. */
  offset: number;
  /** Byte order of the numbers, as the format or its header says. */
  readonly littleEndian: boolean;
  /** Reads beyond this offset fail: the end of the section, or of the source. */
  readonly end: number;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowAt = 0;

  constructor(source: ByteSource, offset: number, littleEndian: boolean, end: number = source.size) {
    this.source = source;
    this.offset = offset;
    this.littleEndian = littleEndian;
    this.end = Math.min(end, source.size);
  }

  /** Bytes left before `end`. */
  get left(): number {
    return this.end - this.offset;
  }

  u8(what: string): number {
    // In two steps, here as below, because taking may replace the window.
    const at = this.#take(1, what);
    return this.#window.getUint8(at);
  }

  u16(what: string): number {
    const at = this.#take(2, what);
    return this.#window.getUint16(at, this.littleEndian);
  }

  u32(what: string): number {
    const at = this.#take(4, what);
    return this.#window.getUint32(at, this.littleEndian);
  }

  /** A 64-bit size or offset. Values that a double cannot hold are no sizes of anything. */
  u64(what: string): number {
    const start = this.offset;
    const value = this.bigU64(what);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail(what, `${value}`, start);
    return Number(value);
  }

  bigU64(what: string): bigint {
    const at = this.#take(8, what);
    return this.#window.getBigUint64(at, this.littleEndian);
  }

  /** A NUL-terminated string of at most `limit` bytes, terminator included. */
  cstring(limit: number, what: string): string {
    const start = this.offset;
    let text = "";
    while (this.offset - start < limit) {
      const byte = this.u8(what);
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
    return this.fail(`${what}, at most ${limit - 1} characters`, JSON.stringify(text.slice(0, 40)), start);
  }

  /** The next `length` bytes. The length is checked against the source before anything is allocated. */
  bytes(length: number, what: string): Uint8Array {
    if (length <= WINDOW / 2) return this.#small(length, what);
    this.#check(length, what);
    const bytes = this.source.read(this.offset, length);
    this.offset += length;
    return bytes;
  }

  /** Passes over `length` bytes that must be there. */
  skip(length: number, what: string): void {
    this.#check(length, what);
    this.offset += length;
  }

  /** Ends reading with an error at `offset`. */
  fail(expected: string, found: string, offset: number = this.offset): never {
    return badInput(this.source, offset, expected, found);
  }

  #check(length: number, what: string): void {
    if (length <= this.end - this.offset) return;
    const left = Math.max(0, this.end - this.offset);
    this.fail(`${what} (${length} bytes)`, left === 0 ? "the end" : `the end after ${left} bytes`);
  }

  /** The position in the window of the next `length` bytes, which are then taken. */
  #take(length: number, what: string): number {
    this.#check(length, what);
    const at = this.offset - this.#windowAt;
    if (at < 0 || at + length > this.#window.byteLength) this.#refill();
    const start = this.offset - this.#windowAt;
    this.offset += length;
    return start;
  }

  /** Bytes out of the window. It is replaced, never overwritten, so a view of it stays good. */
  #small(length: number, what: string): Uint8Array {
    const at = this.#take(length, what);
    return new Uint8Array(this.#window.buffer, this.#window.byteOffset + at, length);
  }

  #refill(): void {
    const bytes = this.source.read(this.offset, Math.min(WINDOW, this.end - this.offset));
    this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#windowAt = this.offset;
  }
}

/** Two 32-bit halves as one double: exact below 2^53. */
export function joinWords(high: number, low: number): number {
  return high * TWO_32 + low;
}
