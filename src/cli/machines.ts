/** Machines by name or by file, and the architecture that a scheme is simulated on. */

import { readFileSync, statSync } from "node:fs";
import { InputError } from "../base/input_error.ts";
import { type Profile, readProfile } from "../sim/mp/profile.ts";
import type { Catalogue } from "./engines.ts";
import { HOST_NAME } from "./measure/host_profile.ts";
import { choose } from "./suggest.ts";
import { readUserFile } from "./user_file.ts";

/** Where `--machine this-host` looks for what `machines --measure` has written. */
const HOST_FILE = `${HOST_NAME}.json`;

/** A profile of the catalogue, this host's, or one that the user has written. */
export function profileOf(name: string, known: ReadonlyMap<string, Profile>): Profile {
  if (name === HOST_NAME) return hostProfileOf();
  if (!name.endsWith(".json") && !/[/\\]/.test(name)) {
    const chosen = choose("machine", name, [...known.keys()]);
    const profile = known.get(chosen);
    if (profile !== undefined) return profile;
  }
  return readProfile(name, readUserFile(name, "a machine profile", "--machine"));
}

function hostProfileOf(): Profile {
  if (!statSync(HOST_FILE, { throwIfNoEntry: false })?.isFile())
    throw new InputError(
      `--machine ${HOST_NAME}: expected ${HOST_FILE} in this folder, found no such file; lazytlb machines --measure --out ${HOST_FILE} writes it`,
    );
  return readProfile(HOST_FILE, readFileSync(HOST_FILE, "utf8"));
}

/** The machine's own, but for a scheme whose head names one that it needs. */
export function simulatedArch(scheme: string, profile: Profile, { schemes, arches }: Catalogue): string {
  const needed = schemes.find(({ name }) => name === scheme)?.facts.arch;
  return choose("architecture", needed ?? profile.arch, arches);
}
