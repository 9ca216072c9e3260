/** Models for tests: from text or from files, for the compiler and for the reference. */

import { readFileSync } from "node:fs";
import { renderDiagnostic } from "../../src/diag/render.ts";
import { parseCat } from "../../src/memory/cat/parser.ts";
import type { Instruction } from "../../src/memory/cat/tree.ts";
import type { CompiledModel } from "../../src/memory/evaluate/compiled.ts";
import { KERNEL_ON_HARDWARE, provided, replacement, STDLIB } from "../../src/memory/library/library.ts";
import { loadModel, type ReadText } from "../../src/memory/load.ts";
import { interpret, type Outcome } from "./reference.ts";
import type { TestGraph } from "./test_graph.ts";

export const MODEL_FOLDER = new URL("../../model/memory/", import.meta.url).pathname;

export const fromDisk: ReadText = (name) => {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return undefined;
  }
};

/** Both evaluators of one model. */
export interface TestModel {
  readonly compiled: CompiledModel;
  readonly reference: (graph: TestGraph) => Outcome;
}

export function modelFile(path: string, read: ReadText = fromDisk): TestModel {
  const loaded = loadModel(path, read);
  if (!loaded.ok) throw new Error(renderDiagnostic(loaded.error));
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const bell = read(path.replace(/\.cat$/, ".bell"));
  const include = (file: string): readonly Instruction[] =>
    instructions(file, replacement(file) ?? read(folder + file) ?? provided(file) ?? "");
  const parts = [
    include(STDLIB),
    bell === undefined ? include(KERNEL_ON_HARDWARE) : instructions("bell", bell),
    instructions(path, read(path) ?? ""),
  ];
  const { variants } = loaded.value;
  return {
    compiled: loaded.value.model as CompiledModel,
    reference: (graph) => interpret(parts, include, variants, graph),
  };
}

export function modelText(text: string): TestModel {
  return modelFile("test.cat", (name) => (name === "test.cat" ? text : undefined));
}

/** One of ours. */
export const ownModel = (name: string): TestModel => modelFile(`${MODEL_FOLDER}${name}.cat`);

function instructions(name: string, text: string): readonly Instruction[] {
  return parseCat({ name, text }).instructions;
}
