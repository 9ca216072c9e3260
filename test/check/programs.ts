/** Programs to check: scenarios, mutations, and Kernel TypeScript written in a test. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { modelFolder, specimenHost } from "../../src/cli/specimen_host.ts";
import { compile } from "../../src/compile/compile.ts";
import { memoryHost } from "../../src/compile/host.ts";
import { type Mutation, parseMutation } from "../../src/compile/mutation.ts";
import { withPatches } from "../../src/compile/patches.ts";
import { renderDiagnostics } from "../../src/diag/render.ts";
import type { Program } from "../../src/ir/types.ts";
import type { MemoryModel } from "../../src/world/world.ts";

const host = specimenHost();
const ENTRIES = ["setup", "preempt_schedule_irq"];

function namesIn(folder: string, suffix: string): string[] {
  return readdirSync(join(modelFolder(), folder))
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

export const SCHEMES = namesIn("schemes", ".ts");
export const SCENARIOS = namesIn("scenarios", ".ts");

/** A scheme in a scenario, perhaps mutated. */
export interface Case {
  readonly scheme: string;
  readonly scenario: string;
  /** The generic one and "sc" where absent. */
  readonly arch?: string;
  readonly model?: MemoryModel;
  readonly mutation?: Mutation;
}

export const CASES: readonly Case[] = SCHEMES.flatMap((scheme) =>
  SCENARIOS.map((scenario) => ({ scheme, scenario })),
);

/** A mutation that only a model of execution graphs shows, by the name of the model. */
export type WeakCase = Required<Omit<Case, "model">> & { readonly graphs: string };

const isGraphs = (model: string): boolean => model !== "sc" && model !== "tso";

/** Each mutation in each scenario where it must show. */
export const MUTANTS: readonly Required<Case>[] = mutants()
  .filter(({ model }) => !isGraphs(model))
  .map((item) => ({ ...item, model: item.model as MemoryModel }));

/** Those that neither sequential consistency nor store buffers show. */
export const WEAK_MUTANTS: readonly WeakCase[] = mutants()
  .filter(({ model }) => isGraphs(model))
  .map(({ model, ...item }) => ({ ...item, graphs: model }));

function mutants(): (Required<Omit<Case, "model">> & { readonly model: string })[] {
  return namesIn("mutations", ".json").flatMap(mutantsOf);
}

function mutantsOf(name: string): (Required<Omit<Case, "model">> & { readonly model: string })[] {
  const file = join(modelFolder(), "mutations", `${name}.json`);
  const mutation = parseMutation(file, readFileSync(file, "utf8"));
  if (!mutation.ok) throw new Error(mutation.error);
  const { scheme, scenarios, arch = "generic", models = ["sc"] } = mutation.value.properties;
  return (scenarios as string[]).map((scenario) => ({
    scheme: String(scheme),
    scenario,
    arch: String(arch),
    model: (models as string[])[0] ?? "sc",
    mutation: mutation.value,
  }));
}

export function caseName({ scheme, scenario, mutation }: Case): string {
  return mutation === undefined ? `${scheme} in ${scenario}` : `${mutation.id} in ${scenario}`;
}

/** The program of a case, and its number of CPUs. */
export function linkCase({ scheme, scenario, arch = "generic", mutation }: Case): {
  program: Program;
  cpus: number;
} {
  const patched = mutation === undefined ? undefined : withPatches(host, mutation.patches);
  if (patched?.ok === false) throw new Error(renderDiagnostics(patched.error));
  const result = compile({
    host: patched?.value ?? host,
    root: `scenarios/${scenario}.ts`,
    scheme: `schemes/${scheme}.ts`,
    arch: `arch/${arch}.ts`,
    entries: ENTRIES,
    extraRoots: ["kernel/sched.ts"],
    config: new Map(),
  });
  if (!result.ok) throw new Error(renderDiagnostics(result.error));
  return { program: result.value, cpus: result.value.constants.get("NR_CPUS") ?? 2 };
}

/** A program in one file. */
export function compileKts(source: string): Program {
  const entries = ENTRIES.filter((name) => source.includes(`export function ${name}(`));
  const result = compile({
    host: memoryHost({ "t.ts": source }),
    root: "t.ts",
    scheme: "",
    arch: "",
    entries,
    config: new Map(),
  });
  if (!result.ok) throw new Error(`${renderDiagnostics(result.error)}\n${source}`);
  return result.value;
}

/** What small machines are made of: tasks, and a scheduler without address spaces. */
export const SCHEDULER = `
export interface task extends struct { extra: int; }
export function schedule(): void {
  local_irq_disable();
  preempt_disable();
  const prev = get_current<task>();
  const next = pick_next_task<task>();
  if (next !== prev) finish_task(switch_to(prev, next));
  local_irq_enable();
  preempt_enable();
}
export function start(): void {
  const prev = fork_prev<task>();
  if (prev !== NULL) {
    finish_task(prev);
    local_irq_enable();
    preempt_enable();
  } else {
    local_irq_enable();
  }
}
export function idle(): void {
  start();
  for (;;) {
    idle_wait();
    schedule();
  }
}
export function exit(): void {
  set_current_dead();
  schedule();
}
`;

/** A machine without a scheduler: CPU i runs `mains[i]` to its end, interrupts on. */
export function bareMachine(declarations: string, mains: readonly string[]): string {
  const bodies = mains.map(
    (body, i) => `export function main${i}(): void {\nlocal_irq_enable();\n${body}\n}`,
  );
  const starts = mains.map(
    (_, i) => `task_start_on(task_create<task>(main${i}, cpumask_of(${i}), 0), ${i});`,
  );
  return `export interface task extends struct { extra: int; }
${declarations}
${bodies.join("\n")}
export function setup(): void {
${starts.join("\n")}
}
`;
}
