/** One recording in several files: version, compression and writer must not matter. */

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { readLines } from "./event_lines.ts";
import { recodeZlib } from "./recode.ts";
import { sample } from "./samples.ts";

const ORIGINAL = "exit.v7zstd.dat";

describe("the same recording", () => {
  it.each([
    ["exit.v7zstd.to-v6.dat", "trace.dat v6 (none)"],
    ["exit.v7zstd.to-none.dat", "trace.dat v7 (none)"],
    ["exit.v7zstd.to-zstd-3.1.dat", "trace.dat v7 (zstd)"],
  ])("as %s has the same events", async (name, format) => {
    const original = await readLines(sample(ORIGINAL));
    const variant = await readLines(sample(name));
    expect(variant.info.format).toBe(format);
    expect(variant.lines).toEqual(original.lines);
    expect(variant.totals).toEqual(original.totals);
    expect({ ...variant.info, format: "", address: 0 }).toEqual({ ...original.info, format: "", address: 0 });
    expect(original.lines.length).toBeGreaterThan(3000);
  });

  it("with zlib has the same events", async () => {
    const original = await readLines(sample(ORIGINAL));
    const variant = await readLines(memorySource(await recodeZlib(sample(ORIGINAL)), "recoded.dat"));
    expect(variant.info.format).toBe("trace.dat v7 (zlib)");
    expect(variant.lines).toEqual(original.lines);
  });
});
