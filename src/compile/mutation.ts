/**
 * Mutation files: a specimen made wrong on purpose, as JSON.
 *
 *     { "id": "hazard-pointers-scan-online",
 *       "scheme": "hazard-pointers", "scenarios": ["cpu-offline"], "violates": ["root", "uaf"],
 *       "title": "…", "story": ["…"], "source": "…", "fact": 20,
 *       "patches": [{ "file": "schemes/hazard-pointers.ts", "find": ["…"], "replace": ["…"] }] }
 *
 * Only what the compiler needs is read here (`id` and `patches`); the rest is kept as it is for whoever runs the
 * mutation. A file that is no such object is the user's fault, and the message names the property.
 */

import { err, ok, type Result } from "../base/result.ts";
import type { Patch } from "./patches.ts";

/** A mutation as far as the compiler reads it. */
export interface Mutation {
  /** Unique, in lower case with dashes; what `--mutate ID` takes. */
  readonly id: string;
  readonly patches: readonly Patch[];
  /** Every other property of the file, not interpreted here. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Reads a mutation from the text of its file. The error names file, property, what was expected and found. */
export function parseMutation(file: string, text: string): Result<Mutation, string> {
  const json = parseJson(text);
  if (!json.ok) return err(`${file}: not JSON: ${json.error}`);
  if (!isRecord(json.value)) return err(`${file}: expected an object, found ${describe(json.value)}`);
  const { id, patches, ...properties } = json.value;
  if (typeof id !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(id)) {
    return err(`${file}: "id": expected lower-case words joined by dashes, found ${describe(id)}`);
  }
  if (!Array.isArray(patches) || patches.length === 0) {
    return err(`${file}: "patches": expected a list of at least one patch, found ${describe(patches)}`);
  }
  const read: Patch[] = [];
  for (const [index, value] of patches.entries()) {
    const patch = readPatch(`${file}: "patches"[${index}]`, value);
    if (!patch.ok) return patch;
    read.push(patch.value);
  }
  return ok({ id, patches: read, properties });
}

function readPatch(where: string, value: unknown): Result<Patch, string> {
  if (!isRecord(value)) return err(`${where}: expected an object, found ${describe(value)}`);
  const { file, find, replace, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return err(`${where}: unknown property "${unknown}"`);
  if (typeof file !== "string" || file === "") {
    return err(`${where}.file: expected the name of a specimen, found ${describe(file)}`);
  }
  if (!isLines(find) || find.length === 0)
    return err(`${where}.find: expected lines, found ${describe(find)}`);
  if (!isLines(replace)) return err(`${where}.replace: expected lines, found ${describe(replace)}`);
  return ok({ file, find, replace });
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list of strings, none of which holds a line break. */
function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string" && !line.includes("\n"));
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
