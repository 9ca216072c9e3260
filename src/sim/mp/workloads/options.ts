/**
 * Workloads as the command line names them: `NAME` or `NAME:key=value,key=value`. Each workload declares its options
 * once; what is wrong is reported with the key, the value and what is allowed.
 */

import { InputError } from "../../../base/input_error.ts";

/** One option: a whole number, one of some words, or a file's name. */
export type Option =
  | {
      readonly kind: "number";
      readonly meaning: string;
      readonly low: number;
      readonly high: number;
      /** Absent: depends on the machine, as `fallbackText` says. */
      readonly fallback?: number;
      readonly fallbackText?: string;
    }
  | { readonly kind: "word"; readonly meaning: string; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly meaning: string; readonly fallbackText: string };

export type Options = Readonly<Record<string, Option>>;

/** Values as given; what is absent takes its fallback. */
export class Values {
  private readonly given: ReadonlyMap<string, string>;
  private readonly options: Options;

  constructor(given: ReadonlyMap<string, string>, options: Options) {
    this.given = given;
    this.options = options;
  }

  number(key: string, fallback: number): number {
    const text = this.given.get(key);
    if (text !== undefined) return Number(text);
    const option = this.options[key];
    return option?.kind === "number" ? (option.fallback ?? fallback) : fallback;
  }

  word(key: string): string {
    const option = this.options[key];
    return this.given.get(key) ?? (option?.kind === "word" ? (option.words[0] ?? "") : "");
  }
}

/** Splits `NAME:key=value,…`. */
export function splitSpec(spec: string): {
  readonly name: string;
  readonly given: ReadonlyMap<string, string>;
} {
  const colon = spec.indexOf(":");
  const name = colon < 0 ? spec : spec.slice(0, colon);
  const given = new Map<string, string>();
  for (const part of colon < 0 ? [] : spec.slice(colon + 1).split(",")) {
    const equals = part.indexOf("=");
    if (equals < 1)
      throw new InputError(`--workload ${spec}: expected key=value, found ${JSON.stringify(part)}`);
    given.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return { name, given };
}

/** Checks what was given against the workload's options. */
export function checkOptions(name: string, given: ReadonlyMap<string, string>, options: Options): Values {
  for (const [key, value] of given) {
    const option = options[key];
    if (option === undefined) {
      const known = Object.keys(options).join(", ");
      throw new InputError(`--workload ${name}: no option ${JSON.stringify(key)}; there are ${known}`);
    }
    checkValue(name, key, value, option);
  }
  return new Values(given, options);
}

function checkValue(name: string, key: string, value: string, option: Option): void {
  if (option.kind === "file") return;
  const fail = (expected: string): never => {
    throw new InputError(`--workload ${name}: ${key}: expected ${expected}, found ${JSON.stringify(value)}`);
  };
  if (option.kind === "word") {
    if (!option.words.includes(value)) fail(option.words.join(" or "));
    return;
  }
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < option.low || number > option.high)
    fail(`a whole number from ${option.low} to ${option.high}`);
}

export const fallbackText = (option: Option): string =>
  option.kind === "word" ? (option.words[0] ?? "") : (option.fallbackText ?? String(fallbackOf(option)));

const fallbackOf = (option: Option): number | undefined =>
  option.kind === "number" ? option.fallback : undefined;
