/** Every workload, by name. */

import { InputError } from "../../../base/input_error.ts";
import type { WorkloadInfo } from "../../../evidence/simulation.ts";
import type { Profile } from "../profile.ts";
import type { Workload } from "../workload.ts";
import { contextSwitch1 } from "./context_switch1.ts";
import { forkExit, kernelBuild } from "./families.ts";
import { hackbench } from "./hackbench.ts";
import { kthreadIo } from "./kthread_io.ts";
import { checkOptions, fallbackText, type Options, splitSpec, type Values } from "./options.ts";
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
  make(values: Values, machine: { readonly profile: Profile; readonly cpus: number }): Workload;
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
  make(machine: { readonly profile: Profile; readonly cpus: number }): Workload;
}

/** Finds and checks `NAME:key=value,…`. */
export function chooseWorkload(spec: string): ChosenWorkload {
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
    milliseconds: values.number("ms", kind.milliseconds),
    make: (machine) => kind.make(values, machine),
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
