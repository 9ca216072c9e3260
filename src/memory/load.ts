/**
 * Finds and reads a model: a `.cat` file, or a herd7 `.cfg` file that names one.
 *
 * A `.cat` file alone is enough: when its folder has a `.cfg` of the same stem, that says which bell file, macros and
 * variant belong to it; otherwise a `.bell` file of the same stem does. That is how `--model
 * tools/memory-model/linux-kernel.cat` means what the kernel's documentation means.
 */

import { err, ok, type Result } from "../base/result.ts";
import { type Diagnostic, fromCatalogue } from "../diag/diagnostic.ts";
import type { SourceText, Span } from "../diag/source.ts";
import { startOf } from "../diag/source.ts";
import { build, type Include } from "./build/build.ts";
import { type Config, parseConfig } from "./cat/config.ts";
import { CatFailure, fail } from "./cat/failure.ts";
import { parseCat } from "./cat/parser.ts";
import type { CatFile, Instruction } from "./cat/tree.ts";
import { compileModel } from "./evaluate/compiled.ts";
import { KERNEL_ON_HARDWARE, provided, replacement, STDLIB } from "./library/library.ts";
import type { Model } from "./model.ts";

/** Reads a file by the name that was asked for; undefined when there is none. */
export type ReadText = (name: string) => string | undefined;

export interface LoadedModel {
  readonly model: Model;
  /** The `.def` file of macros that the configuration names, if one does. */
  readonly macros?: string;
  /** Variants of herd7 that the configuration asks for. */
  readonly variants: ReadonlySet<string>;
}

/** Loads a model by the name of its `.cfg` or `.cat` file. */
export function loadModel(name: string, read: ReadText): Result<LoadedModel, Diagnostic> {
  try {
    return ok(load(name, read));
  } catch (failure) {
    if (failure instanceof CatFailure) return err(failure.diagnostic);
    throw failure;
  }
}

/** What a model's configuration says, with paths as `read` takes them. */
interface Parts {
  readonly cat: string;
  readonly bell: string | undefined;
  readonly config: Config;
}

function load(name: string, read: ReadText): LoadedModel {
  const { cat, bell, config } = findParts(name, read);
  const file = parse(cat, read);
  const bellFile = bell === undefined ? undefined : parse(bell, read);
  const library = [STDLIB, ...(bellFile === undefined ? [KERNEL_ON_HARDWARE] : [])].map(ownText);
  const parts = [...library, bellFile?.instructions ?? [], file.instructions];
  const model = compileModel(file.title, build(parts, includer(folderOf(cat), read), config.variants));
  return {
    model,
    variants: config.variants,
    ...(config.macros === undefined ? {} : { macros: config.macros }),
  };
}

function findParts(name: string, read: ReadText): Parts {
  if (name.endsWith(".cfg")) return ofConfig(name, read);
  const stem = name.replace(/\.cat$/, "");
  if (read(`${stem}.cfg`) !== undefined) {
    const parts = ofConfig(`${stem}.cfg`, read);
    if (parts.cat === name) return parts;
  }
  const bell = read(`${stem}.bell`) === undefined ? undefined : `${stem}.bell`;
  return { cat: name, bell, config: { variants: new Set() } };
}

function ofConfig(name: string, read: ReadText): Parts {
  const file = textOf(name, read);
  const folder = folderOf(name);
  const config = parseConfig(file);
  if (config.model === undefined)
    fail("cat-cfg", startOf(file), { expected: "a line `model FILE.cat`", found: "none" });
  const beside = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : path.startsWith("/") ? path : folder + path;
  const macros = beside(config.macros);
  return {
    cat: beside(config.model) ?? config.model,
    bell: beside(config.bell),
    config: { variants: config.variants, ...(macros === undefined ? {} : { macros }) },
  };
}

function textOf(name: string, read: ReadText, at?: Span): SourceText {
  const text = read(name);
  const nowhere: SourceText = { name, text: "" };
  if (text === undefined) throw new CatFailure(fromCatalogue("cat-file", at ?? startOf(nowhere), { name }));
  return { name, text };
}

function parse(name: string, read: ReadText): CatFile {
  return parseCat(textOf(name, read));
}

function ownText(name: string): readonly Instruction[] {
  const text = replacement(name) ?? provided(name) ?? "";
  return parseCat({ name: `built-in ${name}`, text }).instructions;
}

/** Resolves `include`: our replacements, then the model's folder, then what we provide. */
function includer(folder: string, read: ReadText): Include {
  return (file: string, at: Span) => {
    const beside = file.startsWith("/") ? file : folder + file;
    if (replacement(file) !== undefined || (read(beside) === undefined && provided(file) !== undefined))
      return ownText(file);
    return parseCat(textOf(beside, read, at)).instructions;
  };
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}
