/** The real instruments behind `Engines`: the compiler, the checker and the replay machine, over specimens on disk. */

import { totalmem } from "node:os";
import { basename, join } from "node:path";
import { present } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import { executedFiles, executedPlaces } from "../check/executed.ts";
import { findPoints, isAutomatic, mutateAt, type Point } from "../check/mutations/automatic.ts";
import { findSites, type OrderSite, weakenSites } from "../check/mutations/orders.ts";
import { isOfProgram, isWeakening, parseWeakening } from "../check/mutations/weakening.ts";
import {
  type CheckNames,
  type CheckOptions,
  checkProgram,
  DEFAULT_LIMITS,
  replayWitness,
} from "../check/states/check.ts";
import { isUserFile, type SpecimenHost, userFileName } from "../compile/host.ts";
import { withPatches } from "../compile/patches.ts";
import type { Scope } from "../evidence/barriers.ts";
import type { SimResult } from "../evidence/simulation.ts";
import type { CheckResult, ReplayResult } from "../evidence/types.ts";
import type { Op, Program } from "../ir/types.ts";
import type { Model } from "../memory/model.ts";
import { REPLAY_ENTRIES, REPLAY_ROOT } from "../sim/entries.ts";
import { SIM_ENTRIES, SIM_EXTRA_ROOTS, SIM_ROOT } from "../sim/mp/entries.ts";
import { scaled } from "../sim/mp/profile.ts";
import { simulate } from "../sim/mp/simulate.ts";
import { cpusOf } from "../sim/mp/topology.ts";
import { type Recording, record } from "../sim/mp/trace/recording.ts";
import { chooseWorkload } from "../sim/mp/workloads/registry.ts";
import { replayTrace } from "../sim/replay_trace.ts";
import { Cover } from "../world/cover.ts";
import { isSameStep } from "../world/same_step.ts";
import { type ModelCatalogue, readCatalogue, schemeOf } from "./catalogue.ts";
import { homeArch } from "./checks.ts";
import { concessionFor } from "./claims.ts";
import type {
  CheckJob,
  CheckProgress,
  Config,
  Engines,
  JobResult,
  ReplayJob,
  ReplayProgress,
  SimJob,
} from "./engines.ts";
import { openFileSource } from "./file_source.ts";
import { resolveConfig } from "./kconfig.ts";
import { optimiseLargeFunctions } from "./large_functions.ts";
import { link, reject } from "./link.ts";
import { loadNamedModel } from "./litmus/model.ts";
import { profileOf, simulatedArch } from "./machines.ts";
import { modelFolder, specimenHost } from "./specimen_host.ts";
import { requireMemory } from "./witness_memory.ts";

/** Entry points of a program under check: the scenario's, and the preemption that may come at any time. */
const ENTRIES = ["setup", "preempt_schedule_irq"];
const EXTRA_ROOTS = ["kernel/sched.ts"];

export function createEngines(): Engines {
  optimiseLargeFunctions();
  const host = specimenHost();
  return new Instruments(host, readCatalogue(modelFolder(), host));
}

class Instruments implements Engines {
  readonly catalogue: ModelCatalogue;
  readonly #host: SpecimenHost;
  /** Programs that simulations have linked: a sweep runs each many times. */
  readonly #linked = new Map<string, Program>();
  /** Memory models that are searched over graphs, by the name they were asked for. */
  readonly #models = new Map<string, Model>();

  constructor(host: SpecimenHost, catalogue: ModelCatalogue) {
    this.#host = host;
    this.catalogue = catalogue;
  }

