/**
 * Specimens on disk: the package's own from its `model/` folder, a user's from where the path says.
 *
 * A name that is absolute or starts with "./" or "../" is a user's path, relative to the working directory; every
 * other name is a specimen of the package. Texts are read once per host: a command sees one state of the disk.
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { present } from "../base/assert.ts";
import { isUserFile, resolveSpecifier, type SpecimenHost } from "../compile/host.ts";

/** The `model/` folder of this package, seen from the sources as well as from the build. */
export function modelFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "model", "kernel"))) {
    const parent = dirname(folder);
    folder = present(parent === folder ? undefined : parent, "the model/ folder of the package");
  }
  return join(folder, "model");
}

/** A host over the disk. */
export function specimenHost(model: string = modelFolder()): SpecimenHost {
  const texts = new Map<string, string | undefined>();
  const read = (name: string) => {
    if (!texts.has(name)) texts.set(name, readText(isUserFile(name) ? name : join(model, name)));
    return texts.get(name);
  };
  return { read, resolve: resolveSpecifier };
}

/** A file's text; undefined for what is no readable file. */
function readText(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  return readFileSync(path, "utf8");
}
