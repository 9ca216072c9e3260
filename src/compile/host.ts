/**
 * Where specimens come from.
 *
 * The compiler knows no file system: it asks a host for text by name. Two kinds of names never meet: the package's own
 * specimens are named relative to `model/` ("kernel/sched.ts"), a user's files by an absolute path or one that starts
 * with "./" or "../". `resolveSpecifier` is the one rule by which imports name files; `memoryHost` serves tests and the
 * browser, `withPatches` (patches.ts) overlays mutations, and the command line reads from disk.
 *
 * A host is immutable as far as one compilation can tell. Parsed modules are cached per host, by name and text.
 */

/** Serves specimens by name. */
export interface SpecimenHost {
  /** The text of a file; undefined when there is none of that name. */
  read(name: string): string | undefined;
  /** The name of what `specifier` means in file `importer`; undefined when that can be no specimen. */
  resolve(specifier: string, importer: string): string | undefined;
  /** The host whose text this one overlays: files that are the same share their parse. */
  readonly base?: SpecimenHost;
}

/** A host over texts in memory, by name. */
export function memoryHost(files: Readonly<Record<string, string>>): SpecimenHost {
  const texts = new Map(Object.entries(files));
  return { read: (name) => texts.get(name), resolve: resolveSpecifier };
}

/** True for the name of a user's file, false for a specimen of the package. */
export function isUserFile(name: string): boolean {
  return name.startsWith("./") || name.startsWith("../") || /^([A-Za-z]:)?[/\\]/.test(name);
}

/** The name under which the compiler knows a path that a user gave. */
export function userFileName(path: string): string {
  return isUserFile(path) ? path : `./${path}`;
}

const PACKAGE = "lazytlb/";

/** Relative imports, and `lazytlb/…` for a user's file that imports the package's specimens. */
export function resolveSpecifier(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith(PACKAGE)) return specifier.slice(PACKAGE.length);
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  const name = joinPath(importer.split("/").slice(0, -1), specifier.split("/"));
  if (isUserFile(importer)) return userFileName(name);
  return name.startsWith("../") ? undefined : name;
}

/** Appends path segments to a folder, folding "." and "..". */
function joinPath(folder: readonly string[], path: readonly string[]): string {
  const segments: string[] = [];
  for (const segment of [...folder, ...path]) {
    const last = segments.at(-1);
    if (segment === ".") continue;
    if (segment === ".." && last !== undefined && last !== "..") segments.pop();
    else segments.push(segment);
  }
  return segments.join("/");
}
