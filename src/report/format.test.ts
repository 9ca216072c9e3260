import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, count, FIGURE_WIDTH, plural, seconds, share, shortCount } from "./format.ts";

describe("figures as text", () => {
  it("groups counts and shortens large ones", () => {
    expect([0, 999, 1000, 38244, 999_999_999, 1e9, 4.13e12].map(count)).toEqual([
      "0",
      "999",
      "1,000",
      "38,244",
      "999,999,999",
      "1.00 G",
      "4.13 T",
    ]);
  });

  it("never rounds up to a thousand of a unit", () => {
    expect(count(999_999_999_999)).toBe("1.00 T");
    expect(bytes(1024 ** 2 - 1)).toBe("1.00 MiB");
    expect(seconds(0.99996)).toBe("1.00 s");
  });

  it("names units of time", () => {
    expect([0, 2.5e-6, 0.0123, 1, 59.94, 599, 3600, 72_000].map(seconds)).toEqual([
      "0 s",
      "2.50 µs",
      "12.3 ms",
      "1.00 s",
      "59.9 s",
      "599 s",
      "60.0 min",
      "20 h",
    ]);
  });

  it("shortens counts for wide tables", () => {
    expect([9999, 10_000, 123_456_789].map(shortCount)).toEqual(["9999", "10.0k", "123M"]);
  });

  it("never calls a part the whole, or something nothing", () => {
    expect(share(99_999, 100_000)).toBe("99.99 %");
    expect(share(1, 100_000)).toBe("<0.01 %");
    expect(share(3, 3)).toBe("100 %");
    expect(share(0, 0)).toBe("–");
  });

  it("inflects nouns", () => {
    expect([plural(1, "CPU"), plural(2, "CPU")]).toEqual(["1 CPU", "2 CPUs"]);
  });

  it("keeps every figure within FIGURE_WIDTH", () => {
    const figure = fc.oneof(fc.double({ min: 0, max: 2 ** 53, noNaN: true }), fc.nat());
    fc.assert(
      fc.property(figure, (n) => {
        for (const text of [count(n), seconds(n), bytes(n), shortCount(n)])
          expect(text.length, text).toBeLessThanOrEqual(FIGURE_WIDTH);
      }),
    );
  });
});
