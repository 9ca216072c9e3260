/** A file that the user names: it has to be there, to be a file, and to be readable. */

import { accessSync, constants, readFileSync, type Stats, statSync } from "node:fs";
import { InputError } from "../base/input_error.ts";

/**
 * @param what What is expected, for the message: "a scheme file".
 * @param option The option that named it, where one did.
 * @throws InputError
 */
export function requireFile(path: string, what: string, option = ""): Stats {
  const fail = (found: string): never => {
    throw new InputError(`${option === "" ? "" : `${option} `}${path}: expected ${what}, found ${found}`);
  };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return fail("no such file");
  if (stat.isDirectory()) return fail("a directory");
  if (!stat.isFile()) return fail("no regular file");
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return fail("a file that may not be read");
  }
  return stat;
}

/** The text of a file that `requireFile` accepts. */
export function readUserFile(path: string, what: string, option = ""): string {
  requireFile(path, what, option);
  return readFileSync(path, "utf8");
}
