/** Labels at line ends: apart, in order, and near where they belong. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { spread } from "./labels.ts";

const GAP = 14;
const TOP = 20;
const BOTTOM = 340;

it("labels keep their distance, their order and the plot, and do not move without need", () => {
  const heights = fc.array(fc.double({ min: TOP, max: BOTTOM, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(heights, (wanted) => {
      const placed = spread(wanted, (height) => height, GAP, TOP, BOTTOM);
      const at = placed.map(({ item, dy }) => item + dy);
      expect(placed.map(({ item }) => item)).toEqual([...wanted].sort((a, b) => a - b));
      at.forEach((height, i) => {
        expect(height).toBeGreaterThanOrEqual(TOP - 1e-6);
        expect(height).toBeLessThanOrEqual(BOTTOM + 1e-6);
        if (i > 0) expect(height - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(GAP - 1e-6);
      });
      placed.forEach(({ item, dy }) => {
        const alone = wanted.filter((other) => Math.abs(other - item) < wanted.length * GAP).length === 1;
        if (alone) expect(dy).toBe(0);
      });
    }),
  );
});
