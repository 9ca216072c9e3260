import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressTable, CommTable } from "./intern.ts";

const word = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 3 }));

describe("addresses", () => {
  it("get consecutive ids and keep them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 300 }), (pairs) => {
        const table = new AddressTable();
        const known = new Map<bigint, number>();
        for (const [high, low] of pairs) {
          const address = (BigInt(high) << 32n) | BigInt(low);
          const id =
            known.get(address) ?? (address === 0n ? 0 : [...known.keys()].filter((k) => k !== 0n).length + 1);
          known.set(address, id);
          expect(table.intern(high, low)).toBe(id);
          expect(table.address(id)).toBe(address);
        }
      }),
      { seed: 1 },
    );
  });

  it("may be many", () => {
    const table = new AddressTable();
    for (let i = 1; i <= 20_000; i++) expect(table.intern(0xff110001, i * 64)).toBe(i);
    for (let i = 1; i <= 20_000; i++) expect(table.address(i)).toBe((0xff110001n << 32n) | BigInt(i * 64));
  });

  it("that nobody interned are NULL", () => {
    const table = new AddressTable();
    expect([table.address(0), table.address(1), table.address(-1), table.address(NaN)]).toEqual([
      0n,
      0n,
      0n,
      0n,
    ]);
  });
});

/** A view of 16 bytes with a name, a NUL, and `rest` behind it. */
function view(name: string, rest = 0): DataView {
  const bytes = new Uint8Array(16).fill(rest);
  bytes.set(new TextEncoder().encode(`${name}\0`).subarray(0, 16));
  return new DataView(bytes.buffer);
}

describe("comms", () => {
  it("end at the NUL or fill their 16 bytes", () => {
    const table = new CommTable();
    expect(table.at(view("bash", 0x78), 0)).toBe("bash");
    expect(table.at(view("bash"), 0)).toBe("bash");
    expect(table.at(view("0123456789abcdef"), 0)).toBe("0123456789abcdef");
    expect(table.at(view(""), 0)).toBe("");
    expect(table.ofLength(view("bash"), 0, 2)).toBe("ba");
  });

  it("are right however many there are", () => {
    const table = new CommTable();
    for (let i = 0; i < 10_000; i++) {
      expect(table.at(view(`task-${i}`), 0)).toBe(`task-${i}`);
      expect(table.at(view(`task-${i >> 1}`), 0)).toBe(`task-${i >> 1}`);
    }
  });
});
