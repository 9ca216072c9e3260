/**
 * Small readers of untrusted JSON: each turns an `unknown` into a typed value or ends with an `InputError` that names
 * the path to the value, what was expected and what was found.
 *
 * Unknown members are passed over: an older reader can read what a newer lazytlb wrote, as long as the version holds.
 */

import { InputError } from "../base/input_error.ts";

/** Reads a value found at `path`. */
export type Read<T> = (value: unknown, path: string) => T;

/** Ends reading at `path`. */
export function fail(path: string, expected: string, found: unknown): never {
  throw new InputError(`${path}: expected ${expected}, found ${describe(found)}`);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export const string: Read<string> = (value, path) =>
  typeof value === "string" ? value : fail(path, "a string", value);

export const boolean: Read<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "true or false", value);

/** Any finite number. */
export const number: Read<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : fail(path, "a number", value);

/** A measure: finite, not negative. */
export const measure: Read<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0
    ? value
    : fail(path, "a number ≥ 0", value);

/** A count: a whole number, not negative. */
export const count: Read<number> = (value, path) =>
  Number.isSafeInteger(measure(value, path)) ? (value as number) : fail(path, "a whole number", value);

/** Exactly one value. */
export function only<const T extends string | number | boolean>(wanted: T): Read<T> {
  return (value, path) => (value === wanted ? wanted : fail(path, JSON.stringify(wanted), value));
}

/** One of a closed set of words. */
export function word<const T extends string>(words: readonly T[]): Read<T> {
  return (value, path) => words.find((w) => w === value) ?? fail(path, `one of ${words.join(", ")}`, value);
}

export function list<T>(item: Read<T>): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return fail(path, "a list", value);
    return value.map((each, index) => item(each, `${path}[${index}]`));
  };
}

/** An object whose keys are data. */
export function dictionary<T>(item: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, path) => {
    const entries = Object.entries(members(value, path));
    return Object.fromEntries(entries.map(([key, each]) => [key, item(each, `${path}.${key}`)]));
  };
}

/** Marks a member that may be absent. */
export interface Optional<T> {
  readonly optional: Read<T>;
}
export const optional = <T>(read: Read<T>): Optional<T> => ({ optional: read });

type Shape = Readonly<Record<string, Read<unknown> | Optional<unknown>>>;
type Required<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Optional<unknown> ? never : K]: S[K] extends Read<infer T>
    ? T
    : never;
};
type Possible<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Optional<unknown> ? K : never]?: S[K] extends Optional<infer T>
    ? T
    : never;
};

/** An object with known members. */
export function object<const S extends Shape>(shape: S): Read<Required<S> & Possible<S>> {
  return (value, path) => {
    const source = members(value, path);
    const result: Record<string, unknown> = {};
    for (const [key, read] of Object.entries(shape)) {
      if (typeof read === "function") result[key] = read(source[key], `${path}.${key}`);
      else if (source[key] !== undefined) result[key] = read.optional(source[key], `${path}.${key}`);
    }
    return result as Required<S> & Possible<S>;
  };
}

/** An object whose member `kind` says which of several shapes it has. */
export function variant<const V extends Readonly<Record<string, Read<unknown>>>>(
  variants: V,
): Read<ReturnType<V[keyof V]>> {
  return (value, path) => {
    const kind = word(Object.keys(variants))(members(value, path).kind, `${path}.kind`);
    const read = variants[kind];
    return (read === undefined ? fail(path, "a known kind", kind) : read(value, path)) as ReturnType<
      V[keyof V]
    >;
  };
}

function members(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail(path, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}
