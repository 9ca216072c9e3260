/** Every workload, by name. */

import { InputError } from "../../../base/input_error.ts";
import type { WorkloadInfo } from "../../../evidence/simulation.ts";
import type { Profile } from "../profile.ts";
import type { Recording } from "../trace/recording.ts";
import type { Workload } from "../workload.ts";
import { contextSwitch1 } from "./context_switch1.ts";
import { forkExit, kernelBuild } from "./families.ts";
import { hackbench } from "./hackbench.ts";
import { kthreadIo } from "./kthread_io.ts";
import { checkOptions, fallbackText, type Options, splitSpec, type Values } from "./options.ts";
import { recordedTrace, type TraceWork } from "./recorded_trace.ts";
import { memcached, tlbFlush2 } from "./servers.ts";
import { walkExit } from "./walk_exit.ts";

/** A workload before it is given a machine. */
export interface WorkloadKind {
  readonly name: string;
  readonly title: string;
  /** What one operation is. */
  readonly unit: string;
  readonly options: Options;
  /** Milliseconds of virtual time that say enough. */
  readonly milliseconds: number;
  make(values: Values, machine: Given): Workload | TraceWork;
  /** Virtual milliseconds for these options, where they say more than `milliseconds` does. */
  duration?(values: Values, recording: Recording | undefined): number;
}

/** What a workload is made for. */
export interface Given {
  readonly profile: Profile;
  readonly cpus: number;
  /** Of the workload `trace`. */
  readonly recording?: Recording;
}

export const WORKLOADS: readonly WorkloadKind[] = [
  contextSwitch1,
  hackbench,
  forkExit,
  walkExit,
  kernelBuild,
  tlbFlush2,
  memcached,
  kthreadIo,
  recordedTrace,
];

const MS: Options = {
  ms: {
    kind: "number",
    meaning: "virtual milliseconds",
    low: 1,
    high: 100_000,
    fallbackText: "depends on the workload",
  },
};

/** A workload as it was asked for. */
export interface ChosenWorkload {
  readonly kind: WorkloadKind;
  readonly spec: string;
  readonly milliseconds: number;
  make(machine: { readonly profile: Profile; readonly cpus: number }): Workload | TraceWork;
}

/** The file of the recorded trace that `spec` names: undefined for other workloads, "" for the one that comes with us. */
export function traceFile(spec: string): string | undefined {
  const { name, given } = splitSpec(spec);
  return name === recordedTrace.name ? (given.get("file") ?? "") : undefined;
}

/** Finds and checks `NAME:key=value,…`; `recording` is what the file of `traceFile` holds. */
export function chooseWorkload(spec: string, recording?: Recording): ChosenWorkload {
  const { name, given } = splitSpec(spec);
  const kind = WORKLOADS.find((each) => each.name === name);
  if (kind === undefined) {
    const known = WORKLOADS.map((each) => each.name).join(", ");
    throw new InputError(`--workload ${name}: no such workload; there are ${known}`);
  }
  const values = checkOptions(name, given, { ...kind.options, ...MS });
  return {
    kind,
    spec,
    milliseconds: values.number("ms", kind.duration?.(values, recording) ?? kind.milliseconds),
    make: (machine) => kind.make(values, recording === undefined ? machine : { ...machine, recording }),
  };
}

export const workloadInfos = (): WorkloadInfo[] =>
  WORKLOADS.map(({ name, title, options }) => ({
    name,
    title,
    options: Object.entries({ ...options, ...MS }).map(([option, of]) => ({
      name: option,
      meaning: of.meaning,
      fallback: fallbackText(of),
    })),
  }));
