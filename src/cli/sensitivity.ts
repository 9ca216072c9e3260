/**
 * What an error of 30 % in one constant of a machine would change: the strongest comparison of a row, run again with
 * each constant lower and higher.
 */

import type { Sensitivity, SimResult } from "../evidence/simulation.ts";
import { FIGURES, type FigureName } from "../sim/mp/figures.ts";
import type { ScalableName } from "../sim/mp/profile.ts";
import { type PublishedRow, pointValue, type RowPoint, rate } from "../sim/mp/published.ts";
import type { Config, SimJob } from "./engines.ts";

const FACTORS = [0.7, 1.3] as const;

/** Constants that no comparison of switches can depend on are left out: fork and the like. */
const NAMES: readonly ScalableName[] = [
  ...(Object.keys(FIGURES) as FigureName[]).filter(
    (name) => !["fork", "exec", "exit", "unmap"].includes(name),
  ),
  "stay",
];

/** The point that is looked at: the strongest effect that was published. If it is fitted, this says how far that carries. */
function chosen(row: PublishedRow): RowPoint | undefined {
  const points = row.points.filter((point) => point.b !== undefined);
  return points.sort((a, b) => b.published - a.published)[0];
}

/** Two runs per constant and factor, in the order in which `sensitivityOf` reads them. */
export function sensitivityJobs(
  row: PublishedRow,
  { config, seed }: { readonly config: Config; readonly seed: number },
): SimJob[] {
  const point = chosen(row);
  if (point?.b === undefined) return [];
  const { a, b, workload, cpus } = point;
  return NAMES.flatMap((name) =>
    FACTORS.flatMap((factor) =>
      [a, b].map(({ scheme, arch }) => ({
        scheme,
        ...(arch === undefined ? {} : { arch }),
        machine: row.machine,
        workload: shorter(workload),
        ...(cpus === undefined ? {} : { cpus }),
        config,
        seed,
        scale: { name, factor },
      })),
    ),
  );
}

/** A quarter of the time is enough to see where a value goes. */
const shorter = (workload: string): string =>
  workload.replace(/ms=(\d+)/, (_, ms: string) => `ms=${Math.max(1, Math.round(Number(ms) / 4))}`);

export function sensitivityOf(row: PublishedRow, results: readonly SimResult[]): Sensitivity[] {
  const point = chosen(row);
  if (point === undefined || results.length === 0) return [];
  const value = (index: number): number => {
    const [a, b] = [results[index], results[index + 1]];
    return a === undefined ? Number.NaN : pointValue(point, rate(a), b === undefined ? undefined : rate(b));
  };
  const even = point.unit === "percent" ? 0 : 1;
  const found = NAMES.map((constant, i) => {
    const [low, high] = [value(4 * i), value(4 * i + 2)];
    return { constant, low, high, ranking: low < even || high < even };
  });
  return found.sort((x, y) => Math.abs(y.high - y.low) - Math.abs(x.high - x.low));
}
