/** What a command may touch: streams, files, instruments. The command line's only door to the outside. */

import type { SimResult } from "../evidence/simulation.ts";
import type { CheckPool } from "./check_pool.ts";
import type { CheckJob, Engines, JobResult, SimJob } from "./engines.ts";
import type { LitmusProgress } from "./litmus/pool.ts";
import type { LitmusAnswer, LitmusJob } from "./litmus/runner.ts";
import type { Occasion } from "./measure/host_profile.ts";
import type { Measurements } from "./measure/measure.ts";

export interface Host {
  /** The instruments, built when first asked for: a mistyped option should not wait for them. */
  readonly engines: () => Engines;
  /** Runs checks, on several cores where there are any; results in the order of the jobs. */
  readonly checkAll: (jobs: readonly CheckJob[], onProgress: ChecksProgress) => Promise<JobResult[]>;
  /** Checks that are asked for one at a time; the caller closes the pool. */
  readonly checkPool: () => CheckPool;
  /** Runs litmus tests likewise; answers in the order of the files. */
  readonly litmusAll: (
    job: LitmusJob,
    files: readonly string[],
    onProgress: LitmusProgress,
  ) => Promise<LitmusAnswer[]>;
  /** Runs simulations likewise. */
  readonly simulateAll: (jobs: readonly SimJob[], onProgress: ChecksProgress) => Promise<SimResult[]>;
  /** Measures this machine: takes some seconds of all its attention. */
  readonly measure: () => Promise<{ readonly found: Measurements; readonly occasion: Occasion }>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether stderr is a terminal: progress goes nowhere else. */
  readonly stderrIsTerminal: boolean;
  /** Whether stdout takes colours. */
  readonly colours: boolean;
  /** Milliseconds, for the pace of the progress bar. */
  readonly now: () => number;
  /** "lazytlb 0.1.0" */
  readonly producer: string;
}

/** Where the checks of a command stand. */
export interface ChecksState {
  readonly done: number;
  readonly total: number;
  /** States visited so far, over all jobs. */
  readonly states: number;
}
export type ChecksProgress = (state: ChecksState) => void;
