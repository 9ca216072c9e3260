/**
 * Published measurements, `model/published.json`, and what to simulate for them. A point compares two settings (scheme
 * and architecture) on one machine under one workload; the first of each row's settings is the one that is praised.
 */

import { internalBug, present } from "../../base/assert.ts";
import {
  boolean,
  count,
  list,
  measure,
  number,
  object,
  optional,
  type Read,
  string,
  word,
} from "../../evidence/schema.ts";
import type {
  Constant,
  PublishedPoint,
  PublishedResult,
  Sensitivity,
  SimResult,
} from "../../evidence/simulation.ts";

/** What is compared: `ratio` a/b, `percent` a/b − 1, `rate` operations per second of a, `ipis` IPIs of a less b. */
export const UNITS = ["ratio", "percent", "rate"] as const;

export interface Setting {
  readonly scheme: string;
  readonly arch?: string;
}

export interface RowPoint {
  readonly label: string;
  readonly workload: string;
  readonly cpus?: number;
  readonly a: Setting;
  /** Absent for a rate. */
  readonly b?: Setting;
  readonly unit: (typeof UNITS)[number];
  readonly published: number;
  readonly tolerance?: number;
  readonly fitted?: boolean;
}

export interface PublishedRow {
  readonly row: number;
  readonly what: string;
  readonly source: string;
  /** What the source does not say and the simulation needs. */
  readonly assumes?: string;
  readonly machine: string;
  /** The published figure is the median of so many runs: simulated with as many seeds. */
  readonly runs?: number;
  readonly points: readonly RowPoint[];
}

const setting: Read<Setting> = object({ scheme: string, arch: optional(string) });

const point: Read<RowPoint> = object({
  label: string,
  workload: string,
  cpus: optional(count),
  a: setting,
  b: optional(setting),
  unit: word(UNITS),
  published: number,
  tolerance: optional(measure),
  fitted: optional(boolean),
});

const rows: Read<readonly PublishedRow[]> = list(
  object({
    row: count,
    what: string,
    source: string,
    assumes: optional(string),
    machine: string,
    runs: optional(count),
    points: list(point),
  }),
);

export function readPublished(file: string, text: string): readonly PublishedRow[] {
  return rows(JSON.parse(text) as unknown, file);
}

/** One run that a point needs. */
export interface NeededRun {
  readonly machine: string;
  readonly workload: string;
  readonly cpus?: number;
  readonly setting: Setting;
}

/** The runs of a row for one seed, in order and without repetition. */
export function runsOf(row: PublishedRow): NeededRun[] {
  const found = new Map<string, NeededRun>();
  for (const each of row.points) {
    for (const of of [each.a, each.b]) {
      if (of !== undefined) found.set(keyOf(row, each, of), needed(row, each, of));
    }
  }
  return [...found.values()];
}

function needed(row: PublishedRow, { workload, cpus }: RowPoint, of: Setting): NeededRun {
  return { machine: row.machine, workload, ...(cpus === undefined ? {} : { cpus }), setting: of };
}

const keyOf = (row: PublishedRow, { workload, cpus }: RowPoint, of: Setting): string =>
  JSON.stringify([row.machine, workload, cpus ?? 0, of.scheme, of.arch ?? ""]);

/** Joins a row with the results of `runsOf`, in the same order, once per seed. */
export function compared(
  row: PublishedRow,
  results: readonly SimResult[],
  constants: readonly Constant[],
  sensitivity: readonly Sensitivity[],
): PublishedResult {
  const keys = runsOf(row).map((each) =>
    JSON.stringify([
      each.machine,
      each.workload,
      each.cpus ?? 0,
      each.setting.scheme,
      each.setting.arch ?? "",
    ]),
  );
  const rates = new Map<string, number[]>();
  results.forEach((result, i) => {
    const key = present(keys[i % keys.length], "a run per result");
    rates.set(key, [...(rates.get(key) ?? []), rate(result)]);
  });
  const points = row.points.map((each) => {
    const a = present(rates.get(keyOf(row, each, each.a)), "run a");
    const b = each.b === undefined ? undefined : present(rates.get(keyOf(row, each, each.b)), "run b");
    return comparedPoint(each, a, b);
  });
  const { row: number, what, source, machine, assumes } = row;
  const assumed = assumes === undefined ? {} : { assumes };
  return { row: number, what, source, ...assumed, machine, points, constants, sensitivity };
}

export const rate = (result: SimResult): number => result.operations / result.seconds;

/** The figure that a point is about, from operations per second of its settings. */
export function pointValue({ unit }: RowPoint, a: number, b: number | undefined): number {
  if (unit === "rate") return a;
  if (b === undefined) return internalBug("a comparison of one thing");
  return unit === "ratio" ? a / b : 100 * (a / b - 1);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const low = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (low + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}

function comparedPoint(
  each: RowPoint,
  a: readonly number[],
  b: readonly number[] | undefined,
): PublishedPoint {
  const { label, unit, published, tolerance, fitted } = each;
  const simulated = pointValue(each, median(a), b === undefined ? undefined : median(b));
  const bySeed = a.map((value, seed) => pointValue(each, value, b?.[seed]));
  const range = { range: [Math.min(...bySeed), Math.max(...bySeed)] as const };
  return {
    label,
    unit,
    published,
    simulated,
    ...(a.length > 1 ? range : {}),
    ...(tolerance === undefined ? {} : { tolerance, within: isWithin(each, simulated, tolerance) }),
    ...(fitted === true ? { fitted: true as const } : {}),
  };
}

function isWithin({ unit, published }: RowPoint, simulated: number, tolerance: number): boolean {
  if (unit === "percent") return Math.abs(simulated - published) <= tolerance;
  return simulated <= published * tolerance && simulated >= published / tolerance;
}
