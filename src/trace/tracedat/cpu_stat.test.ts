import { expect, it } from "vitest";
import { parseCpuStat } from "./cpu_stat.ts";

it("takes loss from the kernel's text", () => {
  const text =
    "CPU: 3\nentries: 0\noverrun: 14\ncommit overrun: 2\nbytes: 9\nnow ts: 3.5\ndropped events: 40\n";
  expect(parseCpuStat(text)).toEqual({ cpu: 3, overrun: 14, dropped: 42 });
});

it("takes what is missing as none", () => {
  expect(parseCpuStat("CPU: 0\n")).toEqual({ cpu: 0, overrun: 0, dropped: 0 });
});

it("wants to know the CPU", () => {
  expect(parseCpuStat("overrun: 14\n")).toBeUndefined();
});
