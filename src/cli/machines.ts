/** Machines by name or by file, and the architecture that a scheme is simulated on. */

import { readFileSync, statSync } from "node:fs";
import { InputError } from "../base/input_error.ts";
import { type Profile, readProfile } from "../sim/mp/profile.ts";
import type { Catalogue } from "./engines.ts";
import { choose } from "./suggest.ts";

/** A profile of the catalogue, or one that the user has written. */
export function profileOf(name: string, known: ReadonlyMap<string, Profile>): Profile {
  if (!name.endsWith(".json") && !/[/\\]/.test(name)) {
    const chosen = choose("machine", name, [...known.keys()]);
    const profile = known.get(chosen);
    if (profile !== undefined) return profile;
  }
  if (!statSync(name, { throwIfNoEntry: false })?.isFile())
    throw new InputError(`--machine ${name}: expected a machine profile, found no such file`);
  return readProfile(name, readFileSync(name, "utf8"));
}

/** The machine's own, but for a scheme whose head names one that it needs. */
export function simulatedArch(scheme: string, profile: Profile, { schemes, arches }: Catalogue): string {
  const needed = schemes.find(({ name }) => name === scheme)?.facts.arch;
  return choose("architecture", needed ?? profile.arch, arches);
}
