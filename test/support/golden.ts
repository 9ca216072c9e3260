/**
 * Goldens: expected output in a file beside the test that wants it.
 *
 * `npm run promote` (PROMOTE=1) writes what the code prints now; then read the diff before committing it. A golden
 * that does not exist is a failure, not a pass: otherwise a test whose golden was forgotten could never fail.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Compares `text` with the golden `name`, relative to the test: `expectGolden(import.meta.url, "x.golden.txt", text)`. */
export function expectGolden(test: string, name: string, text: string): void {
  const path = fileURLToPath(new URL(name, test));
  if (process.env.PROMOTE === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  expect(existsSync(path), `${path} is missing: run npm run promote, then read it`).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}
