import fc from "fast-check";
import { expect, it } from "vitest";
import { findInitMm } from "./kallsyms.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ["ffffffff82d69180 D init_mm\n", 0xffffffff82d69180n],
  ["ffffffff81000000 T _text\nffffffff82d69180 B init_mm\nffffffff82d69190 D x\n", 0xffffffff82d69180n],
  ["c0d69180 D init_mm\n", 0xc0d69180n],
  ["0000000000000000 D init_mm\n", undefined],
  ["ffffffff82d69180 D init_mm_internals\nffffffff82d69180 D my_init_mm\n", undefined],
  ["ffffffff82d69180 D init_mm", undefined],
  ["", undefined],
  [" init_mm\n", undefined],
])("in %j", (text, address) => {
  expect(findInitMm(bytes(text))).toBe(address);
});

it("is found between any neighbours", () => {
  const lines = fc.array(
    fc.constantFrom("ffffffff81000000 T i", "0 t init_m", "1 d  init_mm_", "mm", " init", ""),
  );
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const text = [...before, "ffffffff82d69180 D init_mm", ...after, ""].join("\n");
      expect(findInitMm(bytes(text))).toBe(0xffffffff82d69180n);
    }),
    { seed: 3 },
  );
});
