/**
 * Decompression of version 7's sections and chunks. Both kinds are `compressed size u32, uncompressed size u32, bytes`;
 * a chunk of CPU data is some ten ring-buffer pages, so one call is 40 KiB of output.
 *
 * zstd is zstddec (the reference implementation in WebAssembly), zlib is fflate; both run in Node and in a browser.
 * Neither library tells all errors: zstddec hands back what the failed call left, fflate does not look at the
 * checksum. So the length is compared with what the file announced, and the Adler-32 of zlib is computed here.
 */

import { unzlibSync } from "fflate";
import { ZSTDDecoder } from "zstddec";
import type { ByteReader } from "../../base/byte_reader.ts";

/** Expands `input` to exactly `size` bytes, or returns undefined when it is no such stream. */
export type Decompress = (input: Uint8Array, size: number) => Uint8Array | undefined;

/** More than any section has (kallsyms of a large kernel: 20 MiB), less than a nuisance. */
export const MAX_UNCOMPRESSED = 64 << 20;

/** The method a header names; asynchronous because WebAssembly is instantiated. */
export async function decompressor(name: string): Promise<Decompress> {
  if (name === "zstd") return zstd();
  if (name === "zlib") return zlib;
  return (input, size) => (input.length === size ? input : undefined);
}

/** Reads the two sizes and the bytes at the reader, and expands them. */
export function readCompressed(
  reader: ByteReader,
  decompress: Decompress,
  what: string,
  limit: number = MAX_UNCOMPRESSED,
): Uint8Array {
  const start = reader.offset;
  const packed = reader.u32(`the compressed size of ${what}`);
  const size = reader.u32(`the uncompressed size of ${what}`);
  if (size > limit) {
    reader.fail(`at most ${limit} bytes of ${what}`, `${size}`, start + 4);
  }
  const bytes = reader.bytes(packed, `compressed ${what}`);
  return (
    decompress(bytes, size) ?? reader.fail(`${what}, compressed to ${size} bytes`, "damaged data", start + 8)
  );
}

async function zstd(): Promise<Decompress> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (input, size) => {
    // A size of 0 would make the library believe the frame's own figure, which nobody has checked.
    if (size === 0) return undefined;
    const output = decoder.decode(input, size);
    return output.length === size ? output : undefined;
  };
}

function zlib(input: Uint8Array, size: number): Uint8Array | undefined {
  const output = inflate(input, size);
  if (output === undefined || output.length !== size || input.length < 4) return undefined;
  const tail = new DataView(input.buffer, input.byteOffset + input.length - 4, 4);
  return adler32(output) === tail.getUint32(0) ? output : undefined;
}

/** The library throws on some damage and returns short output on other. */
function inflate(input: Uint8Array, size: number): Uint8Array | undefined {
  try {
    return unzlibSync(input, { out: new Uint8Array(size) });
  } catch {
    return undefined;
  }
}

/** RFC 1950. The sums are reduced every 3800 bytes: before that they fit 32 bits. */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += 3800) {
    const end = Math.min(start + 3800, bytes.length);
    for (let i = start; i < end; i++) {
      low += bytes[i] ?? 0;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
