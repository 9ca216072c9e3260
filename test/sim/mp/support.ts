/** Simulations for tests: schemes linked once, machines made small. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { modelFolder, specimenHost } from "../../../src/cli/specimen_host.ts";
import { compile } from "../../../src/compile/compile.ts";
import type { SimResult } from "../../../src/evidence/simulation.ts";
import type { Program } from "../../../src/ir/types.ts";
import { SIM_ENTRIES, SIM_EXTRA_ROOTS, SIM_ROOT } from "../../../src/sim/mp/entries.ts";
import { Kernel } from "../../../src/sim/mp/kernel.ts";
import { type Profile, readProfile } from "../../../src/sim/mp/profile.ts";
import { simulate } from "../../../src/sim/mp/simulate.ts";
import { chooseWorkload } from "../../../src/sim/mp/workloads/registry.ts";

const host = specimenHost();
const programs = new Map<string, Program>();

export function link(scheme: string, arch: string): Program {
  const key = `${scheme} ${arch}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const result = compile({
    host,
    root: SIM_ROOT,
    extraRoots: SIM_EXTRA_ROOTS,
    scheme: `schemes/${scheme}.ts`,
    arch: `arch/${arch}.ts`,
    entries: SIM_ENTRIES,
    config: new Map(),
  });
  if (!result.ok) throw new Error(`${scheme} does not link for ${arch}`);
  programs.set(key, result.value);
  return result.value;
}

export function machine(name: string): Profile {
  const file = join(modelFolder(), "machines", `${name}.json`);
  return readProfile(`${name}.json`, readFileSync(file, "utf8"));
}

export interface Case {
  readonly scheme: string;
  readonly machine?: string;
  readonly arch?: string;
  readonly workload: string;
  readonly cpus: number;
  readonly seed?: number;
}

/** A kernel that has not run yet. */
export function kernelOf(of: Case): Kernel {
  const profile = machine(of.machine ?? "epyc-9654-2s");
  const work = chooseWorkload(of.workload).make({ profile, cpus: of.cpus });
  if ("recording" in work) throw new Error("a trace is played, not run by the kernel");
  const program = link(of.scheme, of.arch ?? profile.arch);
  return new Kernel(program, profile, of.cpus, work, of.seed ?? 1);
}

export function run(of: Case): SimResult {
  const profile = machine(of.machine ?? "epyc-9654-2s");
  const arch = of.arch ?? profile.arch;
  return simulate({
    scheme: { name: of.scheme, program: link(of.scheme, arch) },
    profile: { ...profile, arch },
    workload: chooseWorkload(of.workload),
    cpus: of.cpus,
    seed: of.seed ?? 1,
    memory: 2 ** 30,
  });
}

export const rate = (result: SimResult): number => result.operations / result.seconds;
