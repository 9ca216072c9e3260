/**
 * A recorded trace: the switches, forks, execs and exits of a real kernel, when they happened, with the costs of the
 * simulated machine and scheme (`../trace`). One operation is one action of the trace.
 */

import { InputError } from "../../../base/input_error.ts";
import type { Recording } from "../trace/recording.ts";
import type { WorkloadKind } from "./registry.ts";

/** What the simulation of a trace needs besides a machine and a scheme. */
export interface TraceWork {
  readonly recording: Recording;
  /** Trace time is divided by this. */
  readonly speed: number;
  capacity(cpus: number): ReadonlyMap<string, number>;
}

const PS_PER_MS = 1e9;

export const recordedTrace: WorkloadKind = {
  name: "trace",
  title: "what a recorded trace shows, with its timing",
  unit: "actions",
  milliseconds: 10,
  options: {
    file: {
      kind: "file",
      meaning: "a trace.dat, as for replay",
      fallbackText: "exit.dat of this package",
    },
    speed: {
      kind: "number",
      meaning: "times as fast as recorded",
      low: 1,
      high: 100_000,
      fallback: 1,
    },
  },
  duration: (values, recording) =>
    recording === undefined
      ? 10
      : Math.max(1, Math.ceil(recording.span / values.number("speed", 1) / PS_PER_MS)),
  make: (values, { recording }) => {
    if (recording === undefined) throw new InputError("--workload trace: its file has not been read");
    return {
      recording,
      speed: values.number("speed", 1),
      capacity: (cpus) =>
        new Map([
          ["task_struct", recording.taskMm.length + cpus],
          ["mm_struct", recording.mms],
        ]),
    };
  },
};
