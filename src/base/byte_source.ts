/**
 * Random access to the bytes of an input, wherever they live: a file, a browser's `File` read into memory, a
 * decompressed section. Readers pull what they need, so that memory does not follow the size of the file, and no
 * reader knows of a file system.
 *
 * A source is also what an error about its bytes names, so it carries the name that the user knows it by.
 */

import { InputError } from "./input_error.ts";

/** Bytes at known offsets. */
export interface ByteSource {
  /** What the user calls it: a path, or a section of a file. */
  readonly name: string;
  /** Bytes in all. It does not change while a reader uses the source. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; the range lies inside the source. The caller may keep the result. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes that are in memory already. Reads are views, not copies. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return { name, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Ends reading: the bytes at `offset` are not what the format requires there. */
export function badInput(source: ByteSource, offset: number, expected: string, found: string): never {
  throw new InputError(`${source.name}: byte ${offset}: expected ${expected}, found ${found}`);
}

/** Checks that a range which the input itself announced lies inside the source. */
export function checkRange(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
  statedAt: number,
): void {
  if (offset + length <= source.size) return;
  badInput(
    source,
    statedAt,
    `${what} inside the ${source.size} bytes of the file`,
    `${length} bytes from byte ${offset} (truncated?)`,
  );
}
