/** The calendar queue against the obvious way to find the least. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Clock } from "../../../src/sim/mp/clock.ts";

describe("the clock", () => {
  it("knows the first CPU, and a bound of all others, whatever has been set before", () => {
    const far = fc.constantFrom(1, 1000, 1_000_000, 1_000_000_000);
    const step = fc.record({ cpu: fc.nat(90), by: fc.nat(40), scale: far, never: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 91 }), fc.array(step, { maxLength: 80 }), (cpus, steps) => {
        const clock = new Clock(cpus);
        const times = new Array<number>(cpus).fill(Number.POSITIVE_INFINITY);
        let now = 0;
        for (const { cpu, by, scale, never } of steps) {
          if (cpu >= cpus) continue;
          times[cpu] = never ? Number.POSITIVE_INFINITY : now + by * scale;
          clock.set(cpu, times[cpu] ?? 0);
          const least = Math.min(...times);
          // Of equal times the lower CPU comes first; when there is none, nobody asks who it is.
          if (least === Number.POSITIVE_INFINITY) continue;
          const first = clock.take();
          expect(first).toBe(times.indexOf(least));
          const second = Math.min(...times.filter((_, other) => other !== first), Infinity);
          expect(clock.found[0]).toBe(least);
          const bound = clock.found[1] ?? 0;
          expect(bound).toBeLessThanOrEqual(second);
          expect(bound).toBeGreaterThanOrEqual(Math.min(least, second - 33e6));
          clock.set(first, least);
          now = least;
        }
      }),
    );
  });
});
