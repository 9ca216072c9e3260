/** The options of the command line, as the parser hands them over, and their reading. */

import { InputError } from "../base/input_error.ts";
import type { Config } from "./engines.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: true;
  readonly out?: string;
  readonly quiet?: true;
  readonly seed: number;
}

/** A whole number from `low` to `high`. */
export function wholeNumber(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InputError(
      `${option}: expected a whole number from ${low} to ${high}, found ${JSON.stringify(text)}`,
    );
  };
}

/** Adds `NAME=y` or `NAME=n` to the build options given so far. */
export function configOption(text: string, previous: Config): Config {
  const match = /^(?:CONFIG_)?([A-Z][A-Z0-9_]*)=([yn])$/.exec(text);
  if (match === null)
    throw new InputError(`--config: expected NAME=y or NAME=n, found ${JSON.stringify(text)}`);
  return { ...previous, [match[1] ?? ""]: match[2] === "y" };
}
