/**
 * The final states of a litmus test, as herd7 prints them: one line per state over the registers and variables that the
 * question names, in `LitmusTest.observed` order; lines sorted by value, integers before addresses.
 */

import {
  ADDRESS_BASE,
  type LitmusTest,
  NOTHING_BELOW,
  NOTHING_FROM,
  type Observed,
} from "../../ir/litmus.ts";

/** The values of `LitmusTest.observed`, arrays flattened: a state as far as anybody looks. */
export type StateRow = readonly number[];

/** `0:r0=0; [x]=1;` for each state, sorted. */
export function stateLines(test: LitmusTest, rows: readonly StateRow[]): string[] {
  const names = namesOf(test);
  const inOrder = (a: StateRow, b: StateRow): number => {
    const differs = a.findIndex((value, i) => value !== b[i]);
    return differs < 0 ? 0 : compareValues(a[differs] ?? 0, b[differs] ?? 0, names);
  };
  return rows.toSorted(inOrder).map((row) => printRow(test, row, names));
}

/** Names of addresses, by object. An array's address is that of its first element. */
type Names = ReadonlyMap<number, string>;

function namesOf({ locations }: LitmusTest): Names {
  return new Map(locations.map(({ name, object }) => [object, name.replace(/\[0\]$/, "")]));
}

/** What nothing determines, integers by value, then addresses by name. */
function compareValues(a: number, b: number, names: Names): number {
  if (isVariable(a) !== isVariable(b)) return isVariable(a) ? -1 : 1;
  const [nameA, nameB] = [names.get(a - ADDRESS_BASE), names.get(b - ADDRESS_BASE)];
  if (nameA === undefined && nameB === undefined) return a - b;
  if (nameA === undefined || nameB === undefined) return nameA === undefined ? -1 : 1;
  return nameA < nameB ? -1 : 1;
}

/** A value as a state shows it: an address by its name; one that nothing determines as herd7 does, by a number of its own. */
export function printValue(test: LitmusTest, value: number): string {
  return printWord(value, namesOf(test));
}

const isVariable = (value: number): boolean => value >= NOTHING_FROM && value < NOTHING_BELOW;

function printWord(value: number, names: Names): string {
  if (isVariable(value)) return `S${value - NOTHING_FROM + 1}`;
  return names.get(value - ADDRESS_BASE) ?? String(value);
}

function printRow(test: LitmusTest, row: StateRow, names: Names): string {
  let next = 0;
  const show = (): string => printWord(row[next++] ?? 0, names);
  const parts = test.observed.map((part) => {
    if (part.kind !== "array") return `${printObserved(test, part)}=${show()};`;
    const values = Array.from({ length: part.count }, show);
    return `${part.name}={${values.join(",")}};`;
  });
  return parts.join(" ");
}

/** `0:r1`, `[x]`, `a[1]`, `a`. */
export function printObserved(test: LitmusTest, part: Observed): string {
  if (part.kind === "array") return part.name;
  if (part.kind === "register") {
    const register = test.registers[part.index];
    return `${register?.thread}:${register?.name}`;
  }
  const name = test.locations[part.index]?.name ?? "";
  return name.includes("[") ? name : `[${name}]`;
}
