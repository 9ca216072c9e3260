/** Reads what the simulator emits back from JSON. */

import {
  boolean,
  count,
  dictionary,
  fail,
  list,
  measure,
  number,
  object,
  only,
  optional,
  type Read,
  string,
} from "./schema.ts";
import type {
  Constant,
  LineFigures,
  MachineInfo,
  Percentiles,
  PublishedPoint,
  PublishedResult,
  Sensitivity,
  SimResult,
  SourceCost,
  WorkloadInfo,
} from "./simulation.ts";

const percentiles: Read<Percentiles> = object({
  count,
  p50: measure,
  p90: measure,
  p99: measure,
  most: measure,
});

const line: Read<LineFigures> = object({
  line: string,
  transfers: measure,
  stalled: measure,
  utilisation: measure,
});

const sourceCost: Read<SourceCost> = object({ file: string, line: count, func: string, seconds: measure });

export const simulation: Read<SimResult> = object({
  scheme: string,
  machine: string,
  workload: string,
  arch: string,
  cpus: count,
  seed: count,
  seconds: measure,
  operations: measure,
  unit: string,
  switches: count,
  idleSwitches: count,
  breakdown: dictionary(measure),
  lines: list(line),
  ipis: dictionary(count),
  ipiLatency: percentiles,
  exitLatency: percentiles,
  wakeups: object({ shallow: count, deep: count, byIpi: count }),
  dead: object({
    mean: measure,
    most: count,
    atEnd: count,
    kept: percentiles,
    span: measure,
    overTime: list(measure),
  }),
  trace: optional(object({ cpus: count, skipped: count, inserted: count, lag: percentiles })),
  accesses: count,
  costliest: list(sourceCost),
  faults: list(string),
});

const lowHigh: Read<readonly [number, number]> = (value, path) => {
  const [low, high, ...more] = list(number)(value, path);
  return low === undefined || high === undefined || more.length > 0
    ? fail(path, "two numbers", value)
    : [low, high];
};

const point: Read<PublishedPoint> = object({
  label: string,
  unit: string,
  published: number,
  simulated: number,
  range: optional(lowHigh),
  tolerance: optional(measure),
  within: optional(boolean),
  fitted: optional(only(true)),
});

const constant: Read<Constant> = object({
  name: string,
  value: measure,
  unit: string,
  kind: string,
  source: string,
});

const sensitivity: Read<Sensitivity> = object({
  constant: string,
  low: number,
  high: number,
  ranking: boolean,
});

export const published: Read<PublishedResult> = object({
  row: count,
  what: string,
  source: string,
  assumes: optional(string),
  machine: string,
  points: list(point),
  constants: list(constant),
  sensitivity: list(sensitivity),
});

export const machine: Read<MachineInfo> = object({
  name: string,
  title: string,
  cpus: count,
  arch: string,
  kernel: string,
  constants: list(constant),
  file: string,
});

export const workload: Read<WorkloadInfo> = object({
  name: string,
  title: string,
  options: list(object({ name: string, meaning: string, fallback: string })),
});
