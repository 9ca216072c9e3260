/** Which files a `litmus` command line names: files as they are, folders with every `.litmus` file below them, sorted. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../base/input_error.ts";
import { requireFile } from "../user_file.ts";

/** A test is a page of text; more is some other file. */
const MOST_BYTES = 1 << 20;

export function litmusFiles(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap(filesOf))];
}

function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new InputError(`${path}: expected a litmus test or a folder, found no such file`);
  if (!stat.isDirectory()) return [path];
  const inside = readdirSync(path, { recursive: true, encoding: "utf8" });
  const tests = inside.filter((name) => name.endsWith(".litmus")).sort();
  if (tests.length === 0) throw new InputError(`${path}: expected .litmus files in the folder, found none`);
  return tests.map((name) => join(path, name)).filter((name) => statSync(name).isFile());
}

/** A file's text. @throws InputError */
export function readLimited(path: string, what: string): string {
  const { size } = requireFile(path, what);
  if (size > MOST_BYTES) throw new InputError(`${path}: expected ${what}, found ${size} bytes`);
  return readFileSync(path, "utf8");
}
