/**
 * Every specimen of the package compiles to a valid program: each scheme in each scenario, the entry points of the
 * replay, and each mutation. For a few of them the IR is a golden.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelFolder, specimenHost } from "../../src/cli/specimen_host.ts";
import { type CompileRequest, compile } from "../../src/compile/compile.ts";
import { parseMutation } from "../../src/compile/mutation.ts";
import { withPatches } from "../../src/compile/patches.ts";
import { renderDiagnostics } from "../../src/diag/render.ts";
import { printFunc } from "../../src/ir/printer.ts";
import type { Program } from "../../src/ir/types.ts";
import { validate } from "../../src/ir/validator.ts";
import { expectGolden } from "../support/golden.ts";
import { interpret } from "../support/interpret.ts";

const host = specimenHost();

function filesOf(folder: string, ending: string): string[] {
  const names = readdirSync(join(modelFolder(), folder)).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => `${folder}/${name}`);
}

const schemes = filesOf("schemes", ".ts");
const scenarios = filesOf("scenarios", ".ts");
const archs = filesOf("arch", ".ts");

function request(scheme: string, root: string, more: Partial<CompileRequest> = {}): CompileRequest {
  return {
    host,
    root,
    scheme,
    arch: "arch/generic.ts",
    entries: ["setup", "preempt_schedule_irq"],
    extraRoots: ["kernel/sched.ts"],
    config: new Map(),
    ...more,
  };
}

function expectValid(given: CompileRequest): Program {
  const result = compile(given);
  if (!result.ok) throw new Error(renderDiagnostics(result.error));
  expect(validate(result.value)).toEqual([]);
  return result.value;
}

describe.each(schemes)("%s", (scheme) => {
  test.each(scenarios)("compiles in %s", (scenario) => {
    for (const arch of archs) expectValid(request(scheme, scenario, { arch }));
    expectValid(request(scheme, scenario, { config: new Map([["DEBUG_VM_SHOOT_LAZIES", true]]) }));
  });

  test("offers the replay its entry points", () => {
    const text = readFileSync(join(modelFolder(), "kernel/replay.ts"), "utf8");
    const exported = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name ?? "");
    expect(exported.length).toBeGreaterThan(0);
    const entries = [...exported, "preempt_schedule_irq"];
    const program = expectValid(request(scheme, "kernel/replay.ts", { entries }));
    expect([...program.entries.keys()].sort()).toEqual([...entries].sort());
  });

  test("keeps its visible steps when it is optimised", () => {
    for (const scenario of scenarios) expectSameSteps(scheme, scenario);
  });
});

/** Runs every function before and after optimising, with results of visible ops drawn at random. */
function expectSameSteps(scheme: string, scenario: string): void {
  const plain = expectValid(request(scheme, scenario, { unoptimised: true }));
  const optimised = expectValid(request(scheme, scenario));
  for (const [id, func] of plain.funcs.entries()) {
    const other = optimised.funcs[id];
    if (other === undefined) throw new Error(`function ${id} is missing`);
    for (let seed = 0; seed < 20; seed++) {
      const oracle = (step: number) => (Math.imul(step + seed * 977, 0x9e3779b1) >>> 29) % 4;
      const options = { oracle, limit: 300, args: [1, 1, 1, 1] };
      const expected = interpret(func, options);
      // A run that never ends without a visible step is cut at another point.
      expect(interpret(other, options).trace).toEqual(expected.trace);
    }
  }
}

test("the scheme of the reference compiles, as a user's file", () => {
  const page = readFileSync(join(modelFolder(), "../docs/kts.md"), "utf8");
  const [, text] = /```ts\n(import .*?)```/s.exec(page) ?? [];
  const read = (name: string) => (name === "./my-scheme.ts" ? text : host.read(name));
  const given = request("./my-scheme.ts", "scenarios/exit-last-cpu.ts", { host: { ...host, read } });
  const program = expectValid(given);
  expect(program.positions.some(({ file }) => file === "./my-scheme.ts")).toBe(true);
});

/** The context switch, and the handlers: what differs most between schemes, and little that does not. */
function printSwitch(program: Program): string {
  const handlers = program.funcs
    .flatMap((func) => func.ops)
    .flatMap((op) => ("handler" in op ? [op.handler] : []));
  const ids = new Set([program.entries.get("preempt_schedule_irq") ?? -1, ...handlers]);
  const printed = program.funcs.filter((_, id) => ids.has(id));
  return `${printed.map((func) => printFunc(program, func, { positions: "functions" })).join("\n\n")}\n`;
}

test.each(schemes)("the IR of a switch in %s", (scheme) => {
  const program = expectValid(request(scheme, "scenarios/exit-remote-lazy.ts"));
  const name = scheme.replace(/^schemes\/|\.ts$/g, "");
  expectGolden(import.meta.url, `../goldens/${name}.switch.ir`, printSwitch(program));
});

test.each(filesOf("mutations", ".json"))("%s fits its specimens", (file) => {
  const mutation = parseMutation(file, readFileSync(join(modelFolder(), file), "utf8"));
  if (!mutation.ok) throw new Error(mutation.error);
  const { id, patches, properties } = mutation.value;
  expect(file).toBe(`mutations/${id}.json`);
  const patched = withPatches(host, patches);
  if (!patched.ok) throw new Error(renderDiagnostics(patched.error));
  for (const scenario of properties.scenarios as string[]) {
    const mutated = { host: patched.value };
    expectValid(request(`schemes/${properties.scheme}.ts`, `scenarios/${scenario}.ts`, mutated));
  }
});
