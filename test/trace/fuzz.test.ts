/** No damage to a file makes the reader hang, crash, read outside the file, or end without a word. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damages, inflict, survives, victims } from "./damage.ts";

const RUNS = { real: 250, built: 400 };

describe.each(victims())("damaged $name", ({ name, bytes }) => {
  const numRuns = bytes.length > 50_000 ? RUNS.real : RUNS.built;

  it("is read or refused, never worse", async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        outcomes.add(await survives(name, inflict(bytes, all)));
      }),
      { seed: 7, numRuns },
    );
    // Damage that is never noticed, or that nothing survives, would mean that this test tests nothing.
    expect(outcomes).toEqual(new Set(["read", "refused"]));
  });

  it("is refused when cut off anywhere before its last page", async () => {
    const cuts = fc.double({ min: 0, max: 0.9, noNaN: true });
    await fc.assert(
      fc.asyncProperty(cuts, async (where) => {
        expect(await survives(name, inflict(bytes, [{ kind: "cut", where }]))).toBe("refused");
      }),
      { seed: 8, numRuns: 40 },
    );
  });
});
