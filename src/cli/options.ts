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

/** Numbers of CPUs that a machine can be simulated with. */
const FEWEST = 2;
const MOST = 4096;

/** `2,64,384`, and `2..4096` for doubling. */
export function cpuList(text: string): number[] {
  const fail = (part: string): never => {
    throw new InputError(
      `--cpus: expected numbers from ${FEWEST} to ${MOST}, separated by commas, or LOW..HIGH, found ${JSON.stringify(part)}`,
    );
  };
  const number = (part: string): number => {
    const value = Number(part);
    return /^\d+$/.test(part) && value >= FEWEST && value <= MOST ? value : fail(part);
  };
  const sizes = text.split(",").flatMap((part) => {
    const [low = "", high] = part.split("..");
    if (high === undefined) return [number(low)];
    const list = doublings(number(low), number(high));
    return list.length === 0 ? fail(part) : list;
  });
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function doublings(low: number, high: number): number[] {
  const list: number[] = [];
  for (let n = low; n <= high; n *= 2) list.push(n);
  return list;
}
