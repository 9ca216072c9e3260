/**
 * Machine profiles: `model/machines/*.json`, every figure with its source. The reader says which key is wrong, what it
 * holds and what is allowed.
 */

import { InputError } from "../../base/input_error.ts";
import {
  count,
  fail,
  list,
  measure,
  object,
  optional,
  type Read,
  string,
  word,
} from "../../evidence/schema.ts";
import type { Constant, MachineInfo } from "../../evidence/simulation.ts";
import { FIGURES, type Figure, type FigureName, KINDS } from "./figures.ts";
import { cpusOf } from "./topology.ts";

/** How atomics reach a contended line. */
export const ATOMIC_STYLES = ["near", "llsc", "far"] as const;
/**
 * `near`: the line comes to the core (x86). `llsc`: load-reserved brings a copy, store-conditional has to invalidate
 * the others, a second trip (POWER). `far`: the operation is sent to the line's home; one without a result is posted
 * (LSE on arm64).
 */
export type AtomicStyle = (typeof ATOMIC_STYLES)[number];

/** Sizes of the machine, outermost first. */
export interface Shape {
  readonly nodes: number;
  readonly socketsPerNode: number;
  readonly l3PerSocket: number;
  readonly coresPerL3: number;
  readonly threadsPerCore: number;
  readonly source: string;
}

export interface Profile {
  readonly name: string;
  readonly title: string;
  /** The architecture file (`model/arch`) and kernel that the machine runs. */
  readonly arch: string;
  readonly kernel: string;
  readonly shape: Shape;
  readonly lineBytes: number;
  readonly atomics: AtomicStyle;
  /** Speed of one thread of a core, by the number of threads that are active on it, from 1; the first is 1. */
  readonly smtSpeed: { readonly speeds: readonly number[]; readonly source: string };
  /**
   * Part of a transfer's latency, 0 to 1, after which the home's next probe reaches the last-level cache to which a line has
   * come; until then cores below it take part in the visit (`visits.ts`). Only where atomics are near. Absent: lines go from
   * core to core.
   */
  readonly stay?: {
    readonly part: number;
    readonly kind: Figure["kind"];
    readonly source: string;
  };
  readonly figures: Readonly<Record<FigureName, Figure>>;
}

const atLeastOne: Read<number> = (value, path) =>
  count(value, path) >= 1 ? (value as number) : fail(path, "a whole number ≥ 1", value);

const speed: Read<number> = (value, path) =>
  measure(value, path) > 0 && (value as number) <= 1
    ? (value as number)
    : fail(path, "a number above 0, at most 1", value);

const figure: Read<Figure> = object({ ns: measure, kind: word(KINDS), source: string });

const names = Object.keys(FIGURES) as FigureName[];

const figures: Read<Record<FigureName, Figure>> = (value, path) => {
  const found = object(Object.fromEntries(names.map((name) => [name, figure])))(value, path);
  for (const key of Object.keys(value as object)) {
    if (!(key in FIGURES)) fail(path, `figures among ${names.join(", ")}`, key);
  }
  return found as Record<FigureName, Figure>;
};

const shape: Read<Shape> = object({
  nodes: atLeastOne,
  socketsPerNode: atLeastOne,
  l3PerSocket: atLeastOne,
  coresPerL3: atLeastOne,
  threadsPerCore: atLeastOne,
  source: string,
});

const profile: Read<Profile> = object({
  name: string,
  title: string,
  arch: string,
  kernel: string,
  shape,
  lineBytes: atLeastOne,
  atomics: word(ATOMIC_STYLES),
  smtSpeed: object({ speeds: list(speed), source: string }),
  stay: optional(object({ part: speed, kind: word(KINDS), source: string })),
  figures,
});

/** Reads a profile from the text of `file`; what is wrong ends in an `InputError`. */
export function readProfile(file: string, text: string): Profile {
  const read = profile(parse(file, text), file);
  const { speeds } = read.smtSpeed;
  if (speeds.length !== read.shape.threadsPerCore || speeds[0] !== 1)
    fail(
      `${file}.smtSpeed.speeds`,
      `${read.shape.threadsPerCore} speeds (one per thread of a core), the first 1`,
      speeds,
    );
  if (read.stay !== undefined && read.atomics !== "near")
    fail(`${file}.stay`, `nothing where atomics are ${read.atomics}`, read.stay.part);
  checkFitted(file, read);
  return read;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InputError(`${file}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The rule that keeps predictions predictions: one fitted constant per machine. */
function checkFitted(file: string, read: Profile): void {
  const fitted = fittedOf(read);
  if (fitted.length > 1)
    throw new InputError(`${file}: at most one figure may be fitted, found ${fitted.join(", ")}`);
}

export function fittedOf(read: Profile): string[] {
  const own = names.filter((name) => read.figures[name].kind === "fitted");
  return read.stay?.kind === "fitted" ? [...own, "stay"] : own;
}

/** What a sensitivity analysis may multiply. */
export type ScalableName = FigureName | "stay";

/** The machine with one constant multiplied: for the sensitivity analysis. A machine without it stays as it is. */
export function scaled(base: Profile, name: ScalableName, factor: number): Profile {
  if (name === "stay") {
    const { stay } = base;
    return stay === undefined ? base : { ...base, stay: { ...stay, part: Math.min(1, stay.part * factor) } };
  }
  const changed = { ...base.figures[name], ns: base.figures[name].ns * factor };
  return { ...base, figures: { ...base.figures, [name]: changed } };
}

/** What `lazytlb machines` says of it. */
export function machineInfo(of: Profile, file: string): MachineInfo {
  const { name, title, arch, kernel } = of;
  return { name, title, cpus: cpusOf(of.shape), arch, kernel, constants: constantsOf(of), file };
}

/** Every constant of the machine, with where it is from. */
export function constantsOf(of: Profile): Constant[] {
  const own = names.map((name) => {
    const { ns, kind, source } = of.figures[name];
    return { name, value: ns, unit: "ns", kind, source };
  });
  if (of.stay === undefined) return own;
  const { part: value, kind, source } = of.stay;
  return [...own, { name: "stay", value, unit: "of a transfer", kind, source }];
}
