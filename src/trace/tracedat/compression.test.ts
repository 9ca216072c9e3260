import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompressor } from "./compression.ts";

const plain = Uint8Array.from({ length: 9000 }, (_, i) => (i * i) & 0x3f);

describe("zlib", () => {
  const packed = new Uint8Array(deflateSync(plain));

  it("expands to the announced size, or not at all", async () => {
    const expand = await decompressor("zlib");
    expect(expand(packed, plain.length)).toEqual(plain);
    expect(expand(packed, plain.length + 1)).toBeUndefined();
    expect(expand(packed, plain.length - 1)).toBeUndefined();
    expect(expand(packed.subarray(0, 40), plain.length)).toBeUndefined();
    expect(expand(new Uint8Array(0), plain.length)).toBeUndefined();
  });

  it("is held against its checksum", async () => {
    const expand = await decompressor("zlib");
    for (const fromEnd of [1, 4]) {
      const bad = packed.slice();
      bad[bad.length - fromEnd] = (bad.at(-fromEnd) ?? 0) ^ 1;
      expect(expand(bad, plain.length)).toBeUndefined();
    }
  });
});

describe("zstd", () => {
  // 300 times "a", as the zstd command writes it: one RLE block.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x2c, 0x00, 0x63, 0x09, 0x00, 0x61);

  it("expands to the announced size, or not at all", async () => {
    const expand = await decompressor("zstd");
    expect(expand(frame, 300)).toEqual(new Uint8Array(300).fill(0x61));
    expect(expand(frame, 299)).toBeUndefined();
    expect(expand(frame, 301)).toBeUndefined();
    expect(expand(frame, 0)).toBeUndefined();
    expect(expand(frame.subarray(0, 9), 300)).toBeUndefined();
    expect(expand(plain, 300)).toBeUndefined();
  });
});
