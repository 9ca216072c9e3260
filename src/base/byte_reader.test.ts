import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte_reader.ts";
import { type ByteSource, memorySource } from "./byte_source.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0x61, 0x62, 0, 0xff);

function reader(littleEndian = true, offset = 0, end?: number): ByteReader {
  return new ByteReader(memorySource(BYTES, "x.dat"), offset, littleEndian, end);
}

describe("numbers", () => {
  it("follow the byte order", () => {
    const little = reader();
    expect([little.u8("a"), little.u16("b"), little.u32("c")]).toEqual([1, 0x0302, 0x07060504]);
    const big = reader(false);
    expect([big.u8("a"), big.u16("b"), big.u32("c")]).toEqual([1, 0x0203, 0x04050607]);
    expect(reader(true, 1).bigU64("d")).toBe(0x0908070605040302n);
  });

  it("of 64 bits must be exact", () => {
    expect(() => reader().u64("a size")).toThrow("x.dat: byte 0: expected a size, found 578437695752307201");
  });

  it("are not made up at the end", () => {
    expect(() => reader(true, 10).u32("a count")).toThrow(
      "x.dat: byte 10: expected a count (4 bytes), found the end after 3 bytes",
    );
    expect(() => reader(true, 3, 3).u8("a flag")).toThrow(
      "x.dat: byte 3: expected a flag (1 bytes), found the end",
    );
  });
});

describe("strings", () => {
  it("end at their NUL", () => {
    const at = reader(true, 9);
    expect([at.cstring(8, "a name"), at.offset]).toEqual(["ab", 12]);
  });

  it("have a limit", () => {
    expect(() => reader(true, 9).cstring(2, "a name")).toThrow(
      'x.dat: byte 9: expected a name, at most 1 characters, found "ab"',
    );
  });
});

describe("the window", () => {
  const size = 300_000;
  const big = Uint8Array.from({ length: size }, (_, i) => i % 251);

  it("gives the same bytes as the source, in few reads", () => {
    let reads = 0;
    const inner = memorySource(big, "big");
    const counted: ByteSource = {
      ...inner,
      read: (offset, length) => {
        reads++;
        return inner.read(offset, length);
      },
    };
    const from = new ByteReader(counted, 0, true);
    let at = 0;
    for (const step of [1, 7, 1000, 3, 40_000, 5]) {
      while (at < size / 2 && from.left > step) {
        expect(from.bytes(step, "x")).toEqual(big.subarray(at, at + step));
        at += step;
        if (at % 50_000 < step) break;
      }
    }
    expect(reads).toBeLessThan(20);
  });

  it("keeps bytes that were handed out", () => {
    const from = new ByteReader(memorySource(big, "big"), 0, true);
    const first = from.bytes(100, "x");
    from.skip(200_000, "x");
    from.bytes(100, "x");
    expect(first).toEqual(big.subarray(0, 100));
  });
});
