/**
 * Specimens with a declarative change: how mutations are made.
 *
 * A patch replaces consecutive lines of one file. `find` must occur exactly once (white space at line ends ignored):
 * a mutation that no longer fits its specimen, or fits it twice, is an error and not a silently unmutated check.
 */

import { err, ok, type Result } from "../base/result.ts";
import { type Diagnostic, fromCatalogue } from "../diag/diagnostic.ts";
import { startOf } from "../diag/source.ts";
import type { SpecimenHost } from "./host.ts";

/** A replacement of consecutive lines. */
export interface Patch {
  /** Name of the specimen. */
  readonly file: string;
  /** The lines to find, in full. */
  readonly find: readonly string[];
  /** What stands there instead; may be empty. */
  readonly replace: readonly string[];
}

/** The host with the patches applied, in order. */
export function withPatches(
  host: SpecimenHost,
  patches: readonly Patch[],
): Result<SpecimenHost, readonly Diagnostic[]> {
  const patched = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const patch of patches) {
    const text = patched.get(patch.file) ?? host.read(patch.file);
    const result = applyPatch(patch, text);
    if (result.ok) patched.set(patch.file, result.value);
    else problems.push(result.error);
  }
  if (problems.length > 0) return err(problems);
  return ok({
    read: (name) => patched.get(name) ?? host.read(name),
    resolve: (specifier, importer) => host.resolve(specifier, importer),
    base: host,
  });
}

function applyPatch(patch: Patch, text: string | undefined): Result<string, Diagnostic> {
  if (text === undefined) return err(complaint(patch, "", 0, "there is no such file"));
  const lines = text.split("\n");
  const starts = occurrences(lines, patch.find);
  const [start] = starts;
  if (start === undefined) return err(complaint(patch, text, 0, nearest(lines, patch.find)));
  if (starts.length > 1) {
    const where = starts.map((index) => index + 1).join(", ");
    return err(complaint(patch, text, starts.length, `its text is at lines ${where}`));
  }
  lines.splice(start, patch.find.length, ...patch.replace);
  return ok(lines.join("\n"));
}

/** The lines (from 0) at which `find` starts. */
function occurrences(lines: readonly string[], find: readonly string[]): number[] {
  const starts: number[] = [];
  if (find.length === 0) return starts;
  for (let start = 0; start + find.length <= lines.length; start++) {
    if (matches(lines, start, find) === find.length) starts.push(start);
  }
  return starts;
}

/** How many lines of `find` stand at `start`. */
function matches(lines: readonly string[], start: number, find: readonly string[]): number {
  const differs = find.findIndex((line, index) => lines[start + index]?.trimEnd() !== line.trimEnd());
  return differs < 0 ? find.length : differs;
}

/** What is there instead: the longest beginning of the patch that the file has. */
function nearest(lines: readonly string[], find: readonly string[]): string {
  if (find.length === 0) return "it finds no text";
  let best = 0;
  let at = -1;
  for (let start = 0; start < lines.length; start++) {
    const length = matches(lines, start, find);
    if (length > best) [best, at] = [length, start];
  }
  const expected = JSON.stringify(find[best]?.trim());
  if (at < 0) return `no line reads ${JSON.stringify(find[0]?.trim())} (with the indentation of the patch)`;
  const found = lines[at + best];
  const have = found === undefined ? "the end of the file" : JSON.stringify(found.trim());
  return `line ${at + best + 1}: expected ${expected}, found ${have}`;
}

function complaint(patch: Patch, text: string, count: number, problem: string): Diagnostic {
  const at = startOf({ name: patch.file, text });
  return fromCatalogue("kts-patch", at, { file: patch.file, count, problem });
}