  check(job: CheckJob, progress: CheckProgress): JobResult {
    const program = this.#compile(job);
    const options = this.#checkOptions(job);
    const onProgress = (states: number): boolean => {
      progress(states);
      return false;
    };
    if (job.coverage !== true)
      return this.#describe(job, checkProgram(program, namesOf(job), { ...options, onProgress }));
    const cover = new Cover(program);
    const result = checkProgram(program, namesOf(job), { ...options, onProgress, cover });
    const executed = { executed: executedFiles(program, cover), places: executedPlaces(program, cover) };
    return { ...this.#describe(job, result), ...executed };
  }

  source(file: string): string {
    return present(this.#host.read(file), `the text of ${file}`);
  }

  points(job: CheckJob): readonly Point[] {
    const scheme = this.#schemeFile(job.scheme);
    return findPoints(this.#compile(job), (file) => file === scheme || isKernelPath(file));
  }

  sites(job: CheckJob, scope: Scope): readonly OrderSite[] {
    const scheme = this.#schemeFile(job.scheme);
    const own = (file: string): boolean => file === scheme || isUserFile(file) || file.startsWith("schemes/");
    const wanted = (file: string): boolean =>
      own(file) || (scope === "all" && (isKernelPath(file) || file.startsWith("arch/")));
    return findSites(this.#compile(job), wanted);
  }

  tellsApart(model: string, a: Op, b: Op): boolean {
    // Of models that the state checker does not run itself nothing is known beforehand.
    return model === "sc" || model === "tso"
      ? !isSameStep(a, b, model)
      : JSON.stringify(a) !== JSON.stringify(b);
  }

  replayWitness(job: CheckJob, witness: string): CheckResult {
    const program = this.#compile(job);
    const options = this.#checkOptions(job);
    requireMemory(witness, program, job.model, options.graphs !== undefined);
    return this.#describe(job, replayWitness(program, namesOf(job), options, witness));
  }

  async replay(job: ReplayJob, progress: ReplayProgress): Promise<ReplayResult> {
    const schemes = job.schemes.map((name) => ({ name, program: this.#link(name, job.config) }));
    const source = openFileSource(job.trace);
    try {
      const evidence = job.evidence === undefined ? {} : { evidence: job.evidence };
      return await replayTrace(source, basename(job.trace), schemes, { ...evidence, onProgress: progress });
    } finally {
      source.close();
    }
  }

  async record(file: string): Promise<Recording> {
    const path = file === "" ? join(modelFolder(), "traces", "exit.dat") : file;
    const source = openFileSource(path);
    try {
      return await record(source, basename(path));
    } finally {
      source.close();
    }
  }

  simulate(job: SimJob): SimResult {
    const own = profileOf(job.machine, this.catalogue.profiles);
    const profile = job.scale === undefined ? own : scaled(own, job.scale.name, job.scale.factor);
    const arch = job.arch ?? simulatedArch(job.scheme, profile, this.catalogue);
    return simulate({
      scheme: { name: job.scheme, program: this.#simulated(job, arch) },
      profile: { ...profile, arch },
      workload: chooseWorkload(job.workload, job.recording),
      cpus: job.cpus ?? cpusOf(profile.shape),
      seed: job.seed,
      memory: totalmem() / 4,
    });
  }

  #simulated(job: SimJob, arch: string): Program {
    const key = JSON.stringify([job.scheme, arch, job.config]);
    const known = this.#linked.get(key);
    if (known !== undefined) return known;
    const program = link({
      host: this.#host,
      root: SIM_ROOT,
      extraRoots: SIM_EXTRA_ROOTS,
      scheme: this.#schemeFile(job.scheme),
      arch: `arch/${arch}.ts`,
      entries: SIM_ENTRIES,
      config: this.#config(job.scheme, job.config),
    });
    this.#linked.set(key, program);
    return program;
  }

  /** A scheme with the entry points that a replay calls. */
  #link(scheme: string, config: Config): Program {
    return link({
      host: this.#host,
      root: REPLAY_ROOT,
      scheme: this.#schemeFile(scheme),
      arch: `arch/${homeArch(scheme, this.catalogue)}.ts`,
      entries: REPLAY_ENTRIES,
      config: this.#config(scheme, config),
    });
  }

  #checkOptions(job: CheckJob): CheckOptions {
    const scenario = this.catalogue.scenarios.find((each) => each.name === job.scenario);
    const cpus = job.cpus ?? present(scenario, `scenario ${job.scenario}`).cpus;
    const now = (): number => performance.now() / 1000;
    const mutation = this.catalogue.mutations.find((each) => each.id === job.mutation);
    const accept = mutation === undefined ? {} : { accept: mutation.violates };
    return {
      cpus,
      // Each worker may have a search of its own.
      limits: {
        states: job.states ?? DEFAULT_LIMITS.states,
        bytes: Math.min(DEFAULT_LIMITS.bytes, totalmem() / 4),
      },
      partialOrder: true,
      symmetry: true,
      now,
      ...this.#modelOf(job.model),
      expectsViolation: mutation !== undefined || this.#conceded(job) !== undefined,
      ...accept,
    };
  }

  /** Which search a memory model has: one of its own, or that over graphs. */
  #modelOf(name: string): Pick<CheckOptions, "model" | "graphs"> {
    if (name === "sc" || name === "tso") return { model: name };
    let model = this.#models.get(name);
    if (model === undefined) {
      model = loadNamedModel(name).model;
      this.#models.set(name, model);
    }
    return { graphs: { name, model } };
  }

  #compile(job: CheckJob): Program {
    const program = link({
      host: this.#hostFor(job),
      root: `scenarios/${job.scenario}.ts`,
      scheme: this.#schemeFile(job.scheme),
      arch: `arch/${job.arch}.ts`,
      entries: ENTRIES,
      extraRoots: EXTRA_ROOTS,
      config: this.#config(job.scheme, job.config),
    });
    return job.mutation === undefined ? program : weaken(program, job.mutation);
  }

  /** The specimens, with the job's mutation applied. */
  #hostFor(job: CheckJob): SpecimenHost {
    if (job.mutation === undefined || isOfProgram(job.mutation)) return this.#host;
    const mutation = present(this.catalogue.mutationFiles.get(job.mutation), `mutation ${job.mutation}`);
    const patched = withPatches(this.#host, mutation.patches);
    return patched.ok ? patched.value : reject(patched.error);
  }

  /** The build options as they hang together; a user's scheme may have some of its own. */
  #config(scheme: string, asked: Config): Map<string, boolean> {
    const file = this.#schemeFile(scheme);
    const text = isUserFile(file) ? (this.#host.read(file) ?? "") : "";
    const own = new Set([...text.matchAll(/\bCONFIG\("([A-Z0-9_]+)"/g)].map(([, name]) => name ?? ""));
    return resolveConfig(this.catalogue.buildOptions, asked, own);
  }

  /** Ours by name, a user's by path. */
  #schemeFile(scheme: string): string {
    const own = this.catalogue.schemes.find((each) => each.name === scheme);
    return own?.file ?? userFileName(scheme);
  }

  /** Adds what the scheme says about itself, or the scenario about everyone. */
  #describe(job: CheckJob, result: CheckResult): CheckResult {
    const found = this.#conceded(job);
    return found === undefined ? result : { ...result, notClaimed: found.reason, notClaimedFor: found.key };
  }

  #conceded(job: CheckJob): ReturnType<typeof concessionFor> {
    const file = this.#schemeFile(job.scheme);
    const { notClaimed } = schemeOf(job.scheme, file, this.#host.read(file) ?? "");
    const scenario = this.catalogue.scenarios.find((each) => each.name === job.scenario);
    return concessionFor(notClaimed, job) ?? concessionFor(scenario?.notClaimed ?? {}, job);
  }
}

function namesOf(job: CheckJob): CheckNames {
  const { scheme, scenario, arch, mutation } = job;
  return { scheme, scenario, arch, ...(mutation === undefined ? {} : { mutation }) };
}

/** Kernel text that runs in a scenario, as opposed to what sets one up. */
function isKernelPath(file: string): boolean {
  return file.startsWith("kernel/") && !/\/(boot|workload|replay|user|litmus)\.ts$/.test(file);
}

/** The program with a mutation of its own applied; one of the text has been. */
function weaken(program: Program, id: string): Program {
  if (isWeakening(id)) return weakenOrders(program, id);
  if (!isAutomatic(id)) return program;
  if (findPoints(program, () => true).some((point) => point.id === id)) return mutateAt(program, id);
  throw new InputError(`--mutate ${id}: this scheme and scenario have no such line`);
}

function weakenOrders(program: Program, id: string): Program {
  const weakening = parseWeakening(
    id,
    findSites(program, () => true),
  );
  if (weakening.size > 0) return weakenSites(program, weakening);
  throw new InputError(`--mutate ${id}: this scheme and scenario have no such site`);
}
