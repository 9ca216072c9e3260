/** The tournament against the obvious way to find the least. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Clock } from "../../../src/sim/mp/clock.ts";

describe("the clock", () => {
  it("knows the first CPU and the earliest of the others, whatever has been set before", () => {
    const step = fc.record({
      cpu: fc.nat(12),
      time: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13 }), fc.array(step, { maxLength: 60 }), (cpus, steps) => {
        const clock = new Clock(cpus);
        const times = new Array<number>(cpus).fill(Number.POSITIVE_INFINITY);
        for (const { cpu, time } of steps) {
          if (cpu >= cpus) continue;
          clock.set(cpu, time);
          times[cpu] = time;
          const least = Math.min(...times);
          // Of equal times the lower CPU comes first; when there is none, nobody asks who it is.
          if (least < Number.POSITIVE_INFINITY) expect(clock.first()).toBe(times.indexOf(least));
          expect(clock.others(cpu)).toBe(Math.min(...times.filter((_, other) => other !== cpu), Infinity));
        }
      }),
    );
  });
});
