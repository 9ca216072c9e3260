/** Studies of needed orderings over programs of a test, one per scenario. */

import { executedPlaces } from "../../src/check/executed.ts";
import { findSites, type OrderSite, weakenSites } from "../../src/check/mutations/orders.ts";
import { parseWeakening } from "../../src/check/mutations/weakening.ts";
import { type CheckOptions, checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import { type Studied, studyBarriers } from "../../src/cli/barriers/study.ts";
import type { CheckPool } from "../../src/cli/check_pool.ts";
import type { CheckJob, JobResult } from "../../src/cli/engines.ts";
import { loadNamedModel } from "../../src/cli/litmus/model.ts";
import type { BarrierStudy } from "../../src/evidence/barriers.ts";
import type { Program } from "../../src/ir/types.ts";
import { Cover } from "../../src/world/cover.ts";
import { isSameStep } from "../../src/world/same_step.ts";
import { compileKts } from "./programs.ts";

export interface Setting {
  /** "sc", "tso", or a model of `model/memory`. */
  readonly model?: string;
  /** Most states of a search of a weakened program; more is a limit. */
  readonly states?: number;
  /** The same of the programs as they stand. */
  readonly baseStates?: number;
  readonly wanted?: (file: string) => boolean;
}

/** Studies programs in one file each, one per scenario; a bug in one is a violation. */
export async function study(
  texts: Readonly<Record<string, string>>,
  setting: Setting = {},
): Promise<BarrierStudy> {
  const programs = new Map(Object.entries(texts).map(([name, text]) => [name, compileKts(text)]));
  return (await studyPrograms(programs, setting)).study;
}

export const cpusOf = (program: Program): number => program.constants.get("NR_CPUS") ?? 2;

export function sitesOf(program: Program | undefined): OrderSite[] {
  return program === undefined ? [] : findSites(program, () => true);
}

export function studyPrograms(programs: ReadonlyMap<string, Program>, setting: Setting): Promise<Studied> {
  const { model = "tso", wanted = () => true } = setting;
  const done = { checks: 0, states: 0 };
  const pool: CheckPool = {
    threads: 1,
    done,
    onProgress: () => {},
    check: async (job) => {
      const result = checkJob(programs.get(job.scenario), job, setting);
      done.checks++;
      done.states += result.search.states;
      return result;
    },
    close: async () => {},
  };
  const engines = {
    sites: (job: CheckJob) => sitesOf(programs.get(job.scenario)).filter(({ file }) => wanted(file)),
    tellsApart: (_: string, a: OrderSite["op"], b: OrderSite["op"]) =>
      model !== "sc" && (model !== "tso" || !isSameStep(a, b, model)),
  };
  const jobs = [...programs.keys()].map((scenario) => jobOf(scenario, model));
  return studyBarriers(pool, engines, {
    ...{ scheme: "s", arch: "a", model, scope: "scheme", jobs, conceded: [], most: 100 },
    claims: () => true,
    onPhase: () => {},
    now: () => 0,
  });
}

const jobOf = (scenario: string, model: string): CheckJob => ({
  ...{ scheme: "s", arch: "a", scenario, model, config: {}, seed: 1 },
});

function checkJob(
  program: Program | undefined,
  job: CheckJob,
  { model = "tso", states = DEFAULT_LIMITS.states, baseStates = DEFAULT_LIMITS.states }: Setting,
): JobResult {
  if (program === undefined) throw new Error(`no program ${job.scenario}`);
  const options = {
    ...{ cpus: cpusOf(program), ...searchOf(model), partialOrder: true, symmetry: true, now: () => 0 },
    limits: { ...DEFAULT_LIMITS, states: job.mutation === undefined ? baseStates : states },
  };
  const names = { scheme: "s", arch: "a", scenario: job.scenario };
  if (job.mutation === undefined) {
    const cover = new Cover(program);
    return {
      ...checkProgram(program, names, { ...options, cover }),
      places: executedPlaces(program, cover),
    };
  }
  const weak = weakenSites(program, parseWeakening(job.mutation, sitesOf(program)));
  return { ...checkProgram(weak, names, options), mutation: job.mutation };
}

/** Which search a model has. */
export function searchOf(name: string): Pick<CheckOptions, "model" | "graphs"> {
  return name === "sc" || name === "tso"
    ? { model: name }
    : { graphs: { name, model: loadNamedModel(name).model } };
}

/** "12 needed", "13 → acquire", … */
export function claims({ sites }: BarrierStudy): string[] {
  return sites.map(({ line, outcome, weakest }) =>
    outcome === "weaken" ? `${line} → ${weakest.join("|")}` : `${line} ${outcome}`,
  );
}

/** Lines of the sites that each minimal set keeps. */
export function sets({ minimal }: BarrierStudy): string[] {
  return minimal.map(({ kept }) => kept.map(({ site }) => site.split(":")[1]).join(",")).sort();
}
