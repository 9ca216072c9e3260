/**
 * Files that we write: whole or not at all. The text goes to a temporary file in the same folder, which then takes
 * the place of the target in one step. What is no file (`/dev/stdout`, a pipe) is written to, and not replaced.
 */

import { accessSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { InputError } from "../base/input_error.ts";

const FORMATS = ["html", "svg", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** A target that was found writable before the work began. */
export interface Target {
  readonly path: string;
  readonly format: Format;
}

/** Checks the target first: nobody should wait a minute for a report that cannot be written. */
export function openTarget(path: string): Target {
  const extension = extname(path).slice(1).toLowerCase();
  const format = FORMATS.find((known) => known === extension);
  if (format === undefined)
    throw new InputError(
      `--out ${path}: expected a name that ends in .html, .svg or .json, found ${found(extension)}`,
    );
  checkWritable("--out", path);
  return { path, format };
}

/** Checks the path of another file that an option asks for. */
export function openFile(option: string, path: string): string {
  checkWritable(option, path);
  return path;
}

const found = (extension: string): string => (extension === "" ? "no ending" : `.${extension}`);

function checkWritable(option: string, path: string): void {
  if (/[/\\]$/.test(path))
    throw new InputError(`${option} ${path}: expected a file, found the name of a folder`);
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (folder === undefined)
    throw new InputError(`${option} ${path}: the folder ${dirname(path)} does not exist`);
  if (!folder.isDirectory()) throw new InputError(`${option} ${path}: ${dirname(path)} is not a folder`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new InputError(`${option} ${path}: expected a file, found a directory`);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new InputError(`${option} ${path}: the folder ${dirname(path)} is not writable`);
  }
}

export function writeTarget({ path }: Pick<Target, "path">, text: string, option = "--out"): void {
  try {
    const known = statSync(path, { throwIfNoEntry: false });
    if (known === undefined) replaceFile(path, text);
    else if (known.isFile()) replaceFile(realpathSync(path), text);
    else writeFileSync(path, text);
  } catch (error) {
    throw new InputError(
      `${option} ${path}: cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
