/**
 * What the command line needs of the instruments, and nothing more.
 *
 * Commands see this interface; `instruments.ts` fills it with the real compiler, checker and replay machine, tests
 * with a fake. Jobs are plain data, because checks run in worker threads.
 */

import type { Point } from "../check/mutations/automatic.ts";
import type { OrderSite } from "../check/mutations/orders.ts";
import type { Scope } from "../evidence/barriers.ts";
import type { ExecutedFile } from "../evidence/coverage.ts";
import type { MachineInfo, SimResult, WorkloadInfo } from "../evidence/simulation.ts";
import type { CheckResult, MutationInfo, ReplayResult, ScenarioInfo, SchemeInfo } from "../evidence/types.ts";
import type { Op } from "../ir/types.ts";
import type { ScalableName } from "../sim/mp/profile.ts";
import type { PublishedRow } from "../sim/mp/published.ts";
import type { Recording } from "../sim/mp/trace/recording.ts";

/** What there is to choose from. Lists are never empty and in the order in which they are shown. */
export interface Catalogue {
  readonly schemes: readonly SchemeInfo[];
  readonly scenarios: readonly ScenarioInfo[];
  readonly mutations: readonly MutationInfo[];
  /** Architectures; the first is the default. */
  readonly arches: readonly string[];
  /** Memory models that have a search of their own, and that "all" stands for; the first is the default. */
  readonly models: readonly string[];
  /** Memory models that are `.cat` files of ours: a user's may be named by its path. */
  readonly graphModels: readonly string[];
  /** Machine profiles. */
  readonly machines: readonly MachineInfo[];
  readonly workloads: readonly WorkloadInfo[];
  /** Published measurements that the simulator is compared with. */
  readonly published: readonly PublishedRow[];
  /** Path of the bundled trace. */
  readonly defaultTrace: string;
}

/** Build options of the modelled kernel, by the kernel's name without CONFIG_. */
export type Config = Readonly<Record<string, boolean>>;

/** One check. */
export interface CheckJob {
  /** A name of the catalogue, or the path of a user's file. */
  readonly scheme: string;
  readonly scenario: string;
  readonly arch: string;
  /** A name of the catalogue, or the path of a user's `.cat` or `.cfg` file. */
  readonly model: string;
  /** Number of CPUs, where the user wants another than the scenario's own. */
  readonly cpus?: number;
  readonly config: Config;
  /** States of the search, at most: with more it is bounded. */
  readonly states?: number;
  /** Id of the mutation to apply first: one of the catalogue, of a weakened line ("auto:…"), of weakened sites ("order:…"). */
  readonly mutation?: string;
  /** Note what is executed, and go on after a violation to see all that is reachable. */
  readonly coverage?: true;
  readonly seed: number;
}

/** The result of a job; what its check executed is joined with that of others before it becomes evidence. */
export interface JobResult extends CheckResult {
  readonly executed?: readonly ExecutedFile[];
  /** With it: FILE:LINE:COLUMN of what was executed and others can see. */
  readonly places?: readonly string[];
}

export interface ReplayJob {
  /** Path of the trace. */
  readonly trace: string;
  /** Names of the catalogue, or paths of user's files. */
  readonly schemes: readonly string[];
  /** Absent: "kernel" where the trace has the probes, else "stock". */
  readonly evidence?: "stock" | "kernel";
  readonly config: Config;
  readonly seed: number;
}

/** One simulation. */
export interface SimJob {
  /** A name of the catalogue, or the path of a user's file. */
  readonly scheme: string;
  /** A name of the catalogue, or the path of a user's profile. */
  readonly machine: string;
  /** The architecture, where another than the machine's is wanted. */
  readonly arch?: string;
  /** `NAME:key=value,…` */
  readonly workload: string;
  /** What the file of the workload `trace` holds: decoded once for all runs. */
  readonly recording?: Recording;
  /** Absent: the machine's own. */
  readonly cpus?: number;
  readonly config: Config;
  readonly seed: number;
  /** One figure of the machine, multiplied: for the sensitivity. */
  readonly scale?: { readonly name: ScalableName; readonly factor: number };
}

/** Called now and then: how many states the check has visited. */
export type CheckProgress = (states: number) => void;
/** Called now and then: which part of the trace is done, 0 to 1. */
export type ReplayProgress = (part: number) => void;

/** The instruments. An `InputError` that leaves one of these is the user's to read; anything else is a bug of ours. */
export interface Engines {
  readonly catalogue: Catalogue;
  /** Checks one scheme in one scenario; returns when it is done. */
  check(job: CheckJob, progress: CheckProgress): JobResult;
  /** The lines that the program of a check can be weakened at; see `check/mutations/automatic.ts`. */
  points(job: CheckJob): readonly Point[];
  /** The ordering sites of the program of a check, by place; see `check/mutations/orders.ts`. */
  sites(job: CheckJob, scope: Scope): readonly OrderSite[];
  /** Whether a model can tell two ops apart that stand at the same place and differ in what they order. */
  tellsApart(model: string, a: Op, b: Op): boolean;
  /** The text of a specimen, by the name that positions have. */
  source(file: string): string;
  /** Runs the one execution that a witness describes: `violated` again, or `bounded` to that execution. */
  replayWitness(job: CheckJob, witness: string): CheckResult;
  /** Simulates one scheme on one machine under one workload. */
  simulate(job: SimJob): SimResult;
  /** Reads a trace as a workload; "" is the one that comes with the package. */
  record(file: string): Promise<Recording>;
  replay(job: ReplayJob, progress: ReplayProgress): Promise<ReplayResult>;
}
