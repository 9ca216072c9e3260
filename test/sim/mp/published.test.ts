/** The published measurements, as `sim --published` judges them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelFolder } from "../../../src/cli/specimen_host.ts";
import { fittedOf } from "../../../src/sim/mp/profile.ts";
import { compared, type PublishedRow, readPublished, runsOf } from "../../../src/sim/mp/published.ts";
import { cpusOf } from "../../../src/sim/mp/topology.ts";
import { machine, run } from "./support.ts";

const rows = readPublished("published.json", readFileSync(join(modelFolder(), "published.json"), "utf8"));

/** The row without the points that are only shown beside, in rows that have others. */
function judged(row: PublishedRow): PublishedRow {
  const points = row.points.filter(({ tolerance }) => tolerance !== undefined);
  return points.length === 0 ? row : { ...row, points };
}

describe("published measurements", () => {
  for (const row of rows.map(judged)) {
    it(`row ${row.row} comes out within what is allowed`, () => {
      const results = Array.from({ length: row.runs ?? 1 }, (_, i) =>
        runsOf(row).map(({ workload, cpus, setting, machine: name }) =>
          run({
            scheme: setting.scheme,
            ...(setting.arch === undefined ? {} : { arch: setting.arch }),
            machine: name,
            workload: workload.replace(/ms=\d+/, row.runs === undefined ? "ms=6" : "ms=2"),
            cpus: cpus ?? cpusOf(machine(name).shape),
            seed: 1 + i,
          }),
        ),
      ).flat();
      const { points } = compared(row, results, [], []);
      const outside = points.filter((point) => point.within === false).map(({ label }) => label);
      expect(outside).toEqual([]);
      if (row.row === 3) {
        const [peak] = [...points].sort((a, b) => b.simulated - a.simulated);
        expect(peak?.label).toBe("192 pairs");
      }
    }, 300_000);

    it(`row ${row.row} is fitted in one point at most, by one constant`, () => {
      const fitted = row.points.filter((point) => point.fitted === true);
      expect(fitted.length).toBeLessThanOrEqual(1);
      expect(fittedOf(machine(row.machine)).length).toBeLessThanOrEqual(1);
    });
  }
});
