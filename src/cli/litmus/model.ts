/**
 * The memory model and the primitives of a `litmus` command: by name from `model/memory`, or a user's `.cat` or `.cfg`
 * file, such as `tools/memory-model/linux-kernel.cfg` of a kernel tree, with the `.def` file that it names.
 */

import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../base/input_error.ts";
import { type Definitions, type Dialect, parseDefinitions } from "../../compile/litmus/def.ts";
import { renderDiagnostic } from "../../diag/render.ts";
import { type LoadedModel, loadModel } from "../../memory/load.ts";
import type { Model } from "../../memory/model.ts";
import { modelFolder } from "../specimen_host.ts";
import { choose } from "../suggest.ts";
import { readLimited } from "./files.ts";

export const DEFAULT_MODEL = "lkmm";
const OUR_MACROS = "lkmm.def";

/** What a litmus test is judged by. */
export interface LitmusModel {
  /** As the user named it. */
  readonly name: string;
  readonly model: Model;
  readonly definitions: Definitions;
}

const memoryFolder = (): string => join(modelFolder(), "memory");

/** Names of our models. */
export function modelNames(): string[] {
  const files = readdirSync(memoryFolder()).filter((file) => file.endsWith(".cat"));
  return files.map((file) => file.slice(0, -".cat".length)).sort();
}

/** A model by name, or from a user's file. */
export function loadNamedModel(name: string): LoadedModel {
  const path = isModelFile(name)
    ? checked(name)
    : join(memoryFolder(), `${choose("memory model", name, modelNames())}.cat`);
  const loaded = loadModel(path, readText);
  if (!loaded.ok) throw new InputError(`the model cannot be used\n${renderDiagnostic(loaded.error)}`);
  return loaded.value;
}

/** @param macros Path of a `.def` file that goes before the one that belongs to the model. */
export function loadLitmusModel(name: string, macros: string | undefined): LitmusModel {
  const { model, variants, macros: own } = loadNamedModel(name);
  const file = macros ?? own ?? join(memoryFolder(), OUR_MACROS);
  const definitions = parseDefinitions(
    { name: file, text: readLimited(file, "a definition file") },
    dialectOf(variants),
  );
  if (!definitions.ok)
    throw new InputError(`the definitions cannot be used\n${renderDiagnostic(definitions.error)}`);
  return { name, model, definitions: definitions.value };
}

/** Not a name but the path of a `.cat` or `.cfg` file. */
export const isModelFile = (name: string): boolean => /[/\\]|\.(cat|cfg)$/.test(name);

function checked(path: string): string {
  if (readLimited(path, "a memory model").trim() === "")
    throw new InputError(`${path}: expected a memory model, found an empty file`);
  return path;
}

/** A file that a model refers to; undefined when there is none. */
function readText(path: string): string | undefined {
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) return undefined;
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? readLimited(path, "part of a model")
    : undefined;
}

/** herd7's names of the two dialects, where the configuration says which it is. */
function dialectOf(variants: ReadonlySet<string>): Dialect | undefined {
  if (variants.has("lkmmv2")) return "tags";
  return variants.has("lkmmv1") ? "fences" : undefined;
}
