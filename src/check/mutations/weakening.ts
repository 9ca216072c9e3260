/**
 * A set of weakened sites as a mutation's name:
 *
 *     order:schemes/hazard-pointers.ts:126:3=none+schemes/hazard-pointers.ts:129:9=once
 *
 * The column may be left out where the line has one site. A name holds whatever the file's name holds, so it is read
 * from the right: a place is what ends in a number or two, and its level is a word.
 */
import { InputError } from "../../base/input_error.ts";
import { isAutomatic } from "./automatic.ts";
import { type Level, levelsBelow, type OrderSite, type Weakening } from "./orders.ts";

const PREFIX = "order:";

export function isWeakening(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The mutation changes the linked program, not the text of a specimen. */
export function isOfProgram(id: string): boolean {
  return isAutomatic(id) || isWeakening(id);
}

/** The name; sites in the order of their ids, so that equal sets have equal names. */
export function formatWeakening(weakening: Weakening): string {
  const parts = [...weakening].sort(([a], [b]) => (a < b ? -1 : 1));
  return PREFIX + parts.map(([site, level]) => `${site}=${level}`).join("+");
}

/** What a name asks of a program with these sites; sites that the program does not have are passed over. */
export function parseWeakening(id: string, sites: readonly OrderSite[]): Weakening {
  const weakening = new Map<string, Level>();
  for (const { place, level } of partsOf(id)) {
    const found = sites.filter((site) => site.id === place || `${site.file}:${site.line}` === place);
    const [site, other] = found;
    if (site === undefined) continue;
    if (other !== undefined)
      throw new InputError(
        `--mutate ${id}: ${place}: expected a column as well, as the line has ${found.length} sites`,
      );
    weakening.set(site.id, levelOf(id, site, level));
  }
  return weakening;
}

const PART = /(.+?:\d+(?::\d+)?)=([a-z-]+)(?:\+(?=.)|$)/gy;

function partsOf(id: string): { readonly place: string; readonly level: string }[] {
  const text = id.slice(PREFIX.length);
  const parts = [...text.matchAll(PART)].map(([whole, place = "", level = ""]) => ({ whole, place, level }));
  const read = parts.reduce((sum, { whole }) => sum + whole.length, 0);
  if (parts.length === 0 || read !== text.length)
    throw new InputError(`--mutate ${id}: expected order:FILE:LINE=LEVEL, several with +`);
  return parts;
}

function levelOf(id: string, { id: place, kind, level }: OrderSite, asked: string): Level {
  const below = levelsBelow(kind, level);
  const found = below.find((each) => each === asked);
  if (found !== undefined) return found;
  throw new InputError(
    `--mutate ${id}: ${place}: expected what is weaker than ${level} (${below.join(", ")}), found ${asked}`,
  );
}
