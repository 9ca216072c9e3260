/**
 * One simulation, from a linked program to its evidence: a warm-up, then what is measured, as differences of the books.
 */

import { internalBug, present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { LineFigures, Percentiles, SimResult, SourceCost } from "../../evidence/simulation.ts";
import type { Program } from "../../ir/types.ts";
import { CATEGORIES } from "./breakdown.ts";
import type { Histogram } from "./histogram.ts";
import { Kernel } from "./kernel.ts";
import { GRACE_PERIOD, type Machine } from "./machine.ts";
import { bytesOf } from "./memory.ts";
import type { Profile } from "./profile.ts";
import { roomFor } from "./room.ts";
import { COUNT_ACCESSES } from "./stops.ts";
import { TracePlayer } from "./trace/player.ts";
import type { KernelCounts, Simulation, Workload } from "./workload.ts";
import type { ChosenWorkload } from "./workloads/registry.ts";

/** A scheme linked with the simulation's entry points. */
export interface LinkedScheme {
  readonly name: string;
  readonly program: Program;
}

export interface SimRequest {
  readonly scheme: LinkedScheme;
  readonly profile: Profile;
  readonly workload: ChosenWorkload;
  readonly cpus: number;
  readonly seed: number;
  /** Bytes that the machine's state may take. */
  readonly memory: number;
  /** Source lines that the evidence names. */
  readonly costliest?: number;
}

/** Part of the virtual time that is not measured. */
const WARM_UP = 0.2;
const PS = 1e-12;

/** Runs one simulation. Too large a machine ends in an `InputError` before it starts. */
export function simulate(request: SimRequest): SimResult {
  const kernel = build(request);
  const end = request.workload.milliseconds * 1e9;
  kernel.dead.lasts(end);
  kernel.run(end * WARM_UP);
  const before = new Books(kernel);
  kernel.startMeasuring();
  kernel.run(end);
  const fault = kernel.machine.check();
  if (fault !== undefined) internalBug(fault);
  return describe(request, kernel, before, end * (1 - WARM_UP), end);
}

function build(request: SimRequest): Simulation {
  const { profile, cpus, workload, scheme } = request;
  const work = workload.make({ profile, cpus });
  const needed =
    "recording" in work ? bytesOf(scheme.program, cpus, work.capacity(cpus)) : leastOf(request, work);
  if (needed > request.memory)
    throw new InputError(
      `${cpus} CPUs and ${workload.spec}: the machine's state takes ${mib(needed)}, of which ${mib(request.memory)} may be used; fewer CPUs, or fewer tasks`,
    );
  return "recording" in work
    ? new TracePlayer(scheme.program, profile, cpus, work.recording, work.speed)
    : new Kernel(scheme.program, profile, cpus, work, request.seed, request.memory);
}

function leastOf({ scheme, profile, cpus, memory }: SimRequest, work: Workload): number {
  return roomFor(scheme.program, profile, cpus, work, { grace: GRACE_PERIOD, memory }).least;
}

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** What has been booked up to some moment. */
class Books {
  readonly time: Float64Array;
  readonly at: Float64Array;
  readonly stalled: Float64Array;
  readonly transfers: Float64Array;
  readonly busy: Float64Array;
  readonly counts: KernelCounts;
  readonly wakeups: number;
  readonly ipis: ReadonlyMap<string, number>;

  constructor(kernel: Simulation) {
    const { machine } = kernel;
    this.time = machine.time.slice();
    this.at = machine.at.slice();
    this.stalled = machine.lines.costs.stalled.slice();
    this.transfers = machine.lines.costs.transfers.slice();
    this.busy = machine.lines.busy.slice();
    this.counts = { ...kernel.counts };
    this.wakeups = machine.events.wakeups;
    this.ipis = new Map(machine.ipisBy);
  }
}

function describe(
  request: SimRequest,
  kernel: Simulation,
  before: Books,
  window: number,
  end: number,
): SimResult {
  const { machine, counts } = kernel;
  const task =
    counts.deepWakeups + counts.shallowWakeups - (before.counts.deepWakeups + before.counts.shallowWakeups);
  const deep = counts.deepWakeups - before.counts.deepWakeups;
  const result: SimResult = {
    scheme: request.scheme.name,
    machine: request.profile.name,
    workload: request.workload.spec,
    arch: request.profile.arch,
    cpus: request.cpus,
    seed: request.seed,
    seconds: window * PS,
    operations: counts.operations - before.counts.operations,
    unit: request.workload.kind.unit,
    switches: counts.switches - before.counts.switches,
    idleSwitches: counts.idleSwitches - before.counts.idleSwitches,
    breakdown: breakdown(machine, before),
    lines: lineFigures(machine, before, window),
    ipis: ipis(machine, before),
    ipiLatency: percentiles(machine.ipiLatency),
    exitLatency: percentiles(kernel.exitLatency),
    wakeups: { shallow: task - deep, deep, byIpi: kernel.ipiWakeups },
    dead: deadFigures(kernel, end),
    accesses: machine.counts[COUNT_ACCESSES] ?? 0,
    costliest: costliest(machine, before, request.costliest ?? 8),
    faults: [...machine.faults].map(([what, times]) => `${times} × ${what}`),
  };
  if (!(kernel instanceof TracePlayer)) return result;
  const { skipped, inserted, cpus } = kernel.recording;
  return { ...result, trace: { cpus, skipped, inserted, lag: percentiles(kernel.lag) } };
}

function deadFigures({ dead }: Simulation, end: number): SimResult["dead"] {
  const { mean, now, overTime } = dead.until(end);
  return { mean, most: dead.most, atEnd: now, kept: percentiles(dead.kept), span: end * PS, overTime };
}

function breakdown(machine: Machine, before: Books): Record<string, number> {
  return Object.fromEntries(
    CATEGORIES.map((name, i) => [name, ((machine.time[i] ?? 0) - (before.time[i] ?? 0)) * PS]),
  );
}

function lineFigures(machine: Machine, before: Books, window: number): LineFigures[] {
  const { memory, lines } = machine;
  const busiest = new Float64Array(memory.classes.length);
  for (const store of memory.stores) {
    for (let o = 0; o <= store.capacity; o++) {
      for (let l = 0; l < store.linesPerObject; l++) {
        const line = store.lineBase + o * store.linesPerObject + l;
        const busy = (lines.busy[line] ?? 0) - (before.busy[line] ?? 0);
        const cls = store.classBase + l;
        if (busy > (busiest[cls] ?? 0)) busiest[cls] = busy;
      }
    }
  }
  return memory.classes
    .map(({ name: line }, cls) => ({
      line,
      transfers: (lines.costs.transfers[cls] ?? 0) - (before.transfers[cls] ?? 0),
      stalled: ((lines.costs.stalled[cls] ?? 0) - (before.stalled[cls] ?? 0)) * PS,
      utilisation: Math.min(1, (busiest[cls] ?? 0) / window),
    }))
    .filter((each) => each.transfers > 0)
    .sort((a, b) => b.stalled - a.stalled || b.transfers - a.transfers);
}

function ipis(machine: Machine, before: Books): Record<string, number> {
  const counted = [...machine.ipisBy].map(([cause, n]): [string, number] => [
    cause,
    n - (before.ipis.get(cause) ?? 0),
  ]);
  return Object.fromEntries(counted.filter(([, n]) => n > 0).sort());
}

function percentiles(histogram: Histogram): Percentiles {
  const of = (share: number): number => histogram.percentile(share) * PS;
  return { count: histogram.count, p50: of(0.5), p90: of(0.9), p99: of(0.99), most: histogram.most * PS };
}

/** The source lines where CPUs stood still longest: transfers, fences, IPIs. */
function costliest(machine: Machine, before: Books, most: number): SourceCost[] {
  const byLine = new Map<string, SourceCost>();
  const { positions } = machine.program;
  for (let at = 0; at < positions.length; at++) {
    const ps = (machine.at[at] ?? 0) - (before.at[at] ?? 0);
    if (ps <= 0) continue;
    const { file, line, func } = present(positions[at], "position");
    const key = `${file}:${line}`;
    const seconds = (byLine.get(key)?.seconds ?? 0) + ps * PS;
    byLine.set(key, { file, line, func, seconds });
  }
  return [...byLine.values()].sort((a, b) => b.seconds - a.seconds).slice(0, most);
}
