/**
 * Where the sample traces are: a few in `model/traces`, always; the full collection in a folder beside the
 * repository, which only some machines have. A test that needs the latter skips with a message.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ByteSource, memorySource } from "../../src/base/byte_source.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUNDLED = join(ROOT, "model/traces");
const COLLECTION = join(ROOT, "../shared/traces");

/** The bytes of a bundled sample. */
export function sampleBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(BUNDLED, name)));
}

/** A bundled sample as a source. */
export function sample(name: string): ByteSource {
  return memorySource(sampleBytes(name), name);
}

/** True where the full collection is there; prints once that tests will be skipped where not. */
export function haveCollection(test: string): boolean {
  if (existsSync(COLLECTION)) return true;
  console.log(`${test}: skipped, no collection of traces beside the repository`);
  return false;
}

/** A path in the full collection. */
export function inCollection(name: string): string {
  return join(COLLECTION, name);
}

/** Traces with a ground truth beside them: all of the collection, or else the bundled ones. */
export function tracesWithTruth(): {
  readonly path: string;
  readonly name: string;
  readonly truth: string;
}[] {
  const roots = existsSync(COLLECTION) ? [COLLECTION, BUNDLED] : [BUNDLED];
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".gt.json"))
      .sort()
      .map((name) => name.replace(/\.gt\.json$/, ".dat"))
      .filter((name) => existsSync(join(root, name)))
      .map((name) => ({
        path: join(root, name),
        name,
        truth: join(root, name.replace(/\.dat$/, ".gt.json")),
      })),
  );
}
