import { expect, it } from "vitest";
import { selectedClock, unitsPerSecond } from "./clock.ts";

it.each([
  ["local [global] counter uptime perf mono mono_raw boot tai x86-tsc\n", "global"],
  ["mono_raw", "mono_raw"],
  ["", "local"],
  ["local global", "local"],
])("of %j the clock is %s", (line, clock) => {
  expect(selectedClock(line)).toBe(clock);
});

it("knows which clocks count time", () => {
  for (const clock of ["local", "global", "perf", "mono", "mono_raw", "boot", "tai"]) {
    expect(unitsPerSecond(clock, undefined), clock).toBe(1e9);
  }
  expect(unitsPerSecond("uptime", undefined)).toBe(100);
  expect(unitsPerSecond("counter", undefined)).toBeUndefined();
  expect(unitsPerSecond("x86-tsc", undefined)).toBeUndefined();
  expect(unitsPerSecond("ppc-tb", undefined)).toBeUndefined();
});

it("gives cycles a rate where the file calibrates them", () => {
  // 2^20 / 2^21 nanoseconds a cycle is 2 GHz.
  expect(unitsPerSecond("x86-tsc", { multiplier: 2 ** 20, shift: 21 })).toBe(2e9);
  expect(unitsPerSecond("x86-tsc", { multiplier: 0, shift: 21 })).toBeUndefined();
});
