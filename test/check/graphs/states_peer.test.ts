/**
 * The two checkers of this project agree: random programs in Kernel TypeScript have the same final states (and the same
 * deadlocks) by exploring states, with and without store buffers, as by exploring execution graphs under SC and TSO.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Program } from "../../../src/ir/types.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { check } from "../agree.ts";
import { compileKts } from "../programs.ts";
import { byGraphs, byMerging } from "./final_values.ts";
import { machineOf, threads } from "./random_kts.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 150);
/** Final values by exploring states; "bounded" when there are too many of these. */
function byStates(
  program: Program,
  cpus: number,
  model: "sc" | "tso",
): readonly string[] | "hang" | "bounded" {
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const { verdict, finals } = check(program, cpus, { partialOrder: true, symmetry: false }, 40_000, model);
  if (verdict === "hang") return verdict;
  if (verdict.startsWith("bounded")) return "bounded";
  expect(verdict).toBe("proved");
  return [...finals.values()].map((final) => (final.objects[struct]?.[0] ?? []).join(",")).sort();
}

test.each(["sc", "tso"] as const)("random programs have the same final states under %s", (name) => {
  const model = modelFile(`${MODEL_FOLDER}${name}.cat`).compiled;
  let hangs = 0;
  let compared = 0;
  fc.assert(
    fc.property(threads, (all) => {
      const program = compileKts(machineOf(all));
      const graphs = byGraphs(program, all.length, model);
      expect(byMerging(program, all.length, model)).toEqual(graphs);
      const states = byStates(program, all.length, name);
      if (states === "bounded") return;
      compared++;
      if (states === "hang") {
        hangs++;
        expect(graphs).toContain("stuck");
      } else {
        expect(graphs).toEqual(states);
      }
    }),
    { numRuns: RUNS },
  );
  // Both kinds of program occur.
  expect(hangs).toBeGreaterThan(0);
  expect(hangs).toBeLessThan(compared);
  expect(compared).toBeGreaterThan(RUNS * 0.8);
});
